"""The learnt ranker at work: it puts the blend's best in another order, on the blend's own scale.

What it is told of a candidate is the same whether one user is served from a shortlist or many
users are ranked from whole catalogues: both go through `describe` and `deal`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Bools, Floats, Ids, Indices, as_floats, places_in
from recommendations.engine.trees import Trees
from recommendations.engine.validation import CANDIDATES, LEADERS

SOURCES = ("neighbours", "popular", "recent", "taste", "tags", "portrait")
# What is told of these comes last: rankers that know nothing of them can still be read.
LATER_SOURCES = ("factors", "trending", "segment", "new", "company")
# A place and a sum may differ in the last bits between two ways of adding up.
DECIMALS = 5
WIDEST = 100_000
FEATURES = (
    "blend",
    "blend place",
    *(f"{source}{what}" for source in SOURCES for what in ("", " place")),
    "popularity",
    "popularity of late",
    "items met",
    "mean popularity of items met",
    "strongest link",
    "second link",
    "mean of three links",
    "share of items met that link",
    "part of the strongest link",
    "likeness to leaders",
    "nearest leader",
    *(f"{source}{what}" for source in LATER_SOURCES for what in ("", " place")),
)


@dataclass(frozen=True, slots=True)
class Met:
    """What a user took to, and what each of these items leads to.

    Shapes: weights and popular (H,), above 0 the first; ids and links (H, K), padded with -1 and 0.
    """

    weights: Floats
    popular: Floats
    ids: Ids
    links: Floats

    @classmethod
    def of(cls, weights: Floats, popular: Floats, ids: Ids, links: Floats) -> Self:
        """Keep what was liked of a history. Shapes: as above, weights of any sign."""
        liked = weights > 0
        return cls(weights[liked], popular[liked], ids[liked], links[liked])

    def to(self, items: Ids) -> Floats:
        """Return what links each item met to each candidate. Shapes: items (C,); returns (H, C)."""
        lowest, highest = int(items.min()), int(items.max())
        rows, columns = np.nonzero((self.ids >= lowest) & (self.ids <= highest))
        named = self.ids[rows, columns]
        place = _places(items, named, lowest, highest)
        kept = place >= 0
        rows, columns, place = rows[kept], columns[kept], place[kept]
        found = np.zeros((len(self.weights), len(items)), dtype=np.float32)
        found[rows, place] = self.weights[rows] * self.links[rows, columns]
        return found


def _places(items: Ids, named: Ids, lowest: int, highest: int) -> Indices:
    """Return where the named ones stand in `items`, -1 for those that do not.

    A table of all ids in between is quicker than a search, where they lie close together.
    """
    if highest - lowest < WIDEST:
        table = np.full(highest - lowest + 1, -1, dtype=np.intp)
        table[items - lowest] = np.arange(len(items))
        return np.asarray(table[named - lowest])
    order = np.argsort(items)
    place, is_known = places_in(named, items[order])
    return np.where(is_known, order[place], -1)


@dataclass(frozen=True, slots=True)
class Described:
    """One user's candidates, best of the blend first.

    Shapes: places (C,), where they stand in what they were taken from; values (C,), descending;
    features (C, F).
    """

    places: Indices
    values: Floats
    features: Floats


@dataclass(frozen=True, slots=True)
class ServedRanker:
    """Trees over a blend's hundred best, with LightGBM's own text to keep them by."""

    trees: Trees
    text: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, settings: Mapping[str, Any] | None = None) -> Self:
        """Read a ranker back. Raises ValueError where the text is not whole."""
        return cls(Trees.parse(text, width=len(FEATURES)), text, settings or {})

    def deal(self, found: Described) -> Floats:
        """Deal the blend's values out in the ranker's order: the first gets the highest.

        Level ones keep the blend's order. Shapes: returns (C,), the same values as given.
        """
        dealt = np.empty_like(found.values)
        order = np.argsort(-self.trees.rate(found.features), kind="stable")
        dealt[order] = found.values
        return dealt


def describe(
    items: Ids,
    blended: Floats,
    scored: Mapping[str, Floats],
    raw: tuple[Floats, Floats],
    met: Met,
    vectors: Floats | None,
) -> Described | None:
    """Take a user's hundred best of the blend, and say all that is known of each.

    Items that nobody took to yet stay where the blend put them: nobody could learn of them. So do
    all where the user took to nothing, or there is nothing to choose from.

    Shapes: items (N,), all that may be shown, with blended (N,), scored (N,) by source, each
    divided by its best, and raw (N,) popularity over all and of late; vectors (N, D) or None.
    """
    known = _best(blended, raw[0] > 0)
    if not len(met.weights) or len(known) < 2:
        return None
    places = known[np.lexsort((items[known], -blended[known]))][:CANDIDATES]
    values = blended[places]
    columns: list[Floats] = [values, as_floats(np.arange(len(places)))]
    columns += _told(SOURCES, scored, places)
    columns += [as_floats(np.log1p(one[places])) for one in raw]
    columns += [as_floats(np.full(len(places), one)) for one in _past(met)]
    columns += [*_joined(met, items[places]), *_led(vectors, places)]
    columns += _told(LATER_SOURCES, scored, places)
    features = np.round(np.stack(columns, axis=1), DECIMALS)
    return Described(places, values, as_floats(features))


def _told(
    sources: Sequence[str], scored: Mapping[str, Floats], places: Indices
) -> Iterator[Floats]:
    """Say what each source gives the candidates, and how many of them it gives more."""
    for source in sources:
        own = scored[source][places] if source in scored else np.zeros(len(places))
        own = as_floats(np.round(own, DECIMALS))
        yield own
        yield _place(own)


def _place(scores: Floats) -> Floats:
    """Count how many are better. Shapes: (C,); returns (C,)."""
    return as_floats(np.searchsorted(np.sort(-scores), -scores))


def _past(met: Met) -> tuple[float, float]:
    return float(np.log(len(met.weights))), float(np.log1p(met.popular).mean())


def _joined(met: Met, items: Ids) -> list[Floats]:
    """Say whether one item of the past speaks loudly or many speak softly."""
    parts = np.maximum(met.to(items), 0.0)
    best = -np.sort(-parts, axis=0)[:3]
    whole = parts.sum(axis=0)
    return [
        best[0],
        best[min(1, len(best) - 1)],
        as_floats(best.sum(axis=0) / 3.0),
        as_floats((parts > 0).mean(axis=0)),
        as_floats(best[0] / np.where(whole > 0, whole, 1.0)),
    ]


def _led(vectors: Floats | None, places: Indices) -> list[Floats]:
    """Say how like its text is to those of the twenty that lead, itself left out."""
    if vectors is None:
        return [np.zeros(len(places), dtype=np.float32)] * 2
    own = vectors[places]
    alike = own @ own[:LEADERS].T
    leaders = np.arange(alike.shape[1])
    alike[leaders, leaders] = 0.0
    return [as_floats(alike.mean(axis=1)), as_floats(alike.max(axis=1))]


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything that is known of B users, over the whole catalogue.

    Shapes: total and every scored (B, I), as given by the blend and the sources; histories and
    barred (B, I); popular and recent (I,); ids and links (I, K); vectors (I, D) or None.
    """

    total: Floats
    scored: Mapping[str, Floats]
    histories: csr_array
    barred: csr_array
    popular: Floats
    recent: Floats
    ids: Ids
    links: Floats
    vectors: Floats | None

    def described(self) -> Iterator[tuple[int, Described]]:
        """Describe the candidates of each user in turn, leaving out those without any."""
        for row, (start, stop) in enumerate(pairwise(self.histories.indptr.tolist())):
            own = self.histories.indices[start:stop]
            weights = as_floats(self.histories.data[start:stop])
            met = Met.of(weights, self.popular[own], self.ids[own], self.links[own])
            found = self._of_one(row, met)
            if found is not None:
                yield row, found

    def dealt(self, ranker: ServedRanker) -> Floats:
        """Return the blend's scores as the ranker deals them out. Shapes: returns (B, I)."""
        scores = self.total.copy()
        for row, found in self.described():
            scores[row, found.places] = ranker.deal(found)
        return scores

    def _of_one(self, row: int, met: Met) -> Described | None:
        closed = self.barred.indices[self.barred.indptr[row] : self.barred.indptr[row + 1]]
        is_open: Bools = np.ones(self.total.shape[1], dtype=np.bool_)
        is_open[closed] = False
        candidates = _best(self.total[row], is_open & (self.popular > 0))
        scored = {}
        for source, scores in self.scored.items():
            best = float(scores[row][is_open].max(initial=-np.inf))
            part = scores[row][candidates] / (best if best > 0 else 1.0)
            scored[source] = as_floats(np.clip(part, -1.0, 1.0))
        found = describe(
            candidates.astype(np.int64),
            self.total[row][candidates],
            scored,
            (self.popular[candidates], self.recent[candidates]),
            met,
            None if self.vectors is None else self.vectors[candidates],
        )
        return None if found is None else replace(found, places=candidates[found.places])


def _best(total: Floats, is_open: Bools) -> Indices:
    """Return a hundred and all level with the last, so that no tie is broken here."""
    places = np.flatnonzero(is_open)
    if len(places) <= CANDIDATES:
        return places
    least = np.partition(total[places], -CANDIDATES)[-CANDIDATES]
    best: Indices = places[total[places] >= least]
    return best
