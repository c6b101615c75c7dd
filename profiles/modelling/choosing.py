"""Which of the weighed beliefs become statements of a user, and which claims they rest on."""

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Bools, Doubles
from profiles.modelling.claims import Acts, Claims
from profiles.modelling.curves import LONE, SHIPPED, Curves, group_of
from profiles.modelling.statements import StatementConfig, Weighed

OBSERVED, INFERRED = "observed", "inferred"
# Strength and confidence are told in steps, so that a belief moves when the evidence does and
# not with every rounding, and the same evidence gives the same numbers by whatever road.
STRENGTH_STEP, CONFIDENCE_STEP = 0.1, 0.05
MOST_FOR, MOST_AGAINST = 6, 2


@dataclass(frozen=True, slots=True)
class Line:
    """One interaction under a statement; `act` is a position in the Acts."""

    act: int
    weight: float
    is_words: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A statement that the evidence asks for, with its heaviest lines first."""

    user: int
    tag: int
    polarity: int
    strength: float
    confidence: float
    level: str
    is_active: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """Everything that one kind of sign says: the claims and what they weigh.

    `is_judging` says whether people in the workspace say no by this sign as well as yes.
    """

    level: str
    claims: Claims
    weighed: Weighed
    is_judging: bool = True


@dataclass(frozen=True, slots=True)
class _Belief:
    """Row `row` of a channel, as a candidate; `told` is its calibrated confidence."""

    channel: Channel
    row: int
    evidence: float
    strength: float
    told: float
    is_active: bool

    @property
    def tag(self) -> int:
        return int(self.channel.weighed.tag[self.row])

    @property
    def polarity(self) -> int:
        return int(self.channel.weighed.polarity[self.row])


def propose(
    acts: Acts,
    channels: tuple[Channel, ...],
    config: StatementConfig,
    *,
    insist: Set[int],
    curves: Curves = SHIPPED,
) -> dict[int, list[Proposal]]:
    """Return each user's statements, the best first; users with none are left out.

    `curves` turn raw confidence into what is told. Where two channels speak of one tag the
    clearer wins, and both give evidence. Users to `insist` on wrote enough that some statement
    must show their words: where none would, their likeliest belief is proposed too, with its
    low confidence, for somebody to look at.
    """
    found: dict[int, list[Proposal]] = {}
    told = tuple(told_by(channel, curves) for channel in channels)
    in_use = [in_use_of(*each, config) for each in zip(channels, told, strict=True)]
    clear = [believed_in(*each, config) for each in zip(channels, told, strict=True)]
    of_writers = [_of(channel, insist) & channel.weighed.is_met for channel in channels]
    beliefs = _beliefs(channels, told, in_use, clear)
    spare = _beliefs(channels, told, in_use, of_writers)
    for user in sorted(beliefs.keys() | (spare.keys() & insist)):
        chosen = sorted(beliefs.get(user, []), key=_rank)[: config.most_statements]
        proposals = [_proposal(acts, user, each, channels, config) for each in chosen]
        if user in insist and not any(_shows_words(acts, each) for each in proposals):
            proposals += _first_with_words(acts, user, spare.get(user, []), channels, config)
        if proposals:
            found[user] = proposals
    return found


def trusting(config: StatementConfig, groups: Container[str]) -> StatementConfig:
    """Return the config by which a single interaction is enough for lone beliefs of these groups.

    Where there are none of them it is as it was, and two independent pieces are asked for.
    """

    def least(sign: str, otherwise: int) -> int:
        return 1 if any(one in groups for one in LONE if sign in one) else otherwise

    return replace(
        config,
        least_for=least("+", config.least_for),
        least_against=least("-", config.least_against),
    )


def told_by(channel: Channel, curves: Curves) -> Doubles:
    """Return the calibrated confidence of a channel's beliefs, in steps. Shapes: (G,).

    It is 0 for lone beliefs of which no curve tells how far to trust them.
    """
    weighed, told = channel.weighed, channel.weighed.raw.copy()
    for sign in (1, -1):
        for is_lone in (False, True):
            curve = curves.by_group.get(
                group_of(channel.level, sign, is_judging=channel.is_judging, is_lone=is_lone)
            )
            rows = (weighed.polarity == sign) & (weighed.is_lone == is_lone)
            if curve is not None:
                told[rows] = curve.at(told[rows])
            elif is_lone:
                told[rows] = 0.0
    return np.round(np.round(told / CONFIDENCE_STEP) * CONFIDENCE_STEP, 6)


def believed_in(channel: Channel, told: Doubles, config: StatementConfig) -> Bools:
    """Return which of a channel's beliefs are clear and sure enough to be told. Shapes: (G,)."""
    weighed = channel.weighed
    is_clear = weighed.holds & (weighed.evidence >= config.least_evidence)
    return np.asarray(is_clear & (told >= _bounds(channel, config)[0]))


def in_use_of(channel: Channel, told: Doubles, config: StatementConfig) -> Bools:
    """Return which of them need nobody to look at them before they count. Shapes: (G,)."""
    weighed = channel.weighed
    least_evidence = config.evidence_in_use(is_judging=channel.is_judging)
    is_clear = weighed.is_met & (weighed.evidence >= least_evidence)
    return np.asarray(
        believed_in(channel, told, config) & is_clear & (told >= _bounds(channel, config)[1])
    )


def bounds_of(
    level: str, polarity: int, config: StatementConfig, *, is_judging: bool
) -> tuple[float, float]:
    """Return the least confidence of a proposal, and of a statement in use."""
    if not is_judging:
        return config.least_return, config.active_return
    if level == INFERRED:
        return (
            (config.least_words, config.active_words)
            if polarity > 0
            else (config.least_complaint, config.active_complaint)
        )
    return (
        (config.least_confidence, config.active_confidence)
        if polarity > 0
        else (config.least_dislike, config.active_dislike)
    )


def _bounds(channel: Channel, config: StatementConfig) -> tuple[Doubles, Doubles]:
    """The same of each of a channel's beliefs. Shapes: both (G,)."""
    for_like, for_dislike = (
        bounds_of(channel.level, sign, config, is_judging=channel.is_judging) for sign in (1, -1)
    )
    is_like = channel.weighed.polarity > 0
    return (
        np.where(is_like, for_like[0], for_dislike[0]),
        np.where(is_like, for_like[1], for_dislike[1]),
    )


def _of(channel: Channel, users: Set[int]) -> Bools:
    return np.isin(channel.weighed.user, sorted(users))


def _beliefs(
    channels: tuple[Channel, ...],
    told: tuple[Doubles, ...],
    in_use: Sequence[Bools],
    chosen: Sequence[Bools],
) -> dict[int, list[_Belief]]:
    """The chosen rows as candidates by user, one per tag: of two channels, the clearer."""
    by_pair: dict[tuple[int, int], _Belief] = {}
    for channel, confidence, is_active, rows in zip(channels, told, in_use, chosen, strict=True):
        weighed = channel.weighed
        for row in np.flatnonzero(rows).tolist():
            pair = (int(weighed.user[row]), int(weighed.tag[row]))
            old = by_pair.get(pair)
            evidence = float(weighed.evidence[row])
            if old is None or evidence > old.evidence:
                by_pair[pair] = _Belief(
                    channel,
                    row,
                    evidence,
                    strength=float(weighed.strength[row]),
                    told=float(confidence[row]),
                    is_active=bool(is_active[row]),
                )
    found: dict[int, list[_Belief]] = defaultdict(list)
    for (user, _), belief in by_pair.items():
        found[user].append(belief)
    return found


def _rank(belief: _Belief) -> tuple[float, float, int]:
    return -round(belief.evidence * belief.strength, 9), -round(belief.strength, 9), belief.tag


def _first_with_words(
    acts: Acts,
    user: int,
    beliefs: list[_Belief],
    channels: tuple[Channel, ...],
    config: StatementConfig,
) -> list[Proposal]:
    for belief in sorted(beliefs, key=_rank):
        proposal = _proposal(acts, user, belief, channels, config)
        if _shows_words(acts, proposal):
            return [proposal]
    return []


def _shows_words(acts: Acts, proposal: Proposal) -> bool:
    return any(
        acts.is_read[line.act] and line.weight * proposal.polarity > 0 for line in proposal.lines
    )


def _proposal(
    acts: Acts,
    user: int,
    belief: _Belief,
    channels: tuple[Channel, ...],
    config: StatementConfig,
) -> Proposal:
    confidence = min(belief.told, config.most_confidence)
    strength = max(STRENGTH_STEP, _stepped(belief.strength, STRENGTH_STEP))
    return Proposal(
        user=user,
        tag=belief.tag,
        polarity=belief.polarity,
        strength=min(strength, 1.0),
        confidence=confidence,
        level=belief.channel.level,
        is_active=belief.is_active,
        lines=tuple(_lines(acts, user, belief, channels)),
    )


def _stepped(value: float, step: float) -> float:
    return round(round(value / step) * step, 6)


def _lines(acts: Acts, user: int, belief: _Belief, channels: tuple[Channel, ...]) -> Iterator[Line]:
    """The heaviest claims for the belief, then the heaviest against it, one per interaction.

    A claim from words that agrees comes before one from behaviour about the same interaction,
    because it can be quoted.
    """
    by_act: dict[int, Line] = {}
    for channel in channels:
        rows = _rows_of(channel.weighed, user, belief.tag)
        is_words = channel.level == INFERRED
        for row in range(*rows):
            weight = float(channel.claims.support[row])
            line = Line(int(channel.claims.act[row]), round(weight, 4), is_words)
            agrees = weight * belief.polarity > 0
            if line.act not in by_act or (is_words and agrees):
                by_act[line.act] = line
    ordered = sorted(by_act.values(), key=lambda line: _weight_rank(acts, line))
    yield from [line for line in ordered if line.weight * belief.polarity > 0][:MOST_FOR]
    yield from [line for line in ordered if line.weight * belief.polarity < 0][:MOST_AGAINST]


def _weight_rank(acts: Acts, line: Line) -> tuple[float, float, int]:
    """Heavier first; what can be quoted counts a quarter more; then the newer one."""
    size = abs(line.weight) * (1.25 if acts.is_read[line.act] else 1.0)
    return -round(size, 9), float(acts.age[line.act]), -line.act


def _rows_of(weighed: Weighed, user: int, tag: int) -> tuple[int, int]:
    """The claims of one pair: where they start and end, both 0 where there are none."""
    first = int(np.searchsorted(weighed.user, user, side="left"))
    last = int(np.searchsorted(weighed.user, user, side="right"))
    at = first + int(np.searchsorted(weighed.tag[first:last], tag))
    if at < last and weighed.tag[at] == tag:
        return int(weighed.start[at]), int(weighed.end[at])
    return 0, 0
