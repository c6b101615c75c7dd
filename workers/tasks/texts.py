"""From texts to numbers: clean, encode, read and tag. These tasks load the models."""

import json
from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction

from accounts.models import Workspace
from catalog.models import Space, Tag
from catalog.queries.spaces import find_active_space, find_space_beside
from catalog.queries.tags import load_tag_names
from catalog.queries.texts import ItemText, items_to_encode, load_item_texts
from catalog.queries.trained import wanted_encoder
from catalog.said import may_be_said
from catalog.services import spaces, tags, texts, vectors
from catalog.services.bearers import wait_to_tag
from catalog.texts import encoding_text, hash_of_text
from core.arrays import Floats
from core.jobs import Job
from core.stages import Stage
from language.aspects import for_scenario
from language.clean import clean, words_of
from language.encode import Encoder
from language.match import Matcher
from language.phrases import key_phrases
from language.proposing import MOST_TOKENS, prompts_for, supported
from language.read import Passage, read
from profiles.queries.readings import ReviewText, load_known_words, load_review_texts
from profiles.queries.said import reviews_of_silent
from profiles.services import readings, said, tastes
from workers import loop, parts, stages
from workers.generator_setting import generator_name
from workers.generators import load_generator
from workers.heads import encoder_in, encoder_of, load_reading
from workers.registry import task_for
from workers.stages import BY_STAGE
from workers.vocabulary import weigh

log = structlog.get_logger(__name__)

LARGEST_SMALLINT = 32_767
GENERATED_CONFIDENCE = 0.5
LATE = 1_000  # of the items that come while a space is about to take over, it waits for so many
CANDIDATES = 16  # phrases of a text; those that tell most of it become its tags


@task_for(Job.CLEAN)
def clean_texts(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """Clean new texts of items and reviews."""
    works = {"items": clean_items, "reviews": clean_reviews}
    plan = BY_STAGE[Stage.CLEAN]
    return loop.run(plan, workspace_id, works, at_once=at_once, helper=helper)


@task_for(Job.ENCODE)
def encode_texts(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """Give every clean text a vector in the space of the wanted encoder.

    While that space is being filled, what came or changed since gets one in the serving space
    first, so that it is found before the switch as it is after it.
    """
    encoder = encoder_of(workspace_id)
    space = spaces.ensure_space(
        workspace_id=workspace_id,
        encoder=encoder.name,
        revision=encoder.revision,
        dimensions=encoder.dimensions,
    )
    works: dict[str, loop.Work] = {
        "served": encode_served,
        "items": partial(encode_items, space=space, encoder=encoder),
        "reviews": partial(encode_reviews, space=space, encoder=encoder),
        "space": partial(activate_space, encoder=encoder),
    }
    plan = BY_STAGE[Stage.ENCODE]
    models = dict.fromkeys(("items", "reviews"), encoder.name)
    if beside := find_space_beside(workspace_id):
        models["served"] = beside.encoder
    return loop.run(plan, workspace_id, works, models=models, at_once=at_once, helper=helper)


@task_for(Job.READ)
def read_reviews(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """Read sentiment, aspects and safety in new reviews."""
    plan = BY_STAGE[Stage.READ]
    works: dict[str, loop.Work] = {"reviews": nothing}
    models: dict[str, str] = {}
    if stages.has_due(plan, workspace_id):
        reader = Reader(workspace_id)
        works, models = {"reviews": reader}, {"reviews": reader.by.model}
    return loop.run(plan, workspace_id, works, models=models, at_once=at_once, helper=helper)


@task_for(Job.TAG)
def tag_items(workspace_id: int, at_once: int = 0, helper: int = 0) -> int:
    """Tag new items, then weigh the vocabulary anew."""
    works = {"items": tag_some, "vocabulary": weigh}
    plan = BY_STAGE[Stage.TAG]
    models = {
        "items": generator_name() if settings.GENERATED_TAGS else "",
        "vocabulary": Path(wanted_encoder(workspace_id)).name,
    }
    return loop.run(plan, workspace_id, works, models=models, at_once=at_once, helper=helper)


def clean_items(workspace_id: int, ids: Sequence[int]) -> int:
    """Clean some items. Returns how many were stored."""
    return texts.store_clean_items(
        workspace_id,
        [clean_item(row) for row in load_item_texts(ids)],
        version=stages.CLEAN_ITEMS,
    )


def clean_item(row: ItemText) -> texts.CleanItem:
    """Return an item's clean text, in the language of its text or else of its title.

    The names in its title and attributes are public, even where somebody in it says "my name is".
    """
    known = words_of(row.title, *map(str, row.attributes.values()))
    found = clean(row.text or row.title, known)
    kept = found.text if row.text else ""
    said = encoding_text(row.title, kept, row.tags)
    return texts.CleanItem(
        id=row.id,
        source_hash=row.source_hash,
        clean_text=kept,
        language=found.language,
        content_hash=hash_of_text(said),
        bands=found.bands if row.text else (),
    )


def clean_reviews(workspace_id: int, ids: Sequence[int]) -> int:
    """Clean some reviews. Returns how many were stored.

    Those without a raw text were cleaned when they came in.
    """
    reviews = load_review_texts(ids)
    known = load_known_words(ids)
    return readings.store_clean_reviews(
        workspace_id,
        [clean_review(row, known.get(row.id, frozenset())) for row in reviews if row.text],
        version=stages.CLEAN_REVIEWS,
        kept=[row.id for row in reviews if not row.text],
    )


def clean_review(row: ReviewText, known: frozenset[str]) -> readings.CleanReview:
    """Return a review's clean text. `known` are its item's words, whose names are public."""
    found = clean(row.text, known)
    return readings.CleanReview(
        id=row.id,
        source_hash=row.source_hash,
        clean_text=found.text,
        language=found.language,
        content_hash=found.content_hash,
        masked=min(found.masked, LARGEST_SMALLINT),
        bands=found.bands,
    )


def encode_items(_: int, ids: Sequence[int], *, space: Space, encoder: Encoder) -> int:
    """Encode some items. Returns how many vectors were stored."""
    rows = load_item_texts(ids)
    return keep_vectors(space, rows, encoder.encode([row.encoding_text for row in rows]))


def encode_served(workspace_id: int, ids: Sequence[int]) -> int:
    """Encode some items in the serving space. Returns how many vectors were stored.

    None where its encoder is not to be had here any more.
    """
    space = find_active_space(workspace_id)
    encoder = encoder_in(space) if space else None
    if space is None or encoder is None:
        log.warning("items.unserved", workspace_id=workspace_id, items=len(ids))
        return 0
    return encode_items(workspace_id, ids, space=space, encoder=encoder)


def keep_vectors(space: Space, rows: Sequence[ItemText], found: Floats) -> int:
    """Keep items' vectors and tell the tastes that were drawn without them. Returns how many."""
    with transaction.atomic():
        kept = vectors.store_item_vectors(
            space=space,
            ids=[row.id for row in rows],
            hashes=[row.content_hash for row in rows],
            vectors=found,
        )
        tastes.raise_tasted(space, kept)
    return len(kept)


def encode_reviews(_: int, ids: Sequence[int], *, space: Space, encoder: Encoder) -> int:
    """Encode some reviews. Returns how many vectors were stored."""
    rows = load_review_texts(ids)
    return readings.store_review_vectors(
        space=space,
        ids=[row.id for row in rows],
        hashes=[row.content_hash for row in rows],
        vectors=encoder.encode([row.clean_text for row in rows]),
    )


def activate_space(workspace_id: int, ids: Sequence[int], *, encoder: Encoder | None = None) -> int:
    """Let a filled space serve, with everybody's taste in it. Returns 1 where it did not yet.

    Items that come while tastes are drawn are encoded before it does, where the `encoder` is
    given. Words stand otherwise in another space, so the vocabulary is due to be weighed again.
    """
    filled = Space.objects.filter(pk__in=ids, state=Space.State.BUILDING)
    activated = 0
    for space in filled:
        drawn = tastes.draw_ahead(space)
        if encoder is not None:
            due = items_to_encode(workspace_id)
            late = stages.not_parked(parts.ENCODE_ITEMS, due).order_by("pk")
            ids = list(late.values_list("pk", flat=True)[:LATE])
            encode_items(workspace_id, ids, space=space, encoder=encoder)
        with transaction.atomic():
            is_wanted = filled.filter(pk=space.pk).exists()  # another may be filled by now
            if is_wanted and spaces.activate(space=space):
                tastes.stand_in(space, drawn)
                tags.note_tagged(workspace_id)
                activated += 1
    return activated


class Reader:
    """Reads reviews of one workspace: for its scenario's aspects and its items' given tags."""

    def __init__(self, workspace_id: int) -> None:
        scenario = Workspace.objects.values_list("scenario", flat=True).get(pk=workspace_id)
        aspects = for_scenario(scenario)
        self.aspects = {aspect.key: aspect.names for aspect in aspects}
        given = load_tag_names(workspace_id)
        self.given = {key: called for key, called in given.items() if key not in self.aspects}
        words = {aspect.key: list(chain(*aspect.words.values())) for aspect in aspects}
        self.matcher = Matcher(self.given | words)
        self.by = load_reading(workspace_id)

    def __call__(self, workspace_id: int, ids: Sequence[int]) -> int:
        """Read some reviews. Returns how many readings were stored."""
        rows = load_review_texts(ids)
        found = read(
            [row.clean_text for row in rows],
            [row.language for row in rows],
            self.matcher,
            self.by.heads,
        )
        silent = reviews_of_silent(ids)
        mentioned = {aspect.key for reading in found for aspect in reading.aspects}
        ids_of_tags = self.tags_called(workspace_id, mentioned)
        return readings.store_readings(
            [
                readings.ReadingRow(
                    review_id=row.id,
                    content_hash=row.content_hash,
                    sentiment=reading.sentiment,
                    confidence=reading.confidence,
                    safety=reading.safety,
                    aspects=[
                        readings.AspectRow(
                            ids_of_tags[aspect.key], aspect.polarity, aspect.start, aspect.end
                        )
                        for aspect in reading.aspects
                        if aspect.key in ids_of_tags
                    ],
                    phrases=phrases_said(row) if row.id in silent else None,
                    passages=told_of(reading.passages),
                )
                for row, reading in zip(rows, found, strict=True)
            ],
            model=self.by.model,
            version=self.by.version,
        )

    def tags_called(self, workspace_id: int, keys: set[str]) -> dict[str, int]:
        """Return the ids of the tags that were mentioned, adding those that are missing."""
        given = {
            key: {tags.language_of_name(self.given[key][0]): self.given[key][0]}
            for key in keys
            if self.given.get(key)
        }
        aspects = {key: self.aspects[key] for key in keys if key in self.aspects}
        tags.ensure_tags(workspace_id=workspace_id, names=given, source=Tag.Source.GIVEN)
        vocabulary = tags.ensure_tags(
            workspace_id=workspace_id, names=aspects, source=Tag.Source.ASPECT
        )
        found = {key: vocabulary.find(key) for key in keys}
        return {key: tag_id for key, tag_id in found.items() if tag_id is not None}


def told_of(passages: Sequence[Passage] | None) -> list[tuple[int, int, float]] | None:
    """Return where each passage stands and how it was read; None where no head told."""
    return None if passages is None else [(p.start, p.end, p.polarity) for p in passages]


def tag_some(workspace_id: int, ids: Sequence[int]) -> int:
    """Tag some items with what they were sent with, and find their phrases.

    Those of an item that says nothing of itself are what several of its reviews say.
    """
    items = load_item_texts(ids)
    written = written_for(items)
    own = {row.id: phrases_of(row) for row in items}
    with transaction.atomic():
        wait_to_tag(workspace_id)
        spoken = said.said_of(said.lock_silent(ids))
        rows = [
            tags.TaggedItem(
                row.id,
                row.source_hash,
                row.tags,
                json.dumps([*own[row.id], *written.get(row.id, ()), *spoken.get(row.id, ())]),
            )
            for row in items
        ]
        changed = tags.store_item_tags(workspace_id=workspace_id, rows=rows, version=stages.TAG)
        readings.raise_evidence_about(changed)
        tags.note_tagged(workspace_id)
    return len(rows)


def phrases_said(row: ReviewText) -> list[tuple[str, float]]:
    """Return a review's key phrases that may speak for its item, trusted as an item's own."""
    found = phrases_of(row)
    return [(phrase, trust) for phrase, trust in found if may_be_said(phrase)]


def phrases_of(row: ItemText | ReviewText) -> list[tuple[str, float]]:
    """Return a text's key phrases, each with how far to trust it as a tag.

    Scores compare within one text only: the most telling phrase gets .7, one that is half as
    telling .5.
    """
    found = key_phrases(row.clean_text, row.language, limit=CANDIDATES)
    top = max((phrase.score for phrase in found), default=1.0)
    return [(phrase.text, round(0.3 + 0.4 * phrase.score / top, 3)) for phrase in found]


def written_for(items: Sequence[ItemText]) -> dict[int, list[tuple[str, float, str]]]:
    """Return by item the tags that a generator proposes and the text bears out.

    None unless the settings ask for them: a generator takes seconds a text. What of them is worth
    a tag is weighed as with phrases.
    """
    generator = load_generator() if settings.GENERATED_TAGS else None
    if generator is None:
        return {}
    asked = [row for row in items if row.clean_text and row.language in generator.languages]
    prompts = prompts_for([row.clean_text for row in asked], [row.language for row in asked])
    answers = generator.complete(prompts, max_tokens=MOST_TOKENS)
    return {
        row.id: [
            (tag, GENERATED_CONFIDENCE, "written") for tag in supported(answer.text, row.clean_text)
        ]
        for row, answer in zip(asked, answers, strict=True)
    }


def nothing(_: int, __: Sequence[int]) -> int:
    """Do nothing, where a stage turned out to have nothing to do."""
    return 0
