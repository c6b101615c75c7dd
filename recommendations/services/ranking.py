"""What the learnt ranker is told of who asks."""

from collections.abc import Sequence

from recommendations.engine.arrange import NEEDED, Ranking
from recommendations.engine.reranking import Met
from recommendations.queries import remembered
from recommendations.queries.proposals import Asker
from recommendations.queries.rankers import load_ranker
from recommendations.rows import SlateWarning
from recommendations.services.gathering import excused


def ranking_of(
    asker: Asker, sources: Sequence[str], warnings: list[SlateWarning]
) -> Ranking | None:
    """Return the ranker that serves, with the user's past; None where the blend decides alone.

    So it does where the ranker is late or fails, and a warning says so. At most one query where the
    sources were asked before, for what they read is remembered.
    """
    fit, history = asker.standing.fit, asker.past.history
    if fit is None or not fit.has_ranker or not set(sources) >= NEEDED:
        return None
    ranking: Ranking | None = None
    with excused(["ranker"], warnings, part="the learnt ranker"):
        ranker = load_ranker(fit.id)
        if ranker is not None:
            rows = remembered.load_neighbours(fit.id, history.items)
            popular, _ = remembered.load_popular(fit.id).of(history.items)
            ranking = Ranking(ranker, Met.of(history.weights, popular, rows.ids, rows.weights))
    return ranking
