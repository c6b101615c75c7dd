"""Which tags users met and which they took to, as tables of users by tags."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Bools, Doubles, Ids
from profiles.modelling.claims import Acts, Bearings, Mentions, claims_of_items, claims_of_words
from profiles.modelling.replay import past_and_future
from profiles.queries.evidence import load_bearings, load_happenings, load_mentions

# A tag fewer users took to is too rare to guess, and so many tags are enough to guess from.
LEAST_HOLDERS = 5
MOST_TAGS = 2_000


@dataclass(frozen=True, slots=True)
class Likings:
    """Shapes: user (U,), tag (G,), both sorted; liked (U, G), of 0 and 1; met (U, G).

    Tags are given by number, so that their columns stand in one order whoever stored them first.
    """

    user: Ids
    tag: Ids
    liked: Doubles
    met: Bools

    def of_tags(self, tag: Ids) -> "Likings":
        """Return the columns of these tags, sorted; of tags that nobody met they are empty."""
        places = np.searchsorted(self.tag, tag).clip(0, max(len(self.tag) - 1, 0))
        known = np.isin(tag, self.tag)
        liked = np.zeros((len(self.user), len(tag)))
        met = np.zeros(liked.shape, dtype=bool)
        liked[:, known] = self.liked[:, places[known]]
        met[:, known] = self.met[:, places[known]]
        return Likings(self.user, tag, liked, met)

    def without(self, tags: Ids) -> "Likings":
        """Return the columns of the other tags."""
        return self.of_tags(np.setdiff1d(self.tag, tags))

    def common(self) -> "Likings":
        """Return the columns of the tags that enough users took to, the commonest."""
        holders = self.liked.sum(axis=0)
        order = np.lexsort((self.tag, -holders))[:MOST_TAGS]
        return self.of_tags(np.sort(self.tag[order[holders[order] >= LEAST_HOLDERS]]))


@dataclass(frozen=True, slots=True)
class Histories:
    """The likings of some users: all of them, those of the past alone, and what came later."""

    whole: Likings
    past: Likings
    later: Bools


def load_likings(workspace_id: int, user_ids: Sequence[int]) -> Likings:
    """Return these users' likings, tag by tag. Four queries."""
    acts, bearings, mentions, _ = _load(workspace_id, user_ids)
    return _likings(acts, bearings, mentions)


def load_histories(workspace_id: int, user_ids: Sequence[int]) -> Histories:
    """Return these users' likings, parted in time, over the common tags. Four queries.

    A tag that they met in one item alone is left out: to guess it were to guess the item.
    """
    acts, bearings, mentions, parts = _load(workspace_id, user_ids)
    whole = _likings(acts, bearings, mentions).without(_lonely(bearings, mentions)).common()
    past, future = (_likings(part, bearings, mentions).of_tags(whole.tag) for part in parts)
    later = np.zeros(past.liked.shape, dtype=bool)
    rows = np.searchsorted(past.user, future.user)
    later[rows] = future.liked > 0
    return Histories(whole, past, later)


def _lonely(bearings: Bearings, mentions: Mentions) -> Ids:
    """The tags that one of these items bears and no review speaks of, sorted."""
    tag, items = np.unique(bearings.tag, return_counts=True)
    return np.setdiff1d(tag[items < 2], mentions.tag)


def _load(
    workspace_id: int, user_ids: Sequence[int]
) -> tuple[Acts, Bearings, Mentions, tuple[Acts, Acts]]:
    happenings = load_happenings(workspace_id, user_ids)
    bearings = load_bearings(np.unique(happenings.acts.item).tolist())
    mentions, _ = load_mentions(workspace_id, user_ids)
    parts = past_and_future(happenings.acts, happenings.clock)
    return happenings.acts, bearings, mentions, parts


def _likings(acts: Acts, bearings: Bearings, mentions: Mentions) -> Likings:
    """Whatever bears a tag or speaks of it has been met; what pleased on balance is liked."""
    settled = acts.settled()
    said = claims_of_items(settled, bearings)
    any_sign = replace(acts, signed=np.ones(len(acts.id)), fade=np.ones(len(acts.id)))
    shown, spoken = claims_of_items(any_sign, bearings), claims_of_words(any_sign, mentions)
    user = np.unique(acts.user)
    tag = np.unique(np.concatenate([shown.tag, spoken.tag]))
    mass = np.zeros((len(user), len(tag)))
    np.add.at(
        mass, (np.searchsorted(user, said.user), np.searchsorted(tag, said.tag)), said.support
    )
    met = np.zeros(mass.shape, dtype=bool)
    for claims in (shown, spoken):
        met[np.searchsorted(user, claims.user), np.searchsorted(tag, claims.tag)] = True
    return Likings(user, tag, (mass > 0).astype(np.float64), met)
