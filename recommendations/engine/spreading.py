"""Choose how far lists are spread out, and how much inferred statements count in them at least."""

from dataclasses import replace
from typing import Any

import numpy as np

from recommendations.engine.blend import BlendConfig
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.history import histories_of
from recommendations.engine.learned import Content, Learned
from recommendations.engine.served import lists_of, scores_of, shortlists
from recommendations.engine.validation import measure, worth

# From what is best to look at to what foretells best.
SHARES = (0.3, 0.1, 0.0)
RELEVANCES = (0.8, 0.9, 1.0)
# So much of a list's merit may be given for a list that tells of statements and is spread out.
MOST_GIVEN = 0.02
MOST_USERS = 200
LENGTH = 20


def choose_spread(
    learned: Learned, rehearsal: Rehearsal, content: Content | None, *, seed: int = 0
) -> tuple[BlendConfig, dict[str, Any]]:
    """Keep as much of statements and spread as costs the lists at most two per cent of their merit.

    A list that repeats itself, or that heeds nothing which is believed of its user, is not what
    people want, even where it foretells a little better; but where nothing else than what is new
    counts, both can cost a fifth. Tried on at most 200 users of a rehearsal, by the lists that a
    request would show, against plain lists of the same shortlists.

    Returns the blend with both chosen, and the merit of all that was tried.
    """
    cases = rehearsal.fold.cases
    drawn = np.random.default_rng(seed).permutation(len(cases))[:MOST_USERS]
    cases, past = cases.some(np.sort(drawn).astype(np.intp)), rehearsal.fold.past
    portrayed = rehearsal.portrayed
    own = None if portrayed is None else portrayed.of(cases.users)
    fitted = rehearsal.fitted(learned)
    history = histories_of(past, cases.users, learned.history)

    foretold = None
    if content is not None and content.foretell is not None and learned.sequence:
        foretold = content.foretell.rows(past, cases.users)
    asked = list(
        shortlists(
            fitted,
            history,
            content,
            barred=cases.met,
            length=LENGTH,
            portrayed=own,
            foretold=foretold,
        )
    )

    def height(share: float, relevance: float) -> float:
        blend = replace(learned.blend, least_stated=share, relevance=relevance)
        lists = lists_of(asked, blend, LENGTH)
        return float(worth(measure(cases, scores_of(lists, past.n_items))).mean())

    tried = {(share, one): height(share, one) for share in SHARES for one in RELEVANCES}
    least = (1.0 - MOST_GIVEN) * tried[SHARES[-1], RELEVANCES[-1]]
    share, relevance = next(one for one, merit in tried.items() if merit >= least)
    return replace(learned.blend, least_stated=share, relevance=relevance), {
        "users": len(cases),
        "least_stated": share,
        "relevance": relevance,
        "merits": {f"{one[0]:g} {one[1]:g}": round(merit, 6) for one, merit in tried.items()},
    }
