"""The lists that serving would show, for many users whose past is at hand as arrays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Ids, as_floats
from recommendations.engine.arrange import Ranking, Shortlist, arrange
from recommendations.engine.blend import BlendConfig
from recommendations.engine.learned import Content, Learned, Portrayed, liked_counts, source_rows
from recommendations.engine.reranking import Met
from recommendations.engine.shortlist import best_of, most_of
from recommendations.engine.sources import Scored, score_popular


def served_lists(
    learned: Learned,
    histories: csr_array,
    content: Content | None = None,
    *,
    barred: csr_array,
    length: int,
    portrayed: Portrayed | None = None,
    foretold: Floats | None = None,
) -> Ids:
    """Make each user's list as a request does: shortlists, blend, rules and spread.

    Tastes drawn from the history itself, as a portrait draws them, stand in for the portrait's; so
    do plain statements, where nobody's portrait is drawn.

    Shapes: histories (B, I), faded signed weights; barred (B, I), an entry for each item that must
    not be shown; portrayed and foretold the same users; returns (B, length), padded with -1.
    """
    asked = shortlists(
        learned,
        histories,
        content,
        barred=barred,
        length=length,
        portrayed=portrayed,
        foretold=foretold,
    )
    return lists_of(list(asked), learned.blend, length)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the sources say of one user's shortlist. Shapes: barred (N,), ids ascending."""

    scored: list[Scored]
    shortlist: Shortlist
    ranking: Ranking | None
    met: int
    barred: Ids


def shortlists(
    learned: Learned,
    histories: csr_array,
    content: Content | None = None,
    *,
    barred: csr_array,
    length: int,
    portrayed: Portrayed | None = None,
    foretold: Floats | None = None,
) -> Iterator[Asked]:
    """Ask every source for each user's shortlist; see `served_lists`."""
    rows = source_rows(learned, histories, content, portrayed=portrayed, foretold=foretold)
    rows = {name: scores for name, scores in rows.items() if learned.asks(name)}
    for row, met in enumerate(liked_counts(histories).tolist()):
        closed = barred.indices[barred.indptr[row] : barred.indptr[row + 1]].astype(np.int64)
        own = {source: scores[row] for source, scores in rows.items()}
        ranking = _ranking(learned, csr_array(histories[[row]]))
        yield _asked(own, content, ranking, met=met, barred=closed, length=length)


def lists_of(asked: Sequence[Asked], blend: BlendConfig, length: int) -> Ids:
    """Arrange each shortlist by a blend. Shapes: returns (B, length), padded with -1."""
    lists = np.full((len(asked), length), -1, dtype=np.int64)
    for row, one in enumerate(asked):
        arranged = arrange(
            one.scored,
            one.shortlist,
            blend,
            met=one.met,
            barred=one.barred,
            length=length,
            ranking=one.ranking,
        )
        found = arranged.blended.items[arranged.picks]
        lists[row, : len(found)] = found
    return lists


def scores_of(lists: Ids, n_items: int) -> Floats:
    """Score the items of lists by their place, and all others 0. Shapes: lists (B, K) padded
    with -1; returns (B, I).
    """
    scores = np.zeros((len(lists), n_items), dtype=np.float32)
    users, places = np.nonzero(lists >= 0)
    scores[users, lists[users, places]] = lists.shape[1] - places
    return scores


def _ranking(learned: Learned, history: csr_array) -> Ranking | None:
    """Tell the ranker, where there is one, of one user's history. Shapes: history (1, I)."""
    if learned.ranker is None:
        return None
    own, neighbours = history.indices, learned.neighbours
    weights, popular = as_floats(history.data), learned.popular[own]
    met = Met.of(weights, popular, neighbours.ids[own], neighbours.weights[own])
    return Ranking(learned.ranker, met)


def _asked(
    own: dict[str, Floats],
    content: Content | None,
    ranking: Ranking | None,
    *,
    met: int,
    barred: Ids,
    length: int,
) -> Asked:
    everything = np.arange(len(next(iter(own.values()))))
    named = [
        best_of(everything, scores, barred=barred, most=most_of(name, length))
        for name, scores in own.items()
    ]
    items = np.unique(np.concatenate(named))
    scored = [score_popular(items, scores[items], source=name) for name, scores in own.items()]
    vectors = np.zeros((len(items), 1), dtype=np.float32)
    if content is not None and content.vectors is not None:
        vectors = as_floats(content.vectors[items])
    shortlist = Shortlist(items, vectors, np.asarray(vectors.any(axis=1)))
    return Asked(scored, shortlist, ranking, met, barred)
