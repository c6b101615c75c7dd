"""Several sources' opinions made one, with each source's part in the sum kept apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Ids, as_floats
from recommendations.engine.sources import Scored

Scale = Literal["max", "rank"]
SCALES: tuple[Scale, ...] = ("max", "rank")
RANK_OFFSET = 20.0
# Places further down say nothing on the "rank" scale. Every source that may be ranked names at
# least so many items, so that a place is the same on a shortlist as in the whole catalogue.
PLACES = 50
ROWS_AT_ONCE = 64
# What a taste or a tag names depends on how it is looked up, so places would not hold there.
SCALES_OF: Mapping[str, tuple[Scale, ...]] = {"taste": ("max",), "tags": ("max",), "new": ("max",)}

DEFAULT_WEIGHTS: Mapping[str, float] = {
    "neighbours": 1.0,
    "taste": 0.4,
    "tags": 0.3,
    "recent": 0.15,
    "popular": 0.05,
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """The weights for users who met at least `least` items."""

    least: int
    weights: dict[str, float]


@dataclass(frozen=True, slots=True)
class Strangers:
    """How users are served who took to nothing yet.

    `weights` are those of what favours an item: popular, recent and portrait, on the scale "max".
    `closeness` is the exponent of how much it bears of what such a user says they like. With
    `as_others`, who said nothing is served by the learnt weights, as others are.
    """

    weights: dict[str, float]
    closeness: float
    as_others: bool = False


@dataclass(frozen=True, slots=True)
class BlendConfig:
    """How much each source counts, and how many candidates are kept.

    `weights` serve where no bucket fits; `buckets` are in ascending order of `least`.
    A source that has no weight counts nothing; one that has no scale uses "max". In a list that
    is shown, inferred statements count at least the share `least_stated` of the weightiest
    source, and `relevance` is how little the list is spread out, from 0 to 1. Without `strangers`
    users who took to nothing are served as others are.
    """

    weights: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    pool: int = 500
    scales: dict[str, Scale] = field(default_factory=dict)
    buckets: tuple[Bucket, ...] = ()
    least_stated: float = 0.3
    relevance: float = 0.8
    strangers: Strangers | None = None

    def weights_for(self, met: int | None) -> dict[str, float]:
        """Return the weights for a user who met that many items; None asks for the general ones."""
        fitting = [bucket for bucket in self.buckets if met is not None and bucket.least <= met]
        return fitting[-1].weights if fitting else self.weights

    def uses(self, source: str) -> bool:
        """Say whether the source counts for users of any kind."""
        every = (self.weights, *(bucket.weights for bucket in self.buckets))
        return any(weights.get(source, 0.0) for weights in every)

    def asks(self, source: str, met: int) -> bool:
        """Say whether the source counts for users who took to so many items, or others like them.

        Of strangers only those are asked that count for them.
        """
        if met == 0 and self.strangers is not None and source in self.strangers.weights:
            return self.strangers.weights[source] > 0
        return self.uses(source)

    def reweighed(self, change: Callable[[dict[str, float]], dict[str, float]]) -> Self:
        """Change the weights of sources by name, for users of every kind but strangers."""
        buckets = tuple(replace(one, weights=change(one.weights)) for one in self.buckets)
        return replace(self, weights=change(self.weights), buckets=buckets)

    def as_json(self) -> dict[str, Any]:
        """Return the config as plain values, to be stored beside the fitted model."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what `as_json` gave."""
        buckets = tuple(Bucket(**bucket) for bucket in stored.get("buckets", ()))
        told = stored.get("strangers")
        strangers = None if told is None else Strangers(**told)
        return cls(**{**stored, "buckets": buckets, "strangers": strangers})


@dataclass(frozen=True, slots=True)
class Blended:
    """The candidates of all sources, best first.

    Shapes: items and scores (C,); parts (C, S), each source's part; a row of parts sums to the
    score, but for what a ranker moved it by, (C,), where there is one. sources has S names, in the
    order of the columns.
    """

    items: Ids
    scores: Floats
    parts: Floats
    sources: tuple[str, ...]
    moved: Floats | None = None

    def first(self, count: int) -> "Blended":
        """Keep the best of the candidates."""
        moved = None if self.moved is None else self.moved[:count]
        return Blended(
            self.items[:count], self.scores[:count], self.parts[:count], self.sources, moved
        )

    def ordered(self, scores: Floats, moved: Floats | None) -> "Blended":
        """Put the candidates in the order of new scores; ties go to the lower item id."""
        order = np.lexsort((self.items, -scores))
        return Blended(
            items=self.items[order],
            scores=scores[order],
            parts=self.parts[order],
            sources=self.sources,
            moved=None if moved is None else moved[order],
        )


def blend(scored: Sequence[Scored], config: BlendConfig, *, met: int | None = None) -> Blended:
    """Bring the sources to one scale, weigh and add them.

        score_j = sum_s  weight_s * scaled_s(j),   scaled_s(j) = 0 where s does not name j

    Give `met`, the number of items the user met, to use the weights learnt for users like that.

    Shapes: returns at most `config.pool` candidates; ties go to the lower item id.
    """
    weights = config.weights_for(met)
    named = [one.items for one in scored]
    items = np.unique(np.concatenate(named)) if named else np.empty(0, dtype=np.int64)
    parts = np.zeros((len(items), len(scored)), dtype=np.float32)
    for column, one in enumerate(scored):
        places = np.searchsorted(items, one.items)
        weight = np.float32(weights.get(one.source, 0.0))
        scale = config.scales.get(one.source, "max")
        parts[places, column] = weight * scaled(one.scores, scale)
    scores = parts.sum(axis=1)
    order = np.lexsort((items, -scores))[: config.pool]
    return Blended(
        items=items[order],
        scores=scores[order],
        parts=parts[order],
        sources=tuple(one.source for one in scored),
    )


def blend_rows(
    rows: Mapping[str, Floats], config: BlendConfig, *, met: Ids, barred: csr_array
) -> Floats:
    """Blend what every source says of the whole catalogue, for many users.

    Sources are scaled over what may be shown; `barred` items get some finite score.

    Shapes: rows (B, I) each, by source; met (B,), how many items each user met; barred (B, I), an
    entry for each item that must not be shown; returns (B, I).
    """
    total = np.zeros(barred.shape, dtype=np.float32)
    closed = barred.nonzero()
    for source, scores in rows.items():
        weights = [config.weights_for(int(count)).get(source, 0.0) for count in met]
        if any(weights):
            opened = np.array(scores, dtype=np.float32)
            opened[closed] = -np.inf
            scale = config.scales.get(source, "max")
            total += as_floats(weights)[:, None] * scaled(opened, scale)
    return total


def scaled(scores: Floats, scale: Scale) -> Floats:
    """Bring each row of scores to a common scale, keeping 0 at 0 and every sign.

    `max` divides by the best score, or leaves the row as it is where none is above 0, and cuts
    what is further below 0 than the best is above. `rank` puts 20 / (20 + place) for positive
    scores, place being the number of better ones, below fifty; and 0 for the rest. Only the best
    of a source matter to either, so both come out the same on a shortlist as on the catalogue.
    Shifting a source would change no ranking, so none is centred.

    What may not be shown has no part in this: give it as -inf, or leave it out.

    Shapes: scores (..., C); returns the same shape, in [-1, 1].
    """
    if not scores.size:
        return as_floats(scores)
    if scale == "rank":
        rows = scores.reshape(-1, scores.shape[-1])
        parts = [
            _by_place(rows[start : start + ROWS_AT_ONCE])
            for start in range(0, len(rows), ROWS_AT_ONCE)
        ]
        return as_floats(np.concatenate(parts).reshape(scores.shape))
    best = scores.max(axis=-1, keepdims=True)
    return as_floats(np.clip(scores / np.where(best > 0, best, 1.0), -1.0, 1.0))


def _by_place(scores: Floats) -> Floats:
    """Return 20 / (20 + place) for the positive scores among the first fifty places, else 0.

    Only the fifty best of a row are compared with each other: sorting whole catalogues, which
    this does in learning, would take most of the time. Shapes: scores (B, C); returns (B, C).
    """
    count = scores.shape[1]
    best = np.partition(scores, count - min(PLACES, count), axis=1)[:, -PLACES:]
    users, items = np.nonzero((scores >= best.min(axis=1, keepdims=True)) & (scores > 0))
    place = (best[users] > scores[users, items][:, None]).sum(axis=1)
    found = np.zeros(scores.shape, dtype=np.float32)
    found[users, items] = RANK_OFFSET / (RANK_OFFSET + place)
    return found
