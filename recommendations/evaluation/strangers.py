"""The lists that strangers are shown, who declare tags or say one sentence."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Ids, as_floats
from language.clauses import sentences
from language.detect import language_of
from recommendations.engine.arrange import Shortlist, arrange
from recommendations.engine.blend import scaled
from recommendations.engine.learned import Content, Learned, Portrayed, source_rows
from recommendations.engine.log import Log, positives
from recommendations.engine.shortlist import best_of, most_of
from recommendations.engine.sources import score_popular
from recommendations.engine.strangers import EVERYBODYS, favoured
from recommendations.evaluation.folder import FolderData

BY_TAGS = ("tags", "said")
PLACES = 20
USERS_AT_ONCE = 500
# What is the same for every stranger.
FOR_ALL = ("popular", "recent", "trending")


def strangers_lists(
    learned: Learned, content: Content, declared: csr_array, tags: csr_array, *, barred: csr_array
) -> Ids:
    """Make the lists that strangers would be shown who declare tags; padded with -1.

    Shapes: declared (B, G); tags (I, G); barred (B, I); returns (B, 20).
    """
    lists = np.full((barred.shape[0], PLACES), -1, dtype=np.int64)
    for start in range(0, len(lists), USERS_AT_ONCE):
        part = slice(start, start + USERS_AT_ONCE)
        closed = csr_array(barred[part])
        nothing = csr_array(closed.shape, dtype=np.float32)
        texts, portrayed = Content(vectors=content.vectors), Portrayed(declared[part], tags)
        rows = source_rows(learned, nothing, texts, portrayed=portrayed)
        if not learned.blend.asks("portrait", 0):
            rows.pop("portrait")
        rows["said"] = as_floats((portrayed.stated @ tags.T).toarray())
        for row in range(closed.shape[0]):
            own = {source: scores[row] for source, scores in rows.items()}
            named = own | dict.fromkeys(BY_TAGS, _in_order(learned, own))
            shown = _list_of(learned, own, named, content.vectors, _row(closed, row))
            lists[start + row, : len(shown)] = shown
    return lists


def spoken_lists(learned: Learned, vectors: Floats, said: Floats, *, barred: csr_array) -> Ids:
    """Make the lists of strangers of whom a request brings one sentence, and nothing else.

    The sentence is a taste, as in a request; beside it only sources speak that say the same to
    everybody. Shapes: vectors (I, D) of the items' texts and said (B, D) of the sentences, unit
    rows of one space, zero for an item without a text; barred (B, I); returns (B, 20).
    """
    lists = np.full((len(said), PLACES), -1, dtype=np.int64)
    nothing = csr_array((1, len(vectors)), dtype=np.float32)
    rows = source_rows(learned, nothing)
    everybodys = {name: rows[name][0] for name in FOR_ALL if name in rows}
    for row, words in enumerate(said):
        own = {**everybodys, "taste": as_floats(vectors @ words)}
        shown = _list_of(learned, own, own, vectors, _row(barred, row))
        lists[row, : len(shown)] = shown
    return lists


def _row(barred: csr_array, row: int) -> Ids:
    found: Ids = barred.indices[barred.indptr[row] : barred.indptr[row + 1]].astype(np.int64)
    return found


def _list_of(
    learned: Learned,
    own: Mapping[str, Floats],
    naming: Mapping[str, Floats],
    vectors: Floats | None,
    closed: Ids,
) -> Ids:
    """Arrange what the sources of `naming` put first, as all in `own` score it.

    A source that says nothing of anybody names nothing. Shapes: all scores (I,).
    """
    everything = np.arange(len(learned.popular))
    named = [
        best_of(everything, scores, barred=closed, most=most_of(name, PLACES))
        for name, scores in naming.items()
        if (scores > 0).any()
    ]
    if not named:
        return np.empty(0, dtype=np.int64)
    items = np.unique(np.concatenate(named))
    scored = [score_popular(items, scores[items], source=name) for name, scores in own.items()]
    laid = np.zeros((len(items), 1), np.float32) if vectors is None else as_floats(vectors[items])
    shortlist = Shortlist(items, laid, np.asarray(laid.any(axis=1)))
    arranged = arrange(scored, shortlist, learned.blend, met=0, barred=closed, length=PLACES)
    return arranged.blended.items[arranged.picks]


def _in_order(learned: Learned, own: Mapping[str, Floats]) -> Floats:
    """Put what bears the declared tags in the order in which a request names it."""
    told = learned.blend.strangers
    if told is None:
        return own["said"]
    general = {name: scaled(own[name], "max") for name in EVERYBODYS}
    return favoured(scaled(own["said"], "max"), general, told)


def naming_sentences(declared: csr_array, names: Sequence[str]) -> list[str]:
    """Say of each stranger what tags they name: "I like a, b and c." Empty where there are none.

    Shapes: declared (B, G); names G.
    """
    found = []
    for start, end in zip(declared.indptr[:-1], declared.indptr[1:], strict=True):
        *most, last = [names[tag] for tag in declared.indices[start:end]] or [""]
        several = f"{', '.join(most)} and {last}" if most else last
        found.append(f"I like {several}." if last else "")
    return found


def reviewing_sentences(data: FolderData, told: Log, users: Ids) -> list[str]:
    """Return the longest sentence of the newest review that each user wrote of what they liked.

    Only rows of `told` are read, a part of the folder's log; empty where a user wrote nothing.
    """
    asked = set(users.tolist())
    liked = positives(told)
    columns = (liked.users.tolist(), liked.items.tolist(), liked.times.tolist())
    known = set(zip(*columns, strict=True))
    newest: dict[int, tuple[float, str]] = {}
    rows = zip(
        data.log.users.tolist(),
        data.log.items.tolist(),
        data.log.times.tolist(),
        data.words.texts,
        strict=True,
    )
    for user, item, moment, text in rows:
        is_known = user in asked and (user, item, moment) in known
        if is_known and text.strip() and moment >= newest.get(user, (moment, ""))[0]:
            newest[user] = (moment, text)
    return [_longest(newest[user][1]) if user in newest else "" for user in users.tolist()]


def _longest(text: str) -> str:
    spans = sentences(text, language_of(text))
    return max((text[one.start : one.end] for one in spans), key=len, default="")
