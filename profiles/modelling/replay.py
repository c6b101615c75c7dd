"""The past, drawn again: portraits as of earlier moments, from the evidence there was by then."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Bools, Doubles, Ids, Indices
from profiles.modelling.channels import Everybody, channels_of
from profiles.modelling.choosing import Channel, believed_in, told_by
from profiles.modelling.claims import Acts, Bearings, Mentions, group_starts
from profiles.modelling.curves import Curves
from profiles.modelling.statements import StatementConfig
from profiles.modelling.strength import SECONDS_PER_DAY, ages_of

# At how many moments of a user's history a portrait is drawn again, today's among them.
MOMENTS = 12
DRIFT_DAYS = 90.0
# What part of a history states, where the rest is to judge, and how long it must be for that.
PAST = 0.7
LEAST_HISTORY = 5


@dataclass(frozen=True, slots=True)
class Clock:
    """When interactions happened, in the order of the Acts.

    Shapes: all (T,). Units: moment in seconds, the arrival's where nothing better is known;
    half_life in days. What has no date does not fade.
    """

    moment: Doubles
    is_dated: Bools
    half_life: Doubles


@dataclass(frozen=True, slots=True)
class Past:
    """What the past of some users tells of their portraits.

    `since` is by user and tag, for what is believed now: the first moment, of those drawn again,
    from which on it was always believed, in seconds. `drift` is by user: how far the portrait
    moved in the last DRIFT_DAYS of what the user did, from 0 to 1; those too new to tell are
    left out.
    """

    since: Mapping[tuple[int, int], float]
    drift: Mapping[int, float]


def past_and_future(acts: Acts, clock: Clock) -> tuple[Acts, Acts]:
    """Part each user's interactions into what came before and what after: PAST of them, the rest.

    The past is faded as it was when it ended, the future not at all. Users with fewer than
    LEAST_HISTORY interactions have a past alone.
    """
    order = np.lexsort((np.arange(len(acts.id)), clock.moment, acts.user))
    starts = group_starts(acts.user[order])
    counts = np.diff(np.append(starts, len(order)))
    kept = np.where(counts >= LEAST_HISTORY, np.floor(PAST * counts), counts)
    within = np.arange(len(order)) - np.repeat(starts, counts)
    is_past = np.zeros(len(order), dtype=bool)
    is_past[order] = within < np.repeat(kept, counts)
    past, future = np.flatnonzero(is_past), np.flatnonzero(~is_past)
    ages = _ages(acts.user[past], clock.moment[past], clock.is_dated[past])
    return (
        replace(acts.taken(past), age=ages, fade=np.exp2(-ages / clock.half_life[past])),
        replace(acts.taken(future), fade=np.ones(len(future))),
    )


def past_of(
    acts: Acts,
    clock: Clock,
    bearings: Bearings,
    mentions: Mentions,
    everybody: Everybody,
    config: StatementConfig,
    curves: Curves,
) -> Past:
    """Draw each user's portrait again at moments of their history, by the rules of today.

    The moments are those of interactions, spread evenly over them, and one DRIFT_DAYS before the
    newest. Each portrait knows only what had happened by then, faded as it was then.
    """
    if not len(acts.id):
        return Past({}, {})
    users, owner = np.unique(acts.user, return_inverse=True)
    cuts = np.array([_cuts(clock.moment[owner == place]) for place in range(len(users))])
    copies, mentioned = _copies(acts, clock, mentions, owner, cuts)
    channels = channels_of(copies, bearings, mentioned, everybody, config)
    beliefs = _beliefs(channels, config, curves)
    since: dict[tuple[int, int], float] = {}
    for (place, tag), by_cut in beliefs.items():
        first = _start_of_run(by_cut)
        if first is not None:
            since[int(users[place]), tag] = float(cuts[place, first])
    return Past(since, _drift(beliefs, users, cuts, clock, owner))


def distance(then: Mapping[int, float], now: Mapping[int, float]) -> float:
    """Return how far two portraits are apart: 1 - shared weight / whole weight, in [0, 1].

    A portrait is signed weights by tag. Of a tag that both hold in the same sense they share
    the smaller weight and the whole is the larger; opposite senses share nothing.
    """
    shared = whole = 0.0
    for tag in sorted(then.keys() | now.keys()):
        old, new = then.get(tag, 0.0), now.get(tag, 0.0)
        agrees = old * new > 0
        shared += min(abs(old), abs(new)) if agrees else 0.0
        whole += max(abs(old), abs(new)) if agrees else abs(old) + abs(new)
    return 1.0 - shared / whole if whole else 0.0


def _cuts(moments: Doubles) -> Doubles:
    """The moments at which to draw again; the second is DRIFT_DAYS before the last.

    Not in order of time: first the drift's, then MOMENTS - 1 rising ones.
    """
    happened = np.unique(moments)
    places = np.linspace(0, len(happened) - 1, MOMENTS - 1).round().astype(np.intp)
    return np.concatenate([[happened[-1] - DRIFT_DAYS * SECONDS_PER_DAY], happened[places]])


def _copies(
    acts: Acts, clock: Clock, mentions: Mentions, owner: Indices, cuts: Doubles
) -> tuple[Acts, Mentions]:
    """Every user once for each cut, as user `place * MOMENTS + cut`, knowing what was before it."""
    row, cut = np.nonzero(clock.moment[:, None] <= cuts[owner])
    user = owner[row] * MOMENTS + cut
    age = _ages(user, clock.moment[row], clock.is_dated[row])
    copies = Acts(
        id=acts.id[row] * MOMENTS + cut,
        user=user.astype(np.int64),
        item=acts.item[row],
        signed=acts.signed[row],
        fade=np.exp2(-age / clock.half_life[row]),
        age=age,
        is_read=acts.is_read[row],
        piece=acts.pieces[row],
    ).taken(np.argsort(user, kind="stable"))
    every = np.arange(MOMENTS)
    return copies, Mentions(
        act=(mentions.act[:, None] * MOMENTS + every).ravel(),
        tag=np.repeat(mentions.tag, MOMENTS),
        polarity=np.repeat(mentions.polarity, MOMENTS),
    )


def _ages(user: Ids | Indices, moment: Doubles, is_dated: Bools) -> Doubles:
    """Days back from each user's newest dated interaction; 0 where there is no date."""
    return np.nan_to_num(ages_of(user, np.where(is_dated, moment, np.nan)))


@dataclass(frozen=True, slots=True)
class _Held:
    """A belief at one cut: how clear it was, and its signed weight."""

    evidence: float
    weight: float


def _beliefs(
    channels: tuple[Channel, ...], config: StatementConfig, curves: Curves
) -> dict[tuple[int, int], dict[int, _Held]]:
    """What was believed, by user's place and tag, at which cuts; the clearer channel speaks."""
    found: dict[tuple[int, int], dict[int, _Held]] = defaultdict(dict)
    for channel in channels:
        weighed, told = channel.weighed, told_by(channel, curves)
        rows = np.flatnonzero(believed_in(channel, told, config))
        weight = weighed.polarity * weighed.strength * told
        columns: tuple[Ids | Doubles, ...] = (weighed.user, weighed.tag, weighed.evidence, weight)
        for copy, tag, evidence, signed in zip(
            *(each[rows].tolist() for each in columns), strict=True
        ):
            place, cut = divmod(copy, MOMENTS)
            held = found[place, tag].get(cut)
            if held is None or evidence > held.evidence:
                found[place, tag][cut] = _Held(evidence, signed)
    return found


def _start_of_run(by_cut: Mapping[int, _Held]) -> int | None:
    """The first of the cuts up to the last at which the belief held in today's sense."""
    last = by_cut.get(MOMENTS - 1)
    if last is None:
        return None
    cut = MOMENTS - 1
    while cut > 1 and (held := by_cut.get(cut - 1)) and held.weight * last.weight > 0:
        cut -= 1
    return cut


def _drift(
    beliefs: Mapping[tuple[int, int], Mapping[int, _Held]],
    users: Ids,
    cuts: Doubles,
    clock: Clock,
    owner: Indices,
) -> dict[int, float]:
    oldest = np.full(len(users), np.inf)
    np.minimum.at(oldest, owner, clock.moment)
    then: dict[int, dict[int, float]] = defaultdict(dict)
    now: dict[int, dict[int, float]] = defaultdict(dict)
    for (place, tag), by_cut in beliefs.items():
        for portraits, cut in ((then, 0), (now, MOMENTS - 1)):
            if cut in by_cut:
                portraits[place][tag] = by_cut[cut].weight
    return {
        int(users[place]): round(distance(then[place], now[place]), 3)
        for place in range(len(users))
        if oldest[place] <= cuts[place, 0] and (then[place] or now[place])
    }
