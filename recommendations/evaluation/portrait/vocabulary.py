"""The tags that a folder's items bear, as far as the known rows tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from catalog.said import SAID, Saying, said_by_several
from catalog.services.weighing import MODELS
from catalog.vocabulary import (
    Word,
    choose_words,
    phrase_words,
    renamed,
    standing_for,
    surest_last,
    worth_encoding,
)
from core.arrays import Indices, as_floats
from language.sensitive import topic_of
from profiles.modelling.claims import Bearings
from profiles.modelling.interests import InterestConfig, interest_clusters
from profiles.queries.evidence import PHRASE_TRUST
from profiles.services.interests import LEAST_ITEMS, LEAST_USERS, TAG, WORTH_OF_FOUND
from recommendations.engine.log import Log, matrix
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.reading import Texts

INTEREST = "interest"
# Where a word stands more than once, the first of these says what kind of tag it is.
ORIGINS = tuple(MODELS)
GIVEN = ("given", "attribute")


@dataclass(frozen=True, slots=True)
class ItemTags:
    """Every tag by key, and how surely each item bears it.

    Shapes: tags G keys; sources G words (given, attribute, phrase, aspect, interest); table
    (I, G), in (0, 1], phrases trusted less than what was given; sure, the same as it was found,
    for the tags that are no interests.
    """

    tags: tuple[str, ...]
    sources: tuple[str, ...]
    table: csr_array
    sure: csr_array

    def bearings(self) -> Bearings:
        """Return the same as rows of item and tag, without tags that one item alone bears.

        To believe one of those were to believe in the item.
        """
        table = self.table.tocoo()
        items, tags = table.coords
        is_shared = np.bincount(tags, minlength=len(self.tags))[tags] > 1
        return Bearings(
            item=items[is_shared].astype(np.int64),
            tag=tags[is_shared].astype(np.int64),
            confidence=table.data[is_shared].astype(np.float64),
        )


def item_tags(
    data: FolderData,
    texts: Texts,
    known: Log,
    rows: Indices,
    interests: InterestConfig | None,
) -> ItemTags:
    """Return what items carry, what their words say, and the interests they belong to.

    The words are chosen, and the interests named, as in a workspace. `rows` are the known rows of
    the folder's log: what was liked in them makes the clusters, of which there are none without
    `interests`, nor where too few users took to anything. Of an item that says nothing of itself
    the reviews among them speak, as far as several say the same.
    """
    said = _said(data, texts, rows)
    met = matrix(known)
    users, items = (len(np.unique(place)) for place in met.nonzero())
    if interests is None or users < LEAST_USERS or items < LEAST_ITEMS:
        return said
    worth = np.where(np.isin(said.sources, GIVEN), 1.0, WORTH_OF_FOUND)
    spelled = [f"{TAG}{place}" for place in range(len(said.tags))]
    found = interest_clusters(met, said.sure, spelled, interests, trust=as_floats(worth))
    named = [_called(name, said.tags) for name in found.names]
    kept = [place for place, name in enumerate(named) if name]
    return ItemTags(
        tags=(*said.tags, *(f"{INTEREST}: {named[place]}" for place in kept)),
        sources=(*said.sources, *(INTEREST for _ in kept)),
        table=_beside(said.table, csr_array(found.memberships[:, kept])),
        sure=said.sure,
    )


def _called(words: Sequence[str], tags: Sequence[str]) -> str:
    """Return a cluster's name, or nothing where no tag is in it: numbers alone tell nobody."""
    if not any(word.startswith(TAG) for word in words):
        return ""
    return " · ".join(
        tags[int(word[len(TAG) :])] if word.startswith(TAG) else word for word in words
    )


def _said(data: FolderData, texts: Texts, rows: Indices) -> ItemTags:
    found = [*texts.words, *_words_of_reviews(data, texts, rows)]
    aspects = frozenset(texts.aspects)
    senses = texts.senses
    meanings = senses.meanings(worth_encoding(found, aspects)) if senses else None
    one = standing_for(found, meanings, fixed=aspects)
    renamed_ones = renamed(found, one)
    given = {word.key for word in renamed_ones if word.origin == "given"}
    worth = choose_words(
        renamed_ones,
        meanings,
        items=data.log.n_items,
        known=frozenset(given | aspects),
        makers=texts.makers,
    )
    sources = dict.fromkeys(texts.aspects, "aspect")
    for origin in ORIGINS:
        for key in sorted(word.key for word in worth if word.origin == origin):
            sources.setdefault(key, "phrase" if origin == SAID else origin)
    # No portrait speaks of a sensitive topic.
    sources = {key: source for key, source in sources.items() if not topic_of([key])}
    sure = {(word.item_id, word.key): word.confidence for word in surest_last(worth)}
    borne = [(item, key, value) for (item, key), value in sure.items() if key in sources]
    return _laid_out(borne, sources, data.log.n_items)


def _laid_out(
    borne: list[tuple[int, str, float]], sources: Mapping[str, str], n_items: int
) -> ItemTags:
    tags = tuple(sorted(sources))
    places = {tag: place for place, tag in enumerate(tags)}
    values = np.array([sure for _, _, sure in borne], dtype=np.float32)
    where = ([item for item, _, _ in borne], [places[key] for _, key, _ in borne])
    sure = csr_array((values, where), shape=(n_items, len(tags)))
    trust = [PHRASE_TRUST if sources[tag] == "phrase" else 1.0 for tag in tags]
    return ItemTags(
        tags=tags,
        sources=tuple(sources[tag] for tag in tags),
        table=csr_array(sure.multiply(as_floats(trust)[None, :])),
        sure=sure,
    )


def _words_of_reviews(data: FolderData, texts: Texts, rows: Indices) -> Iterator[Word]:
    """Yield what several reviews among these rows say of an item that says nothing of itself.

    Reviews that are cleaned to the same letters are one piece.
    """
    log, first = data.log, dict[str, int]()
    sayings = [
        Saying(
            item=int(log.items[row]),
            user=int(log.users[row]),
            piece=first.setdefault(texts.cleaned[row], row),
            phrases=texts.phrases_of_row[row],
        )
        for row in rows.tolist()
        if row in texts.phrases_of_row
    ]
    for item, phrases in said_by_several(sayings).items():
        yield from phrase_words(item, phrases)


def _beside(first: csr_array, second: csr_array) -> csr_array:
    """Put two tables over the same items side by side."""
    left, right = first.tocoo(), second.tocoo()
    values = np.concatenate([left.data, right.data]).astype(np.float32)
    rows = np.concatenate([left.row, right.row])
    columns = np.concatenate([left.col, right.col + first.shape[1]])
    shape = (first.shape[0], first.shape[1] + second.shape[1])
    return csr_array((values, (rows, columns)), shape=shape)
