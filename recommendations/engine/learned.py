"""What was learnt for a workspace, and how it scores: one user as serving does, or many at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Ids, as_floats, unit_rows
from recommendations.engine.blend import BlendConfig, Blended, blend, scaled
from recommendations.engine.condense import condense
from recommendations.engine.history import History, HistoryConfig
from recommendations.engine.neighbours import Neighbours, NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.sources import (
    Scored,
    score_neighbours,
    score_popular,
    score_tags,
    score_taste,
)


@dataclass(frozen=True, slots=True)
class Content:
    """What is known of the items themselves, where anything is.

    Shapes: vectors (I, D) of unit rows, zero where an item has no text; tags (I, G), weights.
    """

    vectors: Floats | None = None
    tags: csr_array | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """Everything that serving needs, with a report of how it was chosen.

    Shapes: popular and recent (I,), the scores of the two sources as of the last fit.
    """

    neighbours: Neighbours
    history: HistoryConfig
    recent_config: PopularityConfig
    blend: BlendConfig
    popular: Floats
    recent: Floats
    report: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_choices(
        cls,
        neighbours: NeighboursConfig,
        history: HistoryConfig,
        recent: PopularityConfig,
        blend: BlendConfig,
        report: dict[str, Any],
    ) -> Self:
        """Hold choices that nothing has been fitted to yet; `learning.refit` fits them."""
        nothing = np.zeros(0, dtype=np.float32)
        unfitted = Neighbours(
            ids=np.empty((0, 0), dtype=np.int64),
            weights=np.empty((0, 0), dtype=np.float32),
            model=neighbours.model,
            config=neighbours,
        )
        return cls(unfitted, history, recent, blend, nothing, nothing, report)


def score_user(learned: Learned, history: History, content: Content | None = None) -> list[Scored]:
    """Ask every source about one user, with the functions that serving calls.

    `history` holds positions in the catalogue, each once. Sources that have nothing to go by are
    left out.
    """
    everything = np.arange(len(learned.popular), dtype=np.int64)
    scored = [
        score_neighbours(
            history,
            learned.neighbours.ids[history.items],
            learned.neighbours.weights[history.items],
        ),
        score_popular(everything, learned.popular),
        score_popular(everything, learned.recent, source="recent"),
    ]
    if content is not None and content.vectors is not None:
        taste = plain_taste(history, content.vectors)
        one = np.ones(len(taste), dtype=np.float32)
        scored.append(score_taste(everything, content.vectors, taste, one))
    if content is not None and content.tags is not None:
        tags = content.tags
        statements = plain_statements(history, tags)
        scored.append(score_tags(everything, tags.indptr, tags.indices, tags.data, statements))
    return scored


def rank_user(learned: Learned, history: History, content: Content | None = None) -> Blended:
    """Rank the catalogue for one user, who may have met an item more than once.

    Returns at most the blend's pool, best first.
    """
    past = condense(history)
    met = int((past.weights > 0).sum())
    return blend(score_user(learned, past, content), learned.blend, met=met)


def plain_taste(history: History, vectors: Floats) -> Floats:
    """Average what a user met into one direction. Shapes: returns (1, D); (0, D) is no opinion."""
    total = as_floats((history.weights @ vectors[history.items])[None, :])
    return unit_rows(total) if np.linalg.norm(total) > 1e-6 else total[:0]


def plain_statements(history: History, tags: csr_array) -> Mapping[int, float]:
    """Add up the tags of what a user met. Returns tag to signed strength."""
    weights = np.zeros((1, tags.shape[0]), dtype=np.float32)
    np.add.at(weights[0], history.items, history.weights)
    total = (weights @ tags).ravel()
    return {int(tag): float(total[tag]) for tag in np.flatnonzero(total)}


def source_rows(
    learned: Learned, histories: csr_array, content: Content | None = None
) -> dict[str, Floats]:
    """Ask every source about many users at once. Shapes: histories (B, I); returns (B, I) each."""
    shape = histories.shape
    rows = {
        "neighbours": as_floats((histories @ learned.neighbours.table()).toarray()),
        "popular": np.broadcast_to(learned.popular, shape),
        "recent": np.broadcast_to(learned.recent, shape),
    }
    return rows | content_rows(histories, content)


def content_rows(histories: csr_array, content: Content | None) -> dict[str, Floats]:
    """Ask the sources that go by the items' own content. Shapes: returns (B, I) each."""
    rows: dict[str, Floats] = {}
    if content is not None and content.vectors is not None:
        tastes = unit_rows(as_floats(histories @ content.vectors))
        rows["taste"] = as_floats(tastes @ content.vectors.T)
    if content is not None and content.tags is not None:
        rows["tags"] = as_floats((histories @ content.tags @ content.tags.T).toarray())
    return rows


def score_batch(learned: Learned, histories: csr_array, content: Content | None = None) -> Floats:
    """Score the whole catalogue for many users; the same figures as `rank_user`, row by row.

    Shapes: histories (B, I), faded signed weights; returns (B, I).
    """
    total = np.zeros(histories.shape, dtype=np.float32)
    met = liked_counts(histories)
    for source, scores in source_rows(learned, histories, content).items():
        weights = [learned.blend.weights_for(int(count)).get(source, 0.0) for count in met]
        if any(weights):
            scale = learned.blend.scales.get(source, "max")
            total += as_floats(weights)[:, None] * scaled(scores, scale)
    return total


def liked_counts(histories: csr_array) -> Ids:
    """Return how many items of each history are liked. Shapes: histories (B, I); returns (B,)."""
    counts: Ids = np.asarray((histories > 0).sum(axis=1), dtype=np.int64).ravel()
    return counts
