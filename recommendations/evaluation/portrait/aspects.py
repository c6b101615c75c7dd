"""How truly reviews are read aspect by aspect, and what their writers' portraits foretell of them.

Two questions that differ. *Read*: what a held-out review says of an aspect, against that review's
own verdict. *Stated*: what earlier reviews made the portrait say of the aspect, against the verdict
of a later review that mentions it, which is about another item.
"""

from typing import Any

import numpy as np

from core.arrays import Bools, Doubles, Indices
from language.read import LEXICON, Heads
from language.training.labelled import is_judged_by
from profiles.modelling.choosing import INFERRED
from profiles.modelling.claims import LEAST_POLARITY, Mentions, group_starts
from recommendations.engine.log import Log
from recommendations.evaluation.figures import Figure, absent, share
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.drawing import Portraits, mentions_of, rows_of
from recommendations.evaluation.portrait.reading import Texts


def aspects_row(
    data: FolderData,
    texts: Texts,
    portraits: Portraits,
    test: Log,
    *,
    heads: Heads = LEXICON,
) -> dict[str, Any]:
    """Return the share of held-out reviews whose words on an aspect agree with their verdict.

    A review counts once for each aspect that it mentions; where the reading is not clear it says
    nothing of the aspect, which `coverage` tells; `every` takes the unclear ones by their sign,
    half right where there is none. With a head only writers count whom no head
    learns from. `stated` is the share of later verdicts that the portrait's statements on the
    aspect agree with, `in_use` the same of the statements in use.
    """
    later = mentions_of(texts, rows_of(data.log, test), portraits.tags)
    later = _taken(later, np.sign(data.log.weights)[later.act] != 0)
    stated = _stated(data, portraits, later)
    if heads.sentiment is not None:
        later = _taken(later, unseen(data)[data.log.users[later.act]])
    act, polarity = _by_review(later)
    if not len(act):
        return {**absent("No held-out review with a verdict mentions an aspect."), **stated}
    clear = np.abs(polarity) >= LEAST_POLARITY
    agrees = polarity[clear] * data.log.weights[act[clear]] > 0
    read = (
        share(int(agrees.sum()), len(agrees))
        if len(agrees)
        else absent("No held-out review is clear about an aspect.")
    )
    leans = np.sign(polarity) * np.sign(data.log.weights[act])
    every = share(int(np.rint(np.sum((leans + 1) / 2))), len(leans))
    return {**read, "coverage": share(int(clear.sum()), len(clear)), "every": every, **stated}


def unseen(data: FolderData) -> Bools:
    """Return which users no head learns from, whatever it was trained on. Shapes: (U,)."""
    return np.array([is_judged_by(user) for user in data.user_ids], dtype=bool)


def _stated(data: FolderData, portraits: Portraits, later: Mentions) -> dict[str, Figure]:
    """Hold what is stated from words against the verdicts of later reviews, pair by pair."""
    every = {
        (user, one.tag): one
        for user, stated in portraits.statements.items()
        for one in stated
        if one.level == INFERRED
    }
    pairs = sorted(set(zip(later.act.tolist(), later.tag.tolist(), strict=True)))
    held = [
        (one, one.polarity * data.log.weights[act] > 0)
        for act, tag in pairs
        if (one := every.get((int(data.log.users[act]), tag))) is not None
    ]
    found = {"stated": [ok for _, ok in held], "in_use": [ok for one, ok in held if one.is_active]}
    why = "No held-out review mentions an aspect that is stated of its writer."
    return {
        name: share(int(np.sum(each)), len(each)) if each else absent(why)
        for name, each in found.items()
    }


def _by_review(mentions: Mentions) -> tuple[Indices, Doubles]:
    """Add the clauses of a review about one aspect up, cut at full praise or blame.

    Shapes: returns the reviews (P,) and the polarities (P,), one for each aspect mentioned.
    """
    order = np.lexsort((mentions.polarity, mentions.tag, mentions.act))
    act, tag = mentions.act[order], mentions.tag[order]
    starts = group_starts(act, tag)
    if not len(starts):
        return act, np.zeros(0)
    return act[starts], np.clip(np.add.reduceat(mentions.polarity[order], starts), -1, 1)


def _taken(mentions: Mentions, rows: Bools) -> Mentions:
    return Mentions(mentions.act[rows], mentions.tag[rows], mentions.polarity[rows])
