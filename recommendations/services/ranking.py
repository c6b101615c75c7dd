"""What the learnt ranker is told of who asks."""

from collections.abc import Sequence

from recommendations.engine.arrange import NEEDED, Ranking
from recommendations.engine.reranking import Met
from recommendations.queries import remembered
from recommendations.queries.proposals import Asker
from recommendations.queries.rankers import load_ranker


def ranking_of(asker: Asker, sources: Sequence[str]) -> Ranking | None:
    """Return the ranker that serves, with the user's past; None where the blend decides alone.

    At most one query where the sources were asked before, for what they read is remembered.
    """
    fit, history = asker.standing.fit, asker.past.history
    if fit is None or not fit.has_ranker or not set(sources) >= NEEDED:
        return None
    ranker = load_ranker(fit.id)
    if ranker is None:
        return None
    rows = remembered.load_neighbours(fit.id, history.items)
    popular, _ = remembered.load_popular(fit.id).of(history.items)
    return Ranking(ranker, Met.of(history.weights, popular, rows.ids, rows.weights))
