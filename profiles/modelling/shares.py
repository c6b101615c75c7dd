"""How a whole workspace meets tags, and how much each user took to: what shares are shares of."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from core.arrays import Doubles, Ids, Indices
from profiles.modelling.claims import group_starts

# Where more than this share of all that is said is a yes, there are no verdicts to speak of.
MOST_PLEASED = 0.95
LEAST_SHARE = 1e-5


@dataclass(frozen=True, slots=True)
class Base:
    """How the whole workspace meets tags; `tag` is sorted.

    `share_liked` and `share_disliked` are the tag's part of all that was liked and disliked,
    `pleased` the part of the tag's own mass that was liked, `all_pleased` that of everything.

    Shapes: all (G,) but all_pleased.
    """

    tag: Ids
    share_liked: Doubles
    share_disliked: Doubles
    pleased: Doubles
    all_pleased: float

    @property
    def is_judging(self) -> bool:
        """Whether people here say no often enough that a yes is a verdict."""
        return self.all_pleased < MOST_PLEASED

    def covering(self, tags: Ids) -> Self:
        """Return the base with these tags in it too.

        A tag that everybody was never seen to meet is as rare as the rarest, and pleases as
        anything does. Shapes: tags (N,), in any order.
        """
        missing = np.setdiff1d(tags, self.tag)
        if not len(missing):
            return self
        order = np.argsort(np.concatenate([self.tag, missing]), kind="stable")

        def with_rest(values: Doubles, rest: float) -> Doubles:
            return np.concatenate([values, np.full(len(missing), rest)])[order]

        return replace(
            self,
            tag=np.concatenate([self.tag, missing])[order],
            share_liked=with_rest(self.share_liked, _rarest(self.share_liked)),
            share_disliked=with_rest(self.share_disliked, _rarest(self.share_disliked)),
            pleased=with_rest(self.pleased, self.all_pleased),
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """A mass per user; `user` is sorted. Shapes: all (U,)."""

    user: Ids
    liked: Doubles
    disliked: Doubles


def base_of(tag: Ids, liked: Doubles, disliked: Doubles, *, whole: tuple[float, float]) -> Base:
    """Turn the workspace's sums per tag into shares, shrunk so that none is 0 or 1.

    `whole` is what the shares are parts of: all that was liked, and all that was disliked.

    Shapes: tag (G,) sorted; liked and disliked (G,), masses not below 0.
    """
    all_liked, all_disliked = float(liked.sum()), float(disliked.sum())
    pleased = (all_liked + 1.0) / (all_liked + all_disliked + 2.0)
    return Base(
        tag=tag,
        share_liked=np.clip((liked + 0.5) / (whole[0] + 1.0), LEAST_SHARE, 0.95),
        share_disliked=np.clip((disliked + 0.5) / (whole[1] + 1.0), LEAST_SHARE, 0.95),
        pleased=(liked + 5.0 * pleased) / (liked + disliked + 5.0),
        all_pleased=pleased,
    )


def totals_of(user: Ids, support: Doubles) -> Totals:
    """Sum signed masses by user. Shapes: user and support (N,), sorted by user."""
    starts = group_starts(user)
    return Totals(
        user=user[starts],
        liked=sums(np.maximum(support, 0.0), starts),
        disliked=sums(np.maximum(-support, 0.0), starts),
    )


def _rarest(share: Doubles) -> float:
    return float(share.min()) if len(share) else LEAST_SHARE


def sums(values: Doubles, starts: Indices) -> Doubles:
    """Add up the values from each start to the next. Shapes: (N,) and (G,); returns (G,)."""
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0)
