"""Draw portraits from a folder, in memory, by the functions that draw them in a workspace."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_array

from catalog.vocabulary import Word, phrase_words, worth_a_tag
from core.arrays import Bools, Doubles, Ids, Indices
from profiles.modelling.choosing import INFERRED, OBSERVED, Channel, Proposal, propose
from profiles.modelling.claims import (
    Acts,
    Bearings,
    Claims,
    Mentions,
    claims_of_items,
    claims_of_words,
)
from profiles.modelling.statements import (
    Base,
    StatementConfig,
    base_of,
    weigh_items,
    weigh_words,
)
from profiles.modelling.strength import SECONDS_PER_DAY, Kinds, fade, signed
from profiles.queries.evidence import PHRASE_TRUST, SAMPLE
from profiles.scenarios import COMMON, SCENARIOS, KindPreset
from recommendations.engine.log import Log
from recommendations.evaluation.folder import FolderData, Words
from recommendations.evaluation.portrait.reading import Texts

NEUTRAL: KindPreset = {"polarity": 0, "weight": 1.0, "half_life_days": 365.0}
PRESETS = COMMON | {name: kind for kinds in SCENARIOS.values() for name, kind in kinds.items()}


@dataclass(frozen=True, slots=True)
class DrawConfig:
    """How portraits are drawn. `most` bounds the statements of a user."""

    statements: StatementConfig = field(default_factory=StatementConfig)
    most: int = 32


@dataclass(frozen=True, slots=True)
class Portraits:
    """What the known rows of a folder say of its users, and of its items.

    Shapes: weights (U, G), signed strength * confidence of at most `most` statements a user;
    item_tags (I, G), how surely an item bears a tag; tags G keys; sources G words (given,
    attribute, phrase, aspect); statements, by user, the best first, all that were stated.
    """

    weights: csr_array
    item_tags: csr_array
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    statements: Mapping[int, list[Proposal]]
    acts: Acts


def draw(
    data: FolderData, texts: Texts, known: Log, *, config: DrawConfig | None = None
) -> Portraits:
    """State what `known` rows of the folder's log say of each user.

    Nothing else is looked at: the tags of items come from the items themselves and, where they
    have no text, from the reviews among the known rows; what everybody likes is told by the known
    rows of the first SAMPLE users. `texts` is `read_texts(data)`, which can be shared by all
    splits.
    """
    config = config or DrawConfig()
    rows = rows_of(data.log, known)
    vocabulary = _Vocabulary.of(data, texts, rows)
    acts = _acts(data, texts, rows)
    mentions = _mentions(texts, rows, vocabulary.places)
    channels = _channels(acts, vocabulary.bearings(), mentions, config.statements)
    statements = propose(acts, channels, config.statements, insist=frozenset())
    return Portraits(
        weights=weights_of(statements, (data.log.n_users, len(vocabulary.tags)), config.most),
        item_tags=vocabulary.table(data.log.n_items),
        tags=vocabulary.tags,
        sources=vocabulary.sources,
        statements=statements,
        acts=acts,
    )


def rows_of(log: Log, part: Log) -> Indices:
    """Return where in `log` the rows of a split's part stand. Shapes: returns (P,), ascending.

    A split keeps the first row of each user, item and sign, so those four name a row.
    """
    names = _row_names(log)
    order = np.argsort(names, kind="stable")
    found = np.searchsorted(names[order], _row_names(part))
    return np.sort(order[found])


def _row_names(log: Log) -> np.ndarray:
    names = np.empty(len(log), dtype="i8,i8,i8,f8")
    columns = (log.users, log.items, np.sign(log.weights).astype(np.int64), log.times)
    for column, values in zip(names.dtype.names or (), columns, strict=True):
        names[column] = values
    return names


def weights_of(
    statements: Mapping[int, list[Proposal]], shape: tuple[int, int], most: int
) -> csr_array:
    """Lay statements out as users by tags: signed strength * confidence of the first `most`."""
    kept = [one for stated in statements.values() for one in stated[:most]]
    values = [one.polarity * one.strength * one.confidence for one in kept]
    places = ([one.user for one in kept], [one.tag for one in kept])
    return csr_array((np.array(values, dtype=np.float32), places), shape=shape)


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The tags, and the words by which items bear them."""

    tags: tuple[str, ...]
    sources: tuple[str, ...]
    places: Mapping[str, int]
    words: tuple[tuple[int, str, float], ...]

    @classmethod
    def of(cls, data: FolderData, texts: Texts, rows: Indices) -> "_Vocabulary":
        given = {key for keys in texts.given.values() for key in keys}
        found = [*texts.words, *_words_of_reviews(data, texts, rows)]
        lasting = frozenset(given | set(texts.aspects))
        worth = [
            word
            for word in worth_a_tag(found, items=data.log.n_items, known=lasting)
            if word.key not in texts.given.get(word.item_id, ())
        ]
        sources = {word.key: word.origin for word in worth} | dict.fromkeys(given, "given")
        sources = dict.fromkeys(texts.aspects, "aspect") | sources
        tags = tuple(sorted(sources))
        trust = {"phrase": PHRASE_TRUST}
        words = [(item, key, 1.0) for item, keys in texts.given.items() for key in keys]
        words += [
            (word.item_id, word.key, word.confidence * trust.get(sources[word.key], 1.0))
            for word in worth
        ]
        return cls(
            tags=tags,
            sources=tuple(sources[tag] for tag in tags),
            places={tag: place for place, tag in enumerate(tags)},
            words=tuple(words),
        )

    def bearings(self) -> Bearings:
        return Bearings(
            item=np.array([item for item, _, _ in self.words], dtype=np.int64),
            tag=np.array([self.places[key] for _, key, _ in self.words], dtype=np.int64),
            confidence=np.array([trust for _, _, trust in self.words], dtype=np.float64),
        )

    def table(self, n_items: int) -> csr_array:
        borne = self.bearings()
        values = borne.confidence.astype(np.float32)
        return csr_array((values, (borne.item, borne.tag)), shape=(n_items, len(self.tags)))


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


def _acts(data: FolderData, texts: Texts, rows: Indices) -> Acts:
    """Return the known rows as a workspace would hold them. Ids are rows of the log."""
    kind, kinds = data.words.kind[rows], _kinds(data.words)
    age = _ages(data.log.users[rows], data.log.times[rows], is_dated=data.is_dated)
    return Acts(
        id=rows.astype(np.int64),
        user=data.log.users[rows],
        item=data.log.items[rows],
        signed=signed(data.words.value[rows], kind, kinds, sentiment=texts.sentiment[rows]),
        fade=fade(age, kind, kinds),
        age=np.nan_to_num(age),
        is_read=~np.isnan(texts.sentiment[rows]),
    ).sorted()


def _kinds(words: Words) -> Kinds:
    presets = [PRESETS.get(name, NEUTRAL) for name in words.kinds]
    columns = {
        "polarity": [preset["polarity"] for preset in presets],
        "weight": [preset["weight"] for preset in presets],
        "half_life": [preset["half_life_days"] for preset in presets],
        "middle": [preset.get("value_middle", np.nan) for preset in presets],
        "best": [preset.get("value_best", np.nan) for preset in presets],
    }
    return Kinds(**{name: np.array(values, dtype=np.float64) for name, values in columns.items()})


def _ages(users: Ids, times: Doubles, *, is_dated: bool) -> Doubles:
    """Count days back from each user's own newest row; NaN where nothing is dated."""
    if not is_dated:
        return np.full(len(users), np.nan)
    newest = np.full(users.max() + 1 if len(users) else 0, -np.inf)
    np.maximum.at(newest, users, times)
    return np.asarray((newest[users] - times) / SECONDS_PER_DAY)


def _mentions(texts: Texts, rows: Indices, places: Mapping[str, int]) -> Mentions:
    is_known: Bools = np.zeros(len(texts.sentiment), dtype=bool)
    is_known[rows] = True
    kept = is_known[texts.review]
    tag = np.array([places[key] for key in texts.aspects], dtype=np.int64)
    return Mentions(
        act=texts.review[kept].astype(np.int64),
        tag=tag[texts.aspect[kept]] if len(tag) else np.zeros(0, dtype=np.int64),
        polarity=texts.polarity[kept],
    )


def _channels(
    acts: Acts, bearings: Bearings, mentions: Mentions, config: StatementConfig
) -> tuple[Channel, ...]:
    """Weigh what behaviour and words say, against what everybody does."""
    settled = acts.settled()
    of_items = claims_of_items(settled, bearings)
    of_words = claims_of_words(acts, mentions)
    items, words = _everybody(acts, bearings, mentions)
    return (
        Channel(OBSERVED, of_items, weigh_items(settled, of_items, items, config)),
        Channel(INFERRED, of_words, weigh_words(acts, of_words, words, config)),
    )


def _everybody(acts: Acts, bearings: Bearings, mentions: Mentions) -> tuple[Base, Base]:
    """Say how the sampled users meet tags, unfaded: through items, and in words.

    Every tag that anybody claims stands in the base, those of the others with a mass of zero.
    """
    unfaded = replace(acts, fade=np.ones(len(acts.id)))
    settled = unfaded.settled()
    sampled = acts.user < SAMPLE
    liked = np.where(sampled, settled.signed, 0.0)
    whole = float(np.maximum(liked, 0).sum()), float(np.maximum(-liked, 0).sum())
    reviews = float((acts.is_read & sampled).sum())
    return (
        _base(claims_of_items(settled, bearings), whole),
        _base(claims_of_words(unfaded, mentions), (reviews, reviews)),
    )


def _base(claims: Claims, whole: tuple[float, float]) -> Base:
    tags, place = np.unique(claims.tag, return_inverse=True)
    support = np.where(claims.user < SAMPLE, claims.support, 0.0)
    sums = [
        np.bincount(place, np.maximum(sign * support, 0), minlength=len(tags)).astype(float)
        for sign in (1, -1)
    ]
    return base_of(tags, sums[0], sums[1], whole=whole)
