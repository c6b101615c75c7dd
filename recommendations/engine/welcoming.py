"""Choose how users are served who took to nothing yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Ids, Indices, as_floats
from recommendations.engine.blend import Strangers, scaled
from recommendations.engine.blending import LEAST_USERS
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.history import histories_of
from recommendations.engine.learned import (
    Content,
    Learned,
    Portrayed,
    liked_counts,
    linked_rows,
    score_batch,
)
from recommendations.engine.log import Log, matrix
from recommendations.engine.stated import rarity
from recommendations.engine.strangers import EVERYBODYS, beside_others, favoured
from recommendations.engine.validation import Cases, measure, open_scores, worth

# What everybody takes to leads, in all or of late; what users of like statements did may count less
# than that, as much, or more.
FAVOURS = tuple(
    {"popular": popular, "recent": recent, "portrait": portrait}
    for popular, recent in ((1.0, 0.0), (0.0, 1.0), (0.5, 0.5))
    for portrait in (0.0, 0.3, 1.0, 2.0)
)
CLOSENESS = (0.5, 0.0, 1.0)
DECLARED, STRENGTH = 3, 0.9
LATEST, MOST_USERS = 2, 300


def declared_tags(told: Log, tags: csr_array, users: Ids) -> csr_array:
    """Return the three tags that say most of what each user took to, at the strength of a word.

    Frequency times log(items / bearers); tags (I, G), entries where an item bears a tag; returns
    (B, G).
    """
    counts = csr_array(matrix(told)[users] @ (tags > 0).astype(np.float32))
    rare = rarity(tags)
    rows, columns = [], []
    for row in range(len(users)):
        part = slice(counts.indptr[row], counts.indptr[row + 1])
        own = counts.indices[part]
        order = np.lexsort((own, -counts.data[part] * rare[own]))[:DECLARED]
        rows += [row] * len(order)
        columns += own[order].tolist()
    shape = (len(users), tags.shape[1])
    return csr_array((np.full(len(rows), STRENGTH, dtype=np.float32), (rows, columns)), shape=shape)


def choose_for_strangers(
    learned: Learned, rehearsals: Sequence[Rehearsal], content: Content | None = None
) -> tuple[Strangers, dict[str, Any]]:
    """Choose how strangers are served, by users of the newest rehearsals, as if they were such.

    Of each nothing is known but three tags, those of what they took to, and what they are to take
    to next is foretold. Their own past is part of what is popular, but their lists may not hold
    it. First what favours an item is chosen, then how much it counts to bear more of what was
    named; where items bear no tags, the first alone. Whether those who say nothing are served so,
    or as others are, is decided by real strangers, see `_as_others`. Returns the choice, and the
    merit of all that was tried.
    """
    asked = [_Rehearsed.of(learned, one) for one in rehearsals[:LATEST]]
    tried: list[dict[str, Any]] = []

    def height(told: Strangers) -> float:
        found = [worth(measure(one.cases, one.scores(told))) for one in asked]
        merit = float(np.concatenate(found).mean())
        tried.append({**told.weights, "closeness": told.closeness, "merit": round(merit, 6)})
        return merit

    can_name = any(one.bears.any() for one in asked)
    favours = [one for one in FAVOURS if can_name or not one["portrait"]]
    best = max((Strangers(one, CLOSENESS[0]) for one in favours), key=height)
    if can_name:
        best = max((replace(best, closeness=one) for one in CLOSENESS), key=height)
    as_others, silent = _as_others(learned, rehearsals, content, best)
    report = {"users": sum(len(one.cases) for one in asked), "tried": tried, "silent": silent}
    return replace(best, as_others=as_others), report


def _as_others(
    learned: Learned, rehearsals: Sequence[Rehearsal], content: Content | None, told: Strangers
) -> tuple[bool, dict[str, Any]]:
    """Say whether who said nothing is served as others are, by what real strangers took to first.

    The learnt weights were chosen on them, among others; `told` only on users who stand in for
    them, whose own past is not new to them. Where strangers are few nothing can be told by them,
    and learnt weights that say nothing to them are of no use: then `told` serves. Returns the
    answer, and what each way reached.
    """
    asked = [(one, *_silent(one, learned)) for one in rehearsals]
    users = sum(len(rows) for _, _, rows in asked)
    learnt = learned.blend.weights_for(0)
    if users < LEAST_USERS or not any(learnt.get(one) for one in EVERYBODYS):
        return False, {"users": users}
    blends = (learned.blend, beside_others(learned.blend, told))
    ways = [replace(learned, ranker=None, blend=one) for one in blends]
    found: list[list[Doubles]] = [[], []]
    for one, past, rows in asked:
        if not len(rows):
            continue
        cases, portrayed = one.fold.cases.some(rows), one.own
        own = None if portrayed is None else portrayed.of(rows)
        for way, merits in zip(ways, found, strict=True):
            scores = score_batch(one.fitted(way), past, content, barred=cases.met, portrayed=own)
            merits.append(worth(measure(cases, scores)))
    plain, beside = (float(np.concatenate(merits).mean()) for merits in found)
    merits_of = {"as_others": round(plain, 6), "beside_others": round(beside, 6)}
    return plain >= beside, {"users": users, "merits": merits_of}


def _silent(one: Rehearsal, learned: Learned) -> tuple[csr_array, Indices]:
    """Return the pasts of a rehearsal's real strangers, and which cases they are."""
    past = histories_of(one.fold.past, one.fold.cases.users, learned.history)
    rows = np.flatnonzero(liked_counts(past) == 0)[:MOST_USERS]
    return csr_array(past[rows]), rows


@dataclass(frozen=True, slots=True)
class _Rehearsed:
    """Users of whom only what they name is known. Shapes: all (B, I), each user's best open one 1.

    `bears` is how much of what they name an item bears, nothing where there is nothing to name.
    """

    cases: Cases
    popular: Floats
    recent: Floats
    portrait: Floats
    bears: Floats

    @classmethod
    def of(cls, learned: Learned, rehearsal: Rehearsal) -> "_Rehearsed":
        cases, past = rehearsal.fold.cases, rehearsal.fold.past
        drawn = np.random.default_rng(0).permutation(len(cases))[:MOST_USERS]
        cases = cases.some(np.sort(drawn).astype(np.intp))
        fitted = rehearsal.fitted(learned)

        def laid(scores: Floats) -> Floats:
            return np.maximum(scaled(open_scores(cases, scores), "max"), 0.0)

        shape = (len(cases), past.n_items)
        portrait = bears = np.zeros(shape, dtype=np.float32)
        if rehearsal.portrayed is not None:
            borne = rehearsal.portrayed.borne
            named = Portrayed(declared_tags(past, borne, cases.users), borne)
            bears = laid(as_floats((named.stated @ borne.T).toarray()))
            portrait = laid(linked_rows(fitted.links, named))
        popular, recent = (
            laid(as_floats(np.broadcast_to(one, shape))) for one in (fitted.popular, fitted.recent)
        )
        return cls(cases, popular, recent, portrait, bears)

    def scores(self, told: Strangers) -> Floats:
        """Score the catalogue as `strangers.blend_for_strangers` does; what has no tags, plainly.

        Shapes: returns (B, I).
        """
        sources = {"popular": self.popular, "recent": self.recent, "portrait": self.portrait}
        return favoured(self.bears, sources, told)
