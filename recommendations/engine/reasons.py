"""Why an item is on a slate, as facts; words are put to them at the edge."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.arrays import Floats, Ids, Indices
from recommendations.engine.history import History
from recommendations.engine.sources import Scored

ReasonKind = Literal[
    "item", "statement", "popular", "recent", "trending", "segment", "new", "text", "next"
]

Fact = tuple[ReasonKind, int | None]

# True of everybody, so they come after what is about this user, and the weightiest alone is told.
GENERAL: frozenset[ReasonKind] = frozenset({"popular", "recent", "trending", "new"})
# What no single item, statement or taste carries: what is true of everybody or of the user's group,
# and whole sequences.
UNDIVIDED: frozenset[ReasonKind] = GENERAL | {"next", "segment"}

KIND_OF_SOURCE: dict[str, ReasonKind] = {
    "neighbours": "item",
    "factors": "item",
    "company": "item",
    "sequence": "next",
    "tags": "statement",
    "said": "statement",
    "portrait": "statement",
    "taste": "text",
    "popular": "popular",
    "recent": "recent",
    "trending": "trending",
    "segment": "segment",
    "new": "new",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact that carried a score.

    `ref` is an item the user met (item), a tag's id (statement) or a taste's row (text); None for
    the rest. Units: share of everything that spoke for the pick, in (0, 1].
    """

    kind: ReasonKind
    ref: int | None
    share: float


def reasons_for(
    items: Ids,
    parts: Floats,
    scored: Sequence[Scored],
    picks: Indices,
    *,
    history: History | None = None,
    limit: int = 3,
) -> list[list[Reason]]:
    """Say for each pick which facts carried it most: the user's own first, then the general ones.

    A source's part of the score is shared out among its carriers. What spoke against the pick is
    no reason for it. A pick that nothing spoke for, as happens at the end of a short catalogue, is
    called popular with share 0 rather than given a made-up reason.

    Shapes: items (C,) and parts (C, S) as `Blended` has them, S = len(scored); picks (K,)
    positions into items; returns K lists of 1 to `limit` reasons.
    """
    told = [_told(one, items[picks], history) for one in scored]
    return [
        _reasons_of(own, [facts[place] for facts in told], limit)
        for place, own in enumerate(parts[picks].tolist())
    ]


def _reasons_of(
    parts: Sequence[float], told: Sequence[Sequence[tuple[Fact, float]]], limit: int
) -> list[Reason]:
    total = sum(part for part in parts if part > 0)
    if total <= 0:
        return [Reason("popular", None, 0.0)]
    facts: dict[Fact, float] = defaultdict(float)
    for part, carried in zip(parts, told, strict=True):
        if part > 0:
            for fact, share in carried:
                facts[fact] += share * part / total
    ranked = _one_general(sorted(facts.items(), key=lambda pair: -pair[1]))
    reasons = [Reason(kind, ref, share) for (kind, ref), share in ranked[:limit] if share > 0]
    reasons.sort(key=lambda reason: reason.kind in GENERAL)  # stable: the weightiest stay first
    return reasons or [Reason("popular", None, 0.0)]


def _one_general(ranked: Sequence[tuple[Fact, float]]) -> list[tuple[Fact, float]]:
    """Keep what is about this user, and the weightiest of what is true of everybody."""
    general = [fact for (fact, _) in ranked if fact[0] in GENERAL]
    return [pair for pair in ranked if pair[0] not in general[1:]]


def _told(scored: Scored, picked: Ids, history: History | None) -> list[list[tuple[Fact, float]]]:
    """Name what carried each pick in one source, with shares of that source's part.

    Shapes: picked (K,), ids; returns K lists, empty where the source does not name the pick.
    """
    kind = KIND_OF_SOURCE.get(scored.source, "popular")
    if kind in UNDIVIDED:
        return [[((kind, None), 1.0)]] * len(picked)
    rows = dict(zip(scored.items.tolist(), range(len(scored.items)), strict=True))
    told: list[list[tuple[Fact, float]]] = []
    for item in picked.tolist():
        row = rows.get(item)
        carried = [] if row is None else _carried(scored, row)
        if kind == "item" and history is not None:
            carried = [(int(history.items[carrier]), share) for carrier, share in carried]
        told.append([((kind, carrier), share) for carrier, share in carried])
    return told


def _carried(scored: Scored, row: int) -> list[tuple[int, float]]:
    """Return the carriers of one score with their shares."""
    pairs = zip(scored.carriers[row].tolist(), scored.shares[row].tolist(), strict=True)
    return [(carrier, share) for carrier, share in pairs if carrier >= 0]
