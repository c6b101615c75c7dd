"""Learn how much each source counts, from users whose next likings are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Doubles, Floats, Ids, Indices
from recommendations.engine.blend import SCALES, BlendConfig, Bucket, Scale, scaled
from recommendations.engine.validation import Cases

GRID = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 4.0)
EDGES = (0, 1, 5, 20)
LEAST_USERS = 60
CANDIDATES = 100
PASSES = 3
# A source must earn its place: gains below this are within what chance gives on validation.
LEAST_GAIN = 0.002


@dataclass(frozen=True, slots=True)
class Slips:
    """The best candidates of each source for each user, on every scale.

    Shapes: values (S * 3, B, C), one layer per source and scale; users and places (P,), which row
    and which column each wanted item stands in; wanted (B,), how many there are.
    """

    values: Floats
    users: Indices
    places: Indices
    wanted: Ids

    def some(self, rows: Indices) -> "Slips":
        """Keep some of the users, by position."""
        position = np.full(len(self.wanted), -1, dtype=np.intp)
        position[rows] = np.arange(len(rows))
        kept = position[self.users] >= 0
        return Slips(
            self.values[:, rows],
            position[self.users[kept]],
            self.places[kept],
            self.wanted[rows],
        )


@dataclass(frozen=True, slots=True)
class Mixture:
    """A weight and a scale for each source. Shapes: both (S,)."""

    weights: tuple[float, ...]
    scales: tuple[int, ...]


def learn_blend(
    cases: Cases,
    sources: Mapping[str, Floats],
    lengths: Ids,
    *,
    pool: int = 500,
) -> tuple[BlendConfig, dict[str, float]]:
    """Find non-negative weights, for all users and for users with histories of like length.

    Coordinate search over a fixed grid, from the best single source onwards, so that the answer
    can be one source alone; a change must earn `LEAST_GAIN` of the merit. Scales are chosen on
    all users, and kept for the buckets. Nothing is drawn by chance.

    Shapes: sources map a name to (B, I) scores; lengths (B,), items each user met. Returns the
    config and the merit it reaches per bucket.
    """
    names = tuple(sources)
    slips = gather_slips(cases, list(sources.values()))
    general = search(slips, len(names))
    found = {"all": reached(slips, general)}
    buckets = []
    for least, rows in _bucket_rows(lengths):
        part = slips.some(rows)
        own = search(part, len(names), start=general)
        found[f"from {least}"] = reached(part, own)
        buckets.append(Bucket(least, dict(zip(names, own.weights, strict=True))))
    config = BlendConfig(
        weights=dict(zip(names, general.weights, strict=True)),
        pool=pool,
        scales={name: SCALES[one] for name, one in zip(names, general.scales, strict=True)},
        buckets=tuple(buckets),
    )
    return config, found


def _bucket_rows(lengths: Ids) -> list[tuple[int, Indices]]:
    """Group users by history length, leaving out groups too small to learn from."""
    ends = (*EDGES[1:], np.iinfo(np.int64).max)
    groups = [
        (least, np.flatnonzero((lengths >= least) & (lengths < end)))
        for least, end in zip(EDGES, ends, strict=True)
    ]
    return [(least, rows) for least, rows in groups if len(rows) >= LEAST_USERS]


def gather_slips(cases: Cases, sources: Sequence[Floats]) -> Slips:
    """Keep, per user, the best candidates of each source and what the user wanted.

    Items that no source puts among its first hundred cannot reach the first twenty of any blend
    but a contrived one, so ranks counted on these candidates are as good as on the catalogue.
    """
    scales: tuple[Scale, ...] = SCALES
    picked = [_candidates(cases, sources, row) for row in range(len(cases))]
    width = max((len(one) for one in picked), default=0)
    values = np.zeros((len(sources) * len(scales), len(cases), width), dtype=np.float32)
    for row, items in enumerate(picked):
        for layer, scores in enumerate(sources):
            for step, scale in enumerate(scales):
                place = layer * len(scales) + step
                values[place, row, : len(items)] = scaled(scores[row], scale)[items]
                values[place, row, len(items) :] = -np.inf
    users, places = _wanted_places(cases, picked)
    return Slips(values, users, places, np.diff(cases.wanted.indptr).astype(np.int64))


def _candidates(cases: Cases, sources: Sequence[Floats], row: int) -> Indices:
    barred = cases.barred(row)
    best = [cases.relevant(row)]
    for scores in sources:
        open_scores = np.where(barred, -np.inf, scores[row])
        count = min(CANDIDATES, int((~barred).sum()))
        best.append(np.argpartition(-open_scores, count - 1)[:count])
    return np.unique(np.concatenate(best))


def _wanted_places(cases: Cases, picked: list[Indices]) -> tuple[Indices, Indices]:
    users = [np.full(len(cases.relevant(row)), row) for row in range(len(picked))]
    places = [np.searchsorted(items, cases.relevant(row)) for row, items in enumerate(picked)]
    empty = [np.empty(0, dtype=np.intp)]
    return np.concatenate(users or empty), np.concatenate(places or empty)


def reached(slips: Slips, mixture: Mixture) -> float:
    """Return the merit of a mixture: the mean of NDCG@10, NDCG@20 and recall@20 over users."""
    if not len(slips.wanted):
        return 0.0
    total = np.zeros(slips.values.shape[1:], dtype=np.float32)
    for source, (weight, scale) in enumerate(zip(mixture.weights, mixture.scales, strict=True)):
        if weight:
            total += np.float32(weight) * slips.values[source * len(SCALES) + scale]
    rows = total[slips.users]
    own = rows[np.arange(len(rows)), slips.places][:, None]
    better, level = (rows > own).sum(axis=1), (rows == own).sum(axis=1)
    ranks = 1.0 + better + (level - 1) / 2.0
    return float(_gains(ranks, slips).mean())


def _gains(ranks: Doubles, slips: Slips) -> Doubles:
    """Return each user's mean of the three measures. Shapes: ranks (P,); returns (B,)."""
    count = len(slips.wanted)
    discounts = 1.0 / np.log2(1.0 + ranks)
    ideal = np.cumsum(1.0 / np.log2(np.arange(2, 22)))
    gain = np.bincount(slips.users, ranks <= 20, minlength=count) / slips.wanted
    for k in (10, 20):
        reached_k = np.bincount(slips.users, discounts * (ranks <= k), minlength=count)
        gain = gain + reached_k / ideal[np.minimum(slips.wanted, k) - 1]
    return np.asarray(gain / 3.0)


def search(slips: Slips, count: int, *, start: Mixture | None = None) -> Mixture:
    """Climb from the best single source, one weight or scale at a time.

    With `start`, its scales are kept and its weights compete with the single sources.
    """
    is_free = start is None
    scales = start.scales if start else (0,) * count
    alone = [
        Mixture(tuple(float(one == source) for one in range(count)), scales)
        for source in range(count)
    ]
    best, height = _best_of(slips, alone + ([start] if start else []), None, 0.0)
    for _ in range(PASSES):
        before = height
        for source in range(count):
            tried = _neighbouring(best, source, is_free=is_free)
            best, height = _best_of(slips, tried, best, height)
        if height <= before:
            break
    return best


def _neighbouring(mixture: Mixture, source: int, *, is_free: bool) -> list[Mixture]:
    scales = range(len(SCALES)) if is_free else (mixture.scales[source],)
    return [
        Mixture(
            (*mixture.weights[:source], weight, *mixture.weights[source + 1 :]),
            (*mixture.scales[:source], scale, *mixture.scales[source + 1 :]),
        )
        for scale in scales
        for weight in GRID
    ]


def _best_of(
    slips: Slips, tried: Sequence[Mixture], best: Mixture | None, height: float
) -> tuple[Mixture, float]:
    for one in tried:
        if any(one.weights):
            merit = reached(slips, one)
            if best is None or merit > height * (1 + LEAST_GAIN):
                best, height = one, merit
    assert best is not None  # a search has at least one source
    return best, height


