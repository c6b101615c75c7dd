"""Draw portraits from a folder, in memory, by the functions that draw them in a workspace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5

import numpy as np
from scipy.sparse import csr_array

from catalog.services.duplicates import MOST_COMPARED
from core.arrays import Bools, Doubles, Ids, Indices
from language.duplicates import is_duplicate, shingles_of
from profiles.modelling.channels import Everybody, channels_of, everybody_of
from profiles.modelling.choosing import Proposal, propose
from profiles.modelling.claims import Acts, Bearings, Mentions
from profiles.modelling.curves import Curves
from profiles.modelling.interests import InterestConfig
from profiles.modelling.replay import Clock, past_and_future
from profiles.modelling.statements import StatementConfig
from profiles.modelling.strength import SECONDS_PER_DAY, Kinds, fade, signed
from profiles.modelling.trust import Choice, choose_curves, trusted_outcomes
from profiles.queries.evidence import SAMPLE
from profiles.scenarios import COMMON, SCENARIOS, KindPreset
from recommendations.engine.log import Log
from recommendations.evaluation.folder import FolderData, Words
from recommendations.evaluation.portrait.reading import Texts
from recommendations.evaluation.portrait.vocabulary import item_tags

NEUTRAL: KindPreset = {"polarity": 0, "weight": 1.0, "half_life_days": 365.0}
PRESETS = COMMON | {name: kind for kinds in SCENARIOS.values() for name, kind in kinds.items()}


@dataclass(frozen=True, slots=True)
class DrawConfig:
    """How portraits are drawn. `most` bounds the statements of a user.

    Without `interests` only what items carry and what words say can be stated.
    """

    statements: StatementConfig = field(default_factory=StatementConfig)
    interests: InterestConfig | None = field(default_factory=InterestConfig)
    most: int = 32


@dataclass(frozen=True, slots=True)
class Known:
    """What portraits were drawn from, and by which curves and rules."""

    acts: Acts
    bearings: Bearings
    mentions: Mentions
    everybody: Everybody
    curves: Curves
    config: StatementConfig


@dataclass(frozen=True, slots=True)
class Portraits:
    """What the known rows of a folder say of its users, and of its items.

    Shapes: weights (U, G), signed strength * confidence of at most `most` statements in use a user;
    item_tags (I, G), how surely an item bears a tag; tags G keys; sources G words (given,
    attribute, phrase, aspect, interest); statements, by user, the best first, all that were
    stated; `evidence` is what they rest on.
    """

    weights: csr_array
    item_tags: csr_array
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    statements: Mapping[int, list[Proposal]]
    evidence: Known


def draw(
    data: FolderData, texts: Texts, known: Log, *, config: DrawConfig | None = None
) -> Portraits:
    """State what `known` rows of the folder's log say of each user.

    Nothing else is looked at: the tags of items come from the items themselves and, where those say
    nothing, from the reviews among the known rows; what everybody likes is told by the known rows
    of SAMPLE users, drawn by lot as in a workspace. `texts` is `read_texts(data)`, which can be
    shared by all splits.
    """
    config = config or DrawConfig()
    rows = rows_of(data.log, known)
    borne = item_tags(data, texts, known, rows, config.interests)
    acts = acts_of(data, texts, rows)
    mentions = mentions_of(texts, rows, borne.tags)
    bearings = borne.bearings()
    sample = acts.taken(np.flatnonzero(np.isin(acts.user, _sample_of(data, acts.user))))
    everybody = everybody_of(sample, bearings, mentions)
    chosen = _curves(data, sample, bearings, mentions, config.statements)
    channels = channels_of(acts, bearings, mentions, everybody, chosen.config)
    statements = propose(acts, channels, chosen.config, insist=frozenset(), curves=chosen.curves)
    return Portraits(
        weights=weights_of(statements, (data.log.n_users, len(borne.tags)), config.most),
        item_tags=borne.table,
        tags=borne.tags,
        sources=borne.sources,
        statements=statements,
        evidence=Known(acts, bearings, mentions, everybody, chosen.curves, chosen.config),
    )


def _sample_of(data: FolderData, users: Ids) -> Ids:
    """Return those of the users whose outer ids have the lowest digests. Shapes: (<= SAMPLE,)."""
    found = np.unique(users).tolist()
    lots = [md5(data.user_ids[user].encode(), usedforsecurity=False).digest() for user in found]
    return np.array([user for _, user in sorted(zip(lots, found, strict=True))[:SAMPLE]])


def _curves(
    data: FolderData, sample: Acts, bearings: Bearings, mentions: Mentions, config: StatementConfig
) -> Choice:
    """Draw the folder's own curves from what the sample did, as a workspace draws its own."""
    kind, times = data.words.kind[sample.id], data.log.times[sample.id]
    clock = Clock(
        moment=times if data.is_dated else np.zeros(len(times)),
        is_dated=np.full(len(times), data.is_dated),
        half_life=_kinds(data.words).half_life[kind],
    )
    past, future = past_and_future(sample, clock)
    everybody = everybody_of(past, bearings, mentions)
    outcomes = trusted_outcomes(past, future, bearings, mentions, everybody, config)
    return choose_curves(outcomes.in_order(), config)


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
    """Lay those in use out as users by tags: signed strength * confidence of the first `most`."""
    used = ([one for one in stated if one.is_active] for stated in statements.values())
    kept = [one for stated in used for one in stated[:most]]
    values = [one.polarity * one.strength * one.confidence for one in kept]
    places = ([one.user for one in kept], [one.tag for one in kept])
    return csr_array((np.array(values, dtype=np.float32), places), shape=shape)


def acts_of(data: FolderData, texts: Texts, rows: Indices) -> Acts:
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
        piece=_pieces(texts, rows),
    ).sorted()


def _pieces(texts: Texts, rows: Indices) -> Ids:
    """Return the earliest of these rows that each one's review nearly repeats, or the row itself.

    By the rules of a workspace. Shapes: rows (P,), ascending; returns (P,).
    """
    pieces = rows.astype(np.int64)
    rows_of_band: dict[int, list[int]] = {}
    for place, row in enumerate(rows.tolist()):
        bands = texts.bands[row]
        earlier = sorted({other for band in bands for other in rows_of_band.get(band, ())})
        own = shingles_of(texts.cleaned[row] if earlier else "")
        for other in earlier[:MOST_COMPARED]:
            if is_duplicate(own, shingles_of(texts.cleaned[other])):
                pieces[place] = other
                break
        for band in bands:
            rows_of_band.setdefault(band, []).append(row)
    return pieces


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


def mentions_of(texts: Texts, rows: Indices, tags: Sequence[str]) -> Mentions:
    """Return the aspects that the reviews among these rows judge, as tags by position."""
    places = {tag: place for place, tag in enumerate(tags)}
    is_known: Bools = np.zeros(len(texts.sentiment), dtype=bool)
    is_known[rows] = True
    kept = is_known[texts.review]
    tag = np.array([places[key] for key in texts.aspects], dtype=np.int64)
    return Mentions(
        act=texts.review[kept].astype(np.int64),
        tag=tag[texts.aspect[kept]] if len(tag) else np.zeros(0, dtype=np.int64),
        polarity=texts.polarity[kept],
    )
