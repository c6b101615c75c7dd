"""Learn how much each source counts, from users whose next likings are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Doubles, Floats, Ids, Indices
from recommendations.engine.blend import SCALES, SCALES_OF, BlendConfig, Bucket, scaled
from recommendations.engine.ensemble import Opinions
from recommendations.engine.gate import is_sure, judge
from recommendations.engine.validation import CANDIDATES, Cases, open_scores

GRID = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 4.0)
EDGES = (0, 1, 5, 20)
LEAST_USERS = 60
PASSES = 3
# One climb tries no more mixtures than this. With S sources three passes need S * 73 at most, since
# a source has two scales of twelve weights: the limit is for whoever adds sources.
MOST_TRIES = 1_000
# A change must gain more than this many standard errors over users: the best of two dozen tries
# gains that much by chance alone, and what is let in by chance bars the way to what is better.
SURE = 2.0


@dataclass(frozen=True, slots=True)
class Slips(Opinions):
    """The best candidates of each source for each user, on every scale.

    Shapes: values (S * 2, B, C), one layer per source and scale; the rest as in `Opinions`.
    """

    def of(self, sources: Sequence[int]) -> "Slips":
        """Keep some of the sources, by position."""
        layers = [place * len(SCALES) + step for place in sources for step in range(len(SCALES))]
        return Slips(self.values[layers], self.users, self.places, self.wanted)

    def named(self, names: Sequence[str], kept: Sequence[str]) -> "Slips":
        """Keep some of the sources, by name; `names` are those of all."""
        return self.of([names.index(name) for name in kept])


@dataclass(frozen=True, slots=True)
class Mixture:
    """A weight and a scale for each source. Shapes: both (S,)."""

    weights: tuple[float, ...]
    scales: tuple[int, ...]


def learn_blend(
    slips: Slips,
    names: tuple[str, ...],
    lengths: Ids,
    *,
    users: Ids | None = None,
    pool: int = 500,
) -> tuple[BlendConfig, dict[str, float], int]:
    """Find non-negative weights, for all users and for users with histories of like length.

    Coordinate search over a fixed grid, from the best single source onwards, so that the answer
    can be one source alone; a change must gain more than its own standard error over users.
    Scales are chosen on all users, and kept for the buckets. Users with histories of a length get
    weights of their own where such users, not learnt on, surely gain by it: the fewer they are, the
    more a search fits them by chance. Nothing depends on chance but how users are halved for that,
    which is the same each time.

    Shapes: slips of B rows and S sources; names (S,); lengths (B,), items each user took to; users
    (B,), whose rows they are, where a user has several.
    Returns the config, the merit it reaches on all users and per bucket, and how many were tried.
    """
    whose = np.arange(len(lengths)) if users is None else users
    general, tries = search(slips, names)
    found = {"all": float(gains(slips, general).mean())}
    buckets = []
    for least, rows in _bucket_rows(lengths):
        part = slips.some(rows)
        own, more = _own_or_general(part, names, general, whose[rows])
        tries += more
        found[f"from {least}"] = float(gains(part, own).mean())
        buckets.append(Bucket(least, dict(zip(names, own.weights, strict=True))))
    config = BlendConfig(
        weights=dict(zip(names, general.weights, strict=True)),
        pool=pool,
        scales={name: SCALES[one] for name, one in zip(names, general.scales, strict=True)},
        buckets=tuple(buckets),
    )
    return config, found, tries


def _own_or_general(
    part: Slips, names: tuple[str, ...], general: Mixture, users: Ids
) -> tuple[Mixture, int]:
    """Return weights for these users alone if users not learnt on surely gain, else the general.

    Learnt on one half and judged on the other, both ways round. Also returns how many were tried.
    """
    without, tries = gains(part, general), 0
    crossed = without.copy()
    for learnt, judged in both_ways(users):
        found, more = search(part.some(learnt), names, start=general)
        crossed[judged] = gains(part.some(judged), found)
        tries += more
    if not judge(crossed, without).is_open:
        return general, tries
    own, more = search(part, names, start=general)
    return own, tries + more


def crossed_gains(
    slips: Slips, names: tuple[str, ...], asked: Sequence[str], users: Ids
) -> tuple[Doubles, Doubles]:
    """Return what each user gets from a blend with the sources `asked` about, and from one without.

    Either is learnt on one half of the users and measured on the other, both ways round, so that
    nobody is measured by weights that knew them. All rows of one user are in one half.

    Shapes: slips of B rows; users (B,), whose row it is; returns (B,) twice.
    """
    with_them, without = np.zeros(len(users)), np.zeros(len(users))
    kept = [place for place, name in enumerate(names) if name not in asked]
    for learnt, judged in both_ways(users):
        part, other = slips.some(learnt), slips.some(judged)
        with_them[judged] = gains(other, search(part, names)[0])
        found = search(part.of(kept), [names[place] for place in kept])[0]
        without[judged] = gains(other.of(kept), found)
    return with_them, without


def halves(users: Ids) -> Ids:
    """Part the users in two by chance, the same way for the same users. Shapes: returns (B,)."""
    named, place = np.unique(users, return_inverse=True)
    half: Ids = np.random.default_rng(0).permutation(len(named))[place] % 2
    return half


def both_ways(users: Ids) -> list[tuple[Indices, Indices]]:
    """Return rows to learn on and rows to judge, both ways round; none where either is empty.

    All rows of one user are in one half. Shapes: users (B,), whose row it is.
    """
    half = halves(users)
    parts = [(np.flatnonzero(half != one), np.flatnonzero(half == one)) for one in (0, 1)]
    return [pair for pair in parts if len(pair[0]) and len(pair[1])]


def with_unused(config: BlendConfig, names: Sequence[str]) -> BlendConfig:
    """Give sources that are not used the weight 0."""
    unused = dict.fromkeys(names, 0.0)
    return config.reweighed(lambda weights: unused | weights)


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
    opened = [open_scores(cases, scores) for scores in sources]
    picked = [_candidates(cases, opened, row) for row in range(len(cases))]
    width = max((len(one) for one in picked), default=0)
    values = np.full((len(sources) * len(SCALES), len(cases), width), -np.inf, dtype=np.float32)
    for row, items in enumerate(picked):
        for layer, scores in enumerate(opened):
            for step, scale in enumerate(SCALES):
                place = layer * len(SCALES) + step
                values[place, row, : len(items)] = scaled(scores[row], scale)[items]
    users, places = _wanted_places(cases, picked)
    return Slips(values, users, places, np.diff(cases.wanted.indptr).astype(np.int64))


def _candidates(cases: Cases, sources: Sequence[Floats], row: int) -> Indices:
    count = min(CANDIDATES, int((~cases.barred(row)).sum()))
    best = [cases.relevant(row)]
    best += [np.argpartition(-scores[row], count - 1)[:count] for scores in sources]
    return np.unique(np.concatenate(best))


def _wanted_places(cases: Cases, picked: list[Indices]) -> tuple[Indices, Indices]:
    users = [np.full(len(cases.relevant(row)), row) for row in range(len(picked))]
    places = [np.searchsorted(items, cases.relevant(row)) for row, items in enumerate(picked)]
    empty = [np.empty(0, dtype=np.intp)]
    return np.concatenate(users or empty), np.concatenate(places or empty)


def gains(slips: Slips, mixture: Mixture) -> Doubles:
    """Return what the mixture's ranking is worth to each user. Shapes: returns (B,)."""
    layers = [0.0] * len(slips.values)
    for source, (weight, scale) in enumerate(zip(mixture.weights, mixture.scales, strict=True)):
        layers[source * len(SCALES) + scale] = weight
    return slips.gains(layers)


def search(
    slips: Slips,
    names: Sequence[str],
    *,
    start: Mixture | None = None,
    most: int = MOST_TRIES,
) -> tuple[Mixture, int]:
    """Climb from the best single source, one weight or scale at a time.

    With `start`, its scales are kept and the climb begins there, unless a single source is surely
    better. Each source is tried on the scales that its name may have. No more than
    `most` mixtures are tried, and each source alone in any case; what was found by then is the
    answer, the same on a slow machine as on a fast one.
    Returns the best mixture, and how many were tried.
    """
    count = len(names)
    scales = start.scales if start else (0,) * count
    alone = [
        Mixture(tuple(float(one == source) for one in range(count)), scales)
        for source in range(count)
    ]
    first = start or max(alone, key=lambda one: float(gains(slips, one).mean()))
    best, own = _surely_better(slips, alone, first, gains(slips, first))
    tries = len(alone)
    for _ in range(PASSES):
        before = best
        for source in range(count):
            free = (best.scales[source],) if start else scales_of(names[source])
            tried = _varied(best, source, free)
            if tries + len(tried) > max(most, count):
                return best, tries
            best, own = _surely_better(slips, tried, best, own)
            tries += len(tried)
        if best == before:
            break
    return best, tries


def scales_of(name: str) -> tuple[int, ...]:
    """Return the scales that a source of that name may have, by position."""
    return tuple(SCALES.index(one) for one in SCALES_OF.get(name, SCALES))


def _varied(mixture: Mixture, source: int, scales: tuple[int, ...]) -> list[Mixture]:
    """Change the weight of one source, on each of the scales."""
    varied = [
        Mixture(
            (*mixture.weights[:source], weight, *mixture.weights[source + 1 :]),
            (*mixture.scales[:source], scale, *mixture.scales[source + 1 :]),
        )
        for scale in scales
        for weight in GRID
    ]
    return [one for one in varied if any(one.weights)]


def _surely_better(
    slips: Slips, tried: Sequence[Mixture], best: Mixture, own: Doubles
) -> tuple[Mixture, Doubles]:
    """Return the best of those tried if its gain is no accident, else what there was."""
    found = [gains(slips, one) for one in tried]
    heights = [float(one.mean()) for one in found]
    place = int(np.argmax(heights))
    if is_sure(found[place], own, SURE):
        return tried[place], found[place]
    return best, own
