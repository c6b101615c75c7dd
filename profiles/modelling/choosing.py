"""Which of the weighed beliefs become statements of a user, and which claims they rest on."""

from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass

import numpy as np

from profiles.modelling.claims import Acts, Claims
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
    """Everything that one kind of sign says: the claims and what they weigh."""

    level: str
    claims: Claims
    weighed: Weighed


@dataclass(frozen=True, slots=True)
class _Belief:
    """Row `row` of a channel, as a candidate."""

    channel: Channel
    row: int
    confidence: float
    strength: float

    @property
    def tag(self) -> int:
        return int(self.channel.weighed.tag[self.row])

    @property
    def polarity(self) -> int:
        return int(self.channel.weighed.polarity[self.row])


def propose(
    acts: Acts, channels: tuple[Channel, ...], config: StatementConfig, *, insist: Set[int]
) -> dict[int, list[Proposal]]:
    """Return each user's statements, the best first; users with none are left out.

    Where two channels speak of one tag the surer wins, and both give evidence. Users to
    `insist` on wrote enough that some statement must show their words: where none would, their
    likeliest belief is proposed too, with its low confidence, for somebody to look at.
    """
    found: dict[int, list[Proposal]] = {}
    beliefs = _beliefs(channels, "holds")
    spare = _beliefs(channels, "is_met", of=insist)
    for user in sorted(beliefs.keys() | (spare.keys() & insist)):
        chosen = _best(beliefs.get(user, []), config)
        proposals = [_proposal(acts, user, each, channels, config) for each in chosen]
        if user in insist and not any(_shows_words(acts, each) for each in proposals):
            proposals += _first_with_words(acts, user, spare.get(user, []), channels, config)
        if proposals:
            found[user] = proposals
    return found


def _beliefs(
    channels: tuple[Channel, ...], column: str, *, of: Set[int] | None = None
) -> dict[int, list[_Belief]]:
    """The candidates by user, one per tag: of two channels, the surer."""
    by_pair: dict[tuple[int, int], _Belief] = {}
    for channel in channels:
        weighed = channel.weighed
        rows = np.flatnonzero(getattr(weighed, column))
        if of is not None:
            rows = rows[np.isin(weighed.user[rows], list(of))]
        for row in rows.tolist():
            pair = (int(weighed.user[row]), int(weighed.tag[row]))
            new = _Belief(
                channel, row, float(weighed.confidence[row]), float(weighed.strength[row])
            )
            old = by_pair.get(pair)
            if old is None or new.confidence > old.confidence:
                by_pair[pair] = new
    found: dict[int, list[_Belief]] = defaultdict(list)
    for (user, _), belief in by_pair.items():
        found[user].append(belief)
    return found


def _best(beliefs: list[_Belief], config: StatementConfig) -> list[_Belief]:
    """The beliefs worth a statement: sure enough, and the strongest of those."""
    sure = [each for each in beliefs if _told_confidence(each, config) >= config.least_confidence]
    return sorted(sure, key=_rank)[: config.most_statements]


def _rank(belief: _Belief) -> tuple[float, int]:
    return -belief.confidence * belief.strength, belief.tag


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
    return any(acts.is_read[line.act] for line in proposal.lines)


def _proposal(
    acts: Acts,
    user: int,
    belief: _Belief,
    channels: tuple[Channel, ...],
    config: StatementConfig,
) -> Proposal:
    confidence = _told_confidence(belief, config)
    strength = max(STRENGTH_STEP, _stepped(belief.strength, STRENGTH_STEP))
    is_clear = bool(belief.channel.weighed.holds[belief.row])
    return Proposal(
        user=user,
        tag=belief.tag,
        polarity=belief.polarity,
        strength=min(strength, 1.0),
        confidence=confidence,
        level=belief.channel.level,
        is_active=is_clear and confidence >= config.active_confidence,
        lines=tuple(_lines(acts, user, belief, channels)),
    )


def _told_confidence(belief: _Belief, config: StatementConfig) -> float:
    return min(_stepped(belief.confidence, CONFIDENCE_STEP), config.most_confidence)


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


def _weight_rank(acts: Acts, line: Line) -> tuple[float, int]:
    """Heavier first; what can be quoted counts a quarter more; then the newer row."""
    size = abs(line.weight) * (1.25 if acts.is_read[line.act] else 1.0)
    return -round(size, 9), -int(acts.id[line.act])


def _rows_of(weighed: Weighed, user: int, tag: int) -> tuple[int, int]:
    """The claims of one pair: where they start and end, both 0 where there are none."""
    first = int(np.searchsorted(weighed.user, user, side="left"))
    last = int(np.searchsorted(weighed.user, user, side="right"))
    at = first + int(np.searchsorted(weighed.tag[first:last], tag))
    if at < last and weighed.tag[at] == tag:
        return int(weighed.start[at]), int(weighed.end[at])
    return 0, 0
