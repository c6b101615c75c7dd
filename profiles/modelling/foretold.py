"""What became of statements: the past of each user states them, and the future judges."""

from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Bools, Doubles, Ids
from profiles.modelling.calibration import Outcomes
from profiles.modelling.channels import Everybody, channels_of
from profiles.modelling.choosing import INFERRED, OBSERVED, Channel
from profiles.modelling.claims import (
    Acts,
    Bearings,
    Claims,
    Mentions,
    claims_of_items,
    claims_of_words,
    group_starts,
)
from profiles.modelling.curves import GROUPS, group_of
from profiles.modelling.shares import Base, totals_of
from profiles.modelling.statements import StatementConfig

# How many later items must be expected to bear a tag before their absence tells anything.
EXPECTED = 1.0


def outcomes_of(
    past: Acts,
    future: Acts,
    bearings: Bearings,
    mentions: Mentions,
    everybody: Everybody,
    config: StatementConfig,
) -> Outcomes:
    """Return what the future, unfaded, says of the statements that the past asks for.

    Where people say no as well as yes, a like is *confirmed* when the user's later items that
    bear the tag (one at least) pleased them on balance, and a dislike when they displeased, or
    when the user kept away from the tag though by everybody's share at least EXPECTED of the
    later items should bear it. Where people only say yes, there is no such verdict: a like is
    confirmed when the tag's share of what they took to later is above everybody's share, and it
    is judged where by its share so far at least EXPECTED of those items should bear it.
    Statements from words are judged by the verdicts of later reviews that speak of the aspect,
    and not by the words, which are read by what is judged here.
    """
    settled = future.settled()
    named = claims_of_words(future, mentions)
    verdicts = replace(named, support=np.sign(future.signed[named.act]))
    signs = {
        OBSERVED: (everybody.items, claims_of_items(settled, bearings)),
        INFERRED: (everybody.words, verdicts),
    }
    parts = [
        _judge(channel, *signs[channel.level], (past.settled(), settled), config)
        for channel in channels_of(past, bearings, mentions, everybody, config)
    ]
    return Outcomes(
        user=np.concatenate([part.user for part in parts]),
        group=np.concatenate([part.group for part in parts]),
        raw=np.concatenate([part.raw for part in parts]),
        is_confirmed=np.concatenate([part.is_confirmed for part in parts]),
    )


@dataclass(frozen=True, slots=True)
class _Later:
    """What the future says of pairs. Shapes: all (G,). Units: masses; is_met where any is."""

    liked: Doubles
    disliked: Doubles
    is_met: Bools


def _judge(
    channel: Channel,
    base: Base,
    claims: Claims,
    settled: tuple[Acts, Acts],
    config: StatementConfig,
) -> Outcomes:
    weighed, (past, future) = channel.weighed, settled
    rows = np.flatnonzero(weighed.holds & (weighed.evidence >= config.least_evidence))
    later = _later(weighed.user[rows], weighed.tag[rows], claims)
    polarity = weighed.polarity[rows]
    whole = _whole(weighed.user[rows], future)
    base = base.covering(weighed.tag[rows])
    usual = base.share_liked[np.searchsorted(base.tag, weighed.tag[rows])]
    if base.is_judging:
        shunned = (polarity < 0) & ~later.is_met & (usual * whole >= EXPECTED)
        is_judged = later.is_met | shunned
        is_confirmed = ((later.liked - later.disliked) * polarity > 0) | shunned
    else:
        share = later.liked / np.maximum(whole, 1e-9)
        is_judged = (polarity > 0) & (_own_share(channel, rows, past) * whole >= EXPECTED)
        is_confirmed = share > usual
    signs = zip(polarity.tolist(), weighed.is_lone[rows].tolist(), strict=True)
    groups = [
        group_of(channel.level, sign, is_judging=base.is_judging, is_lone=is_lone)
        for sign, is_lone in signs
    ]
    return Outcomes(
        user=weighed.user[rows],
        group=np.array([GROUPS.index(group) for group in groups], dtype=np.int64),
        raw=weighed.raw[rows],
        is_confirmed=is_confirmed,
    ).of(is_judged)


def _later(user: Ids, tag: Ids, claims: Claims) -> _Later:
    """Look up what the claims say of each pair."""
    starts = group_starts(claims.user, claims.tag)
    known = {
        pair: place
        for place, pair in enumerate(
            zip(claims.user[starts].tolist(), claims.tag[starts].tolist(), strict=True)
        )
    }
    place = np.array(
        [known.get(pair, len(starts)) for pair in zip(user.tolist(), tag.tolist(), strict=True)],
        dtype=np.intp,
    )
    liked, disliked = (
        np.append(np.add.reduceat(np.maximum(sign * claims.support, 0), starts), 0.0)
        if len(starts)
        else np.zeros(1)
        for sign in (1, -1)
    )
    return _Later(liked[place], disliked[place], place < len(starts))


def _whole(user: Ids, settled: Acts) -> Doubles:
    """All that each user took to in these interactions."""
    totals = totals_of(settled.user, settled.signed * settled.fade)
    liked = dict(zip(totals.user.tolist(), totals.liked.tolist(), strict=True))
    return np.array([liked.get(one, 0.0) for one in user.tolist()])


def _own_share(channel: Channel, rows: Ids, past: Acts) -> Doubles:
    """The tag's share of what the user took to so far."""
    claims, weighed = channel.claims, channel.weighed
    borne = np.append(np.cumsum(np.maximum(claims.borne, 0.0)), 0.0)  # borne[-1] is before row 0
    own = borne[weighed.end[rows] - 1] - borne[weighed.start[rows] - 1]
    return np.asarray(own / np.maximum(_whole(weighed.user[rows], past), 1e-9))
