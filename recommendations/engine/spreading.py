"""Choose how far lists are spread out, and how much inferred statements count in them at least."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.arrays import Doubles
from recommendations.engine.blend import BlendConfig
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.history import histories_of
from recommendations.engine.learned import Content, Learned
from recommendations.engine.served import lists_of, scores_of, shortlists
from recommendations.engine.validation import measure, worth

Setting = tuple[float, float]

# From what is best to look at to what foretells best: the least share of statements, and relevance.
SHARES = (0.3, 0.1, 0.0)
RELEVANCES = (0.8, 0.9, 1.0)
SETTINGS: tuple[Setting, ...] = tuple((share, one) for share in SHARES for one in RELEVANCES)
PLAIN = SETTINGS[-1]
# So much of a list's merit may be given for a list that tells of statements and is spread out.
MOST_GIVEN = 0.02
MOST_MOMENTS = 4
MOST_USERS = 600
# Shortlists hold their items' vectors, so they are asked for so many users at a time.
USERS_AT_ONCE = 100
LENGTH = 20


def choose_spread(
    learned: Learned,
    rehearsals: Sequence[Rehearsal],
    content: Content | None,
    *,
    seed: int = 0,
    by_user: bool = False,
) -> tuple[BlendConfig, dict[str, Any]]:
    """Keep as much of statements and spread as costs the lists at most 2 % of their merit.

    A list that repeats itself, or that heeds nothing which is believed of its user, is not what
    people want, even where it foretells a little better; but where nothing else than what is new
    counts, both can cost a fifth. Tried by the lists that a request would show, against plain lists
    of the same shortlists, at four rehearsals at most and on at most 600 users of each. What serves
    lost its users no more than that, on average, at any of them; where nothing did, lists are
    plain. What failed at one moment is not tried at others. It is not asked that they surely lose
    no more: of few users nobody could say so, and a small workspace would spread nothing out.

    Returns the blend with both chosen, and the merit of all that was tried, at the latest moment.
    """
    # Moments lie half a validation apart: of every two, one looks ahead to what no other sees.
    judged = (rehearsals if by_user else rehearsals[::2])[:MOST_MOMENTS]
    left, users, merits = SETTINGS, list[int](), dict[Setting, float]()
    for one in judged:
        found = _worths(learned, one, content, left, seed=seed)
        left = tuple(own for own in left if costs_little(found[own], found[PLAIN]))
        users.append(len(found[PLAIN]))
        merits = merits or {own: float(worths.mean()) for own, worths in found.items()}
        if left == (PLAIN,):
            break
    share, relevance = left[0]
    return replace(learned.blend, least_stated=share, relevance=relevance), {
        "users": users,
        "least_stated": share,
        "relevance": relevance,
        "merits": {f"{one[0]:g} {one[1]:g}": round(own, 6) for one, own in merits.items()},
    }


def costs_little(tried: Doubles, plain: Doubles) -> bool:
    """Say whether users lose at most MOST_GIVEN of what plain lists give them. Shapes: (B,)."""
    return float(tried.mean()) >= (1.0 - MOST_GIVEN) * float(plain.mean())


def _worths(
    learned: Learned,
    one: Rehearsal,
    content: Content | None,
    settings: Sequence[Setting],
    *,
    seed: int,
) -> dict[Setting, Doubles]:
    """Return what users of a rehearsal get by each setting. Shapes: (B,) each."""
    drawn = np.random.default_rng(seed).permutation(len(one.fold.cases))[:MOST_USERS]
    fitted, past = one.fitted(learned), one.fold.past
    found: dict[Setting, list[Doubles]] = {setting: [] for setting in settings}
    for cases in one.fold.cases.some(np.sort(drawn).astype(np.intp)).parts(USERS_AT_ONCE):
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
                portrayed=None if one.portrayed is None else one.portrayed.of(cases.users),
                foretold=foretold,
            )
        )
        for (share, relevance), worths in found.items():
            blend = replace(learned.blend, least_stated=share, relevance=relevance)
            lists = lists_of(asked, blend, LENGTH)
            worths.append(worth(measure(cases, scores_of(lists, past.n_items))))
    return {setting: np.concatenate(worths) for setting, worths in found.items()}
