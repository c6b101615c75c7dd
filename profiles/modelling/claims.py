"""What users' interactions and words claim about tags, joined into one table of rows.

Rows stand in one order, whatever order they came in, so that sums are the same bit for bit.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from core.arrays import Bools, Doubles, Ids, Indices

# A clause that judges less than this names the aspect without praise or blame.
LEAST_POLARITY = 0.1
# What the verdict on the whole item has to say about each aspect that its review speaks of.
VERDICT_SAY = 0.5


@dataclass(frozen=True, slots=True)
class Acts:
    """The interactions of some users, sorted by user; one user's in one order, as of time.

    Shapes: all (T,). Units: signed in [-1, 1]; fade in (0, 1]; age in days; is_read says that
    the words of the interaction's review have been read. `piece` numbers what is independent:
    reviews that say nearly the same share one. Left out, every interaction is its own.
    """

    id: Ids
    user: Ids
    item: Ids
    signed: Doubles
    fade: Doubles
    age: Doubles
    is_read: Bools
    piece: Ids | None = None

    @property
    def pieces(self) -> Ids:
        """The piece of evidence that each interaction belongs to. Shapes: (T,)."""
        return self.id if self.piece is None else self.piece

    def sorted(self) -> Self:
        """Return the same interactions in the order that everything here relies on."""
        return self.taken(np.lexsort((self.id, self.user)))

    def taken(self, rows: Indices) -> Self:
        """Return the interactions of these rows, in their order."""
        return replace(
            self,
            id=self.id[rows],
            user=self.user[rows],
            item=self.item[rows],
            signed=self.signed[rows],
            fade=self.fade[rows],
            age=self.age[rows],
            is_read=self.is_read[rows],
            piece=self.pieces[rows],
        )

    def settled(self) -> Self:
        """Let one interaction speak for each item that a user met: the others fall silent.

        A book that was borrowed and then panned was not taken to. The latest word decides the
        sign, among those at least half as strong as the strongest; of that sign the strongest
        speaks, so that meeting one item often is one piece of evidence.
        """
        if not len(self.id):
            return self
        group = _group_of(self.user, self.item)
        size, place = np.abs(self.signed), np.arange(len(self.id))
        strongest = np.zeros(group.max() + 1)
        np.maximum.at(strongest, group, size)
        has_a_say = (size >= strongest[group] / 2) & (size > 0)
        latest = _first_of_each(group, (~has_a_say, self.age, -place))
        sign = np.sign(self.signed[latest])[group]
        agrees = has_a_say & (np.sign(self.signed) == sign)
        speaker = _first_of_each(group, (~agrees, -size, ~self.is_read, self.age, -place))
        speaks = np.zeros(len(self.id), dtype=bool)
        speaks[speaker] = True
        return replace(self, signed=np.where(speaks & agrees, self.signed, 0.0))


@dataclass(frozen=True, slots=True)
class Bearings:
    """Which items bear which tags. Shapes: all (L,). Units: confidence in [0, 1]."""

    item: Ids
    tag: Ids
    confidence: Doubles


@dataclass(frozen=True, slots=True)
class Mentions:
    """Which reviews judge which aspects, clause by clause; `act` is the interaction's id.

    Shapes: all (M,). Units: polarity in [-1, 1].
    """

    act: Ids
    tag: Ids
    polarity: Doubles


@dataclass(frozen=True, slots=True)
class Claims:
    """What single interactions say about single tags, sorted by user, tag, interaction.

    `act` is a position in the Acts. `support` is signed: what the interaction says for or
    against the tag, faded. `borne` is the mass of the whole interaction, as counted in the
    user's total; `piece` is that of the Acts.

    Shapes: all (N,).
    """

    user: Ids
    tag: Ids
    item: Ids
    act: Indices
    support: Doubles
    borne: Doubles
    piece: Ids

    def taken(self, rows: Indices) -> Self:
        """Return the claims of these rows, in their order."""
        return replace(
            self,
            user=self.user[rows],
            tag=self.tag[rows],
            item=self.item[rows],
            act=self.act[rows],
            support=self.support[rows],
            borne=self.borne[rows],
            piece=self.piece[rows],
        )


def claims_of_items(acts: Acts, bearings: Bearings) -> Claims:
    """Let each interaction speak for the tags of its item: signed * fade * confidence."""
    order = np.lexsort((bearings.tag, bearings.item))
    item = bearings.item[order]
    first = np.searchsorted(item, acts.item, side="left")
    counts = np.searchsorted(item, acts.item, side="right") - first
    act = np.repeat(np.arange(len(acts.id)), counts)
    within = np.arange(len(act)) - np.repeat(np.cumsum(counts) - counts, counts)
    row = order[np.repeat(first, counts) + within]
    mass = acts.signed[act] * acts.fade[act]
    claims = Claims(
        user=acts.user[act],
        tag=bearings.tag[row],
        item=acts.item[act],
        act=act,
        support=mass * bearings.confidence[row],
        borne=np.abs(mass),
        piece=acts.pieces[act],
    )
    return _in_order(claims, claims.support != 0)


def claims_of_words(acts: Acts, mentions: Mentions) -> Claims:
    """Let each review speak for the aspects it names: fade * polarity, once per aspect.

    Several clauses about one aspect add up and are cut at full praise or blame; the verdict of
    the whole interaction then has VERDICT_SAY of the polarity. Of reviews by
    one user that say nearly the same, the earliest row speaks and the others are silent.
    """
    by_id = np.argsort(acts.id)
    place = np.searchsorted(acts.id[by_id], mentions.act)
    is_ours = np.zeros(len(place), dtype=bool)
    inside = place < len(by_id)
    is_ours[inside] = acts.id[by_id[place[inside]]] == mentions.act[inside]
    act, tag = by_id[place[is_ours]], mentions.tag[is_ours]
    polarity = mentions.polarity[is_ours]
    order = np.lexsort((polarity, tag, act))
    act, tag, polarity = act[order], tag[order], polarity[order]
    starts = group_starts(act, tag)
    summed = np.clip(np.add.reduceat(polarity, starts), -1, 1) if len(starts) else polarity
    act, tag = act[starts], tag[starts]
    summed = (1 - VERDICT_SAY) * summed + VERDICT_SAY * acts.signed[act]
    claims = Claims(
        user=acts.user[act],
        tag=tag,
        item=acts.item[act],
        act=act,
        support=acts.fade[act] * summed,
        borne=acts.fade[act],
        piece=acts.pieces[act],
    )
    is_new = np.zeros(len(acts.id), dtype=bool)
    if len(acts.id):
        place = np.arange(len(acts.id))
        is_new[_first_of_each(_group_of(acts.user, acts.pieces), (place,))] = True
    return _in_order(claims, (np.abs(summed) >= LEAST_POLARITY) & is_new[act])


def _in_order(claims: Claims, keep: Bools) -> Claims:
    rows = np.flatnonzero(keep)
    keys = (claims.act[rows], claims.tag[rows], claims.user[rows])
    return claims.taken(rows[np.lexsort(keys)])


def _group_of(*keys: Ids) -> Indices:
    """Number the rows by their keys. Shapes: keys (N,); returns (N,), counted from 0."""
    order = np.lexsort(keys[::-1])
    group = np.empty(len(order), dtype=np.intp)
    group[order] = np.cumsum(_changes(*(key[order] for key in keys))) - 1
    return group


def _first_of_each(group: Indices, ranks: tuple[Bools | Doubles | Ids, ...]) -> Indices:
    """The row of each group that comes first by `ranks`, in the groups' order."""
    order = np.lexsort((*ranks[::-1], group))
    return order[_changes(group[order])]


def _changes(*keys: Ids | Indices) -> Bools:
    """True where a row begins a new group of equal keys."""
    changed = np.ones(len(keys[0]), dtype=bool)
    changed[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return changed


def group_starts(*keys: Ids | Indices) -> Indices:
    """Return where each run of equal keys begins. Shapes: keys (N,); returns (G,)."""
    return np.flatnonzero(_changes(*keys)) if len(keys[0]) else np.zeros(0, dtype=np.intp)
