"""Links to items that nobody took to yet, lent by the items whose texts are nearest to theirs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Bools, Doubles, Floats, Indices, as_floats
from recommendations.engine.fitting import refit
from recommendations.engine.history import histories_of
from recommendations.engine.learned import Content, Learned, score_batch
from recommendations.engine.log import Log, positives, take
from recommendations.engine.neighbours import Neighbours
from recommendations.engine.shortlist import centred
from recommendations.engine.validation import Cases, measures_of, ranks, worth

SHARES = (0.25, 0.5, 1.0)
NEAREST = 5
KEPT = 50
ROWS_AT_ONCE = 256
# To try shares out, everything is fitted once more; above so many items nothing is lent.
MOST_ITEMS = 20_000
MOST_USERS = 1_000
# The items are parted in ten, and three of the parts hidden one after the other.
PARTS, HIDDEN_PARTS = 10, 3
# What users may lose over all, and what more must be found of what is new, for links to be lent.
MOST_LOST, LEAST_FOUND = 0.01, 0.005
PLACES = 20


def with_newcomers(learned: Learned, log: Log, content: Content | None, share: float) -> Learned:
    """Link items that nobody in `log` took to as the items of the nearest texts are linked.

        link_hn = share * sum_w  likeness_nw * link_hw     over the five warm items w nearest to n

    with likenesses that add up to 1, and the other way round, whole, for who has just met one. A
    score stays a sum over what the user met, so the reasons stay exact. Popularity is not lent:
    nobody has taken to a newcomer yet. With a share of 0, or without texts, nothing changes.

    Shapes: learned of I items, fitted on `log`; its rows of neighbours grow by at most 50 links.
    """
    if not share or content is None or content.vectors is None:
        return learned
    return _lending(learned, *_lent(learned, log, content.vectors), share)


def _lent(learned: Learned, log: Log, vectors: Floats) -> tuple[csr_array, csr_array]:
    """Return the links to newcomers, whole, and those from them. Shapes: returns (I, I) each."""
    lent = _likenesses(vectors, newcomers_of(log))
    links = learned.neighbours.table()
    return csr_array(links @ lent.T), csr_array(lent @ links)


def _lending(learned: Learned, toward: csr_array, away: csr_array, share: float) -> Learned:
    lent = csr_array(toward * np.float32(share) + away)
    return replace(learned, neighbours=_widened(learned.neighbours, lent))


def newcomers_of(log: Log) -> Bools:
    """Say which items nobody took to yet. Shapes: returns (I,)."""
    found: Bools = np.bincount(positives(log).items, minlength=log.n_items) == 0
    return found


def choose_share(
    learned: Learned, train: Log, validation: Log, content: Content | None, *, seed: int = 0
) -> dict[str, Any]:
    """Choose how much is lent by hiding tenths of the items, and foretelling `validation`.

    Of the shares that cost users no more than one per cent of what they get over all, known and
    new items together, the one that finds most of the hidden items; none where even that finds
    less than one more in two hundred. Returns the share and what each was measured to bring.
    """
    if content is None or content.vectors is None or train.n_items > MOST_ITEMS:
        return {"share": 0.0, "tried": []}
    part = np.random.default_rng(seed).integers(PARTS, size=train.n_items)
    shares = (0.0, *SHARES)
    merits: list[Doubles] = []
    hits: list[Bools] = []
    for hidden in range(HIDDEN_PARTS):
        one, found = _rehearsed(
            learned, train, validation, content, content.vectors, part == hidden, shares, seed
        )
        merits.append(one)
        hits.append(found)
    merit = np.concatenate(merits, axis=1).mean(axis=1)
    of_new = np.concatenate(hits, axis=1)
    if not of_new.shape[1]:
        return {"share": 0.0, "tried": []}
    tried = [
        {"share": share, "merit": float(one), "found_of_new": float(found)}
        for share, one, found in zip(shares, merit, of_new.mean(axis=1), strict=True)
    ]
    nothing = tried[0]
    bearable = [one for one in tried if one["merit"] >= (1 - MOST_LOST) * nothing["merit"]]
    best = max(bearable, key=lambda one: (one["found_of_new"], -one["share"]))
    gains = best["found_of_new"] - nothing["found_of_new"] >= LEAST_FOUND
    return {"share": best["share"] if gains else 0.0, "tried": tried}


def _rehearsed(
    learned: Learned,
    train: Log,
    validation: Log,
    content: Content,
    vectors: Floats,
    hidden: Bools,
    shares: Sequence[float],
    seed: int,
) -> tuple[Doubles, Bools]:
    """Return what each share gives each user, and which of the hidden wanted items it finds.

    Shapes: hidden (I,); returns (S, B) and (S, N).
    """
    known = take(train, ~hidden[train.items])
    cases = Cases.of(known, validation, most=MOST_USERS, seed=seed)
    is_new = hidden[cases.wanted.indices]
    fitted = refit(learned, known, content=content, items=np.unique(cases.met.indices))
    past = histories_of(known, cases.users, fitted.history)
    toward, away = _lent(fitted, known, vectors)
    merits, found = [], []
    for share in shares:
        ready = _lending(fitted, toward, away, share) if share else fitted
        placed = ranks(cases, score_batch(ready, past, content, barred=cases.met))
        merits.append(worth(measures_of(placed, cases.seekers(), cases.counts())))
        found.append((placed <= PLACES)[is_new])
    return np.stack(merits), np.stack(found)


def _likenesses(vectors: Floats, is_new: Bools) -> csr_array:
    """Return how like each newcomer the nearest warm items are. Shapes: (I, D), (I,); (I, I)."""
    has_vector = np.asarray(vectors.any(axis=1))
    placed = centred(vectors, has_vector)
    new, warm = np.flatnonzero(is_new & has_vector), np.flatnonzero(~is_new & has_vector)
    size = (len(vectors), len(vectors))
    if not len(new) or not len(warm):
        return csr_array(size, dtype=np.float32)
    count = min(NEAREST, len(warm))
    rows: list[Indices] = []
    columns: list[Indices] = []
    values: list[Floats] = []
    for start in range(0, len(new), ROWS_AT_ONCE):
        part = new[start : start + ROWS_AT_ONCE]
        cosines = np.maximum(placed[part] @ placed[warm].T, 0.0)
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
        near = np.take_along_axis(cosines, order, axis=1)
        whole = near.sum(axis=1, keepdims=True)
        rows.append(np.repeat(part, count))
        columns.append(warm[order].ravel())
        values.append(as_floats(near / np.where(whole > 0, whole, 1.0)).ravel())
    places = (np.concatenate(rows), np.concatenate(columns))
    return csr_array((np.concatenate(values), places), shape=size)


def _widened(neighbours: Neighbours, lent: csr_array) -> Neighbours:
    """Add the strongest links that are lent to each row, and put the rows in order again."""
    lent.eliminate_zeros()
    more = min(KEPT, int(np.diff(lent.indptr).max(initial=0)))
    n_items, width = neighbours.ids.shape
    ids = np.full((n_items, width + more), -1, dtype=np.int64)
    weights = np.zeros((n_items, width + more), dtype=np.float32)
    ids[:, :width], weights[:, :width] = neighbours.ids, neighbours.weights
    for row in np.flatnonzero(np.diff(lent.indptr)).tolist():
        part = slice(lent.indptr[row], lent.indptr[row + 1])
        items, values = lent.indices[part], lent.data[part]
        best = np.lexsort((items, -values))[:more]
        best = best[(values[best] > 0) & (items[best] != row)]
        ids[row, width : width + len(best)] = items[best]
        weights[row, width : width + len(best)] = values[best]
    order = np.argsort(-weights, axis=1, kind="stable")
    return replace(
        neighbours,
        ids=np.take_along_axis(ids, order, axis=1),
        weights=np.take_along_axis(weights, order, axis=1),
    )
