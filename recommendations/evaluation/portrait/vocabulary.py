"""The tags that a folder's items bear, as far as the known rows tell."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from catalog.vocabulary import Word, phrase_words, renamed, worth_a_tag
from core.arrays import Indices
from language import synonyms
from language.synonyms import synonyms_of
from profiles.modelling.claims import Bearings
from profiles.modelling.interests import InterestConfig, interest_clusters
from profiles.queries.evidence import PHRASE_TRUST
from recommendations.engine.log import Log, matrix
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.reading import Texts

INTEREST = "interest"
_TITLE_WORD = re.compile(r"[^\W\d_]{4,}")
_YEARS = range(1000, 2101)


@dataclass(frozen=True, slots=True)
class ItemTags:
    """Every tag by key, and how surely each item bears it.

    Shapes: tags G keys; sources G words (given, attribute, phrase, aspect, interest); table
    (I, G), in (0, 1].
    """

    tags: tuple[str, ...]
    sources: tuple[str, ...]
    table: csr_array

    def bearings(self) -> Bearings:
        """Return the same as rows of item and tag."""
        rows, tags = self.table.nonzero()
        return Bearings(
            item=rows.astype(np.int64),
            tag=tags.astype(np.int64),
            confidence=self.table.data.astype(np.float64),
        )


def item_tags(
    data: FolderData, texts: Texts, known: Log, rows: Indices, interests: InterestConfig | None
) -> ItemTags:
    """Return what items carry, what their words say, and the interests they belong to.

    `rows` are the known rows of the folder's log: the reviews among them speak for items that
    have no text, and what was liked in them makes the clusters. Without `interests` there are
    none.
    """
    said = _said(data, texts, rows)
    if interests is None:
        return said
    words = _words_to_name_by(data, said)
    found = interest_clusters(matrix(known), words.table, words.tags, interests)
    names = tuple(f"{INTEREST}: {' · '.join(name)}" for name in found.names)
    both = np.concatenate([[*said.sources], np.full(len(names), INTEREST)])
    return ItemTags(
        tags=(*said.tags, *names),
        sources=tuple(str(source) for source in both),
        table=_beside(said.table, found.memberships),
    )


def _said(data: FolderData, texts: Texts, rows: Indices) -> ItemTags:
    found = [*texts.words, *_words_of_reviews(data, texts, rows)]
    one = _synonyms(texts, found)
    given_to = {
        item: tuple(sorted({one.get(key, key) for key in keys}))
        for item, keys in texts.given.items()
    }
    given = {key for keys in given_to.values() for key in keys}
    worth = [
        word
        for word in worth_a_tag(
            renamed(found, one), items=data.log.n_items, known=frozenset(given | set(texts.aspects))
        )
        if word.key not in given_to.get(word.item_id, ())
    ]
    sources = dict.fromkeys(texts.aspects, "aspect")
    sources |= {word.key: str(word.origin) for word in worth} | dict.fromkeys(given, "given")
    borne = [(item, key, 1.0) for item, keys in given_to.items() for key in keys]
    borne += [(word.item_id, word.key, _trust(word)) for word in worth]
    return _laid_out(borne, sources, data.log.n_items)


def _synonyms(texts: Texts, found: Sequence[Word]) -> dict[str, str]:
    """Return the keys given up for another spelling of them, as a workspace's vocabulary does."""
    counts = Counter(key for keys in texts.given.values() for key in keys)
    counts += Counter(word.key for word in found)
    names = {word.key for word in found if word.origin == "attribute"}
    aspects = set(texts.aspects)
    keys = (counts.keys() - names) | aspects
    return synonyms_of(
        [synonyms.Word(key, counts[key], fixed=key in aspects) for key in sorted(keys)]
    )


def _trust(word: Word) -> float:
    return word.confidence * (PHRASE_TRUST if word.origin == "phrase" else 1.0)


def _laid_out(
    borne: list[tuple[int, str, float]], sources: Mapping[str, str], n_items: int
) -> ItemTags:
    tags = tuple(sorted(sources))
    places = {tag: place for place, tag in enumerate(tags)}
    values = np.array([sure for _, _, sure in borne], dtype=np.float32)
    where = ([item for item, _, _ in borne], [places[key] for _, key, _ in borne])
    table = csr_array((values, where), shape=(n_items, len(tags)))
    table.sum_duplicates()
    return ItemTags(tags, tuple(sources[tag] for tag in tags), table)


def _words_of_reviews(data: FolderData, texts: Texts, rows: Indices) -> Iterator[Word]:
    """Yield phrases that at least two reviews of an item use, where items have no text."""
    said: dict[int, Counter[str]] = {}
    trust: dict[tuple[int, str], float] = {}
    for row in rows.tolist():
        item = int(data.log.items[row])
        for phrase, confidence in texts.phrases_of_row.get(row, ()):
            said.setdefault(item, Counter())[phrase] += 1
            trust[item, phrase] = max(confidence, trust.get((item, phrase), 0.0))
    for item, counts in sorted(said.items()):
        often = [(phrase, trust[item, phrase]) for phrase, count in counts.items() if count > 1]
        yield from phrase_words(item, often)


def _words_to_name_by(data: FolderData, said: ItemTags) -> ItemTags:
    """Return the tags, and beside them words of titles and decades, which are no tags."""
    borne = [
        (row, word, 1.0) for row, item in enumerate(data.items) for word in sorted(_plain(item))
    ]
    sources = {word: "title" for _, word, _ in borne}
    spoken = _laid_out(borne, sources, data.log.n_items)
    return ItemTags(
        tags=(*said.tags, *spoken.tags),
        sources=(*said.sources, *spoken.sources),
        table=_beside(said.table, spoken.table),
    )


def _plain(item: Mapping[str, object]) -> set[str]:
    words = set(_TITLE_WORD.findall(str(item.get("title") or "").lower()))
    attributes = item.get("attributes")
    year = attributes.get("year") if isinstance(attributes, Mapping) else None
    if isinstance(year, int) and year in _YEARS:
        words.add(f"{year // 10 * 10}s")
    return words


def _beside(first: csr_array, second: csr_array) -> csr_array:
    """Put two tables over the same items side by side."""
    left, right = first.tocoo(), second.tocoo()
    values = np.concatenate([left.data, right.data]).astype(np.float32)
    rows = np.concatenate([left.row, right.row])
    columns = np.concatenate([left.col, right.col + first.shape[1]])
    shape = (first.shape[0], first.shape[1] + second.shape[1])
    return csr_array((values, (rows, columns)), shape=shape)
