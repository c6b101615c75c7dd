"""Choosing a workspace's vocabulary: which words are tags, and which mean the same."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction

from catalog.models import Item, ItemTag, Tag
from catalog.queries.tags import COMING_AND_GOING, Found, load_vocabulary_of, load_words
from catalog.services.fields import file_under_fields
from catalog.services.tags import (
    ATTRIBUTE,
    GIVEN,
    PHRASE,
    SAID,
    VERSION,
    WRITTEN,
    ensure_tags,
    language_of_name,
    replace_item_tags,
)
from catalog.vocabulary import (
    Meanings,
    Origin,
    Word,
    choose_words,
    renamed,
    standing_for,
    surest_last,
    worth_encoding,
)
from core.holding import hold

log = structlog.get_logger(__name__)

MODELS: Mapping[Origin, str] = {
    "given": GIVEN,
    "attribute": ATTRIBUTE,
    "phrase": PHRASE,
    "written": WRITTEN,
    "said": SAID,
}
SOURCES: Mapping[Origin, str] = {
    "given": Tag.Source.GIVEN,
    "attribute": Tag.Source.GIVEN,
    "phrase": Tag.Source.PHRASE,
    "written": Tag.Source.WRITTEN,
    "said": Tag.Source.PHRASE,
}
# Sources of the words that may be given up for another; what people chose to say stays as it is.
MERGEABLE = frozenset({Tag.Source.GIVEN, *COMING_AND_GOING} - {Tag.Source.CLUSTER})


@dataclass(frozen=True, slots=True)
class Draft:
    """The words of a workspace's items, by the names of its tags, before any is chosen.

    `fixed` are the keys of tags that are not given up for a synonym; `private` those of them that
    are so because of what single users said, for which nothing else is given up either.
    """

    found: Found
    words: list[Word]
    fixed: frozenset[str]
    private: frozenset[str]

    @property
    def meant(self) -> list[str]:
        """The words whose vectors are worth having, sorted."""
        return worth_encoding(self.words, self.fixed)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The words that are worth a tag, and by its key the tag that stands for each other one."""

    words: list[Word]
    one: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What weighing changed: items whose tags are others now, and tags whose field is."""

    items: list[int]
    filed: list[int]


def draft_vocabulary(workspace_id: int, *, keep: Collection[int] = ()) -> Draft:
    """Read everything that might be a tag, for its words to be encoded. Two queries.

    `keep` are tags that are not to be given up for a synonym, whatever they are.
    """
    found = load_words(workspace_id)
    vocabulary = load_vocabulary_of(workspace_id, with_guesses=False)
    words = renamed(found.words, {word.key: vocabulary.key_for(word.key) for word in found.words})
    tags = Tag.objects.filter(workspace_id=workspace_id, is_field=False)
    rows = list(tags.values_list("pk", "key", "source"))
    return Draft(
        found=found,
        words=words,
        fixed=frozenset(key for pk, key, source in rows if source not in MERGEABLE or pk in keep),
        private=frozenset(
            key
            for pk, key, source in rows
            if source == Tag.Source.USER or (pk in keep and source in MERGEABLE)
        ),
    )


def choose_vocabulary(workspace_id: int, draft: Draft, meanings: Meanings | None) -> Chosen:
    """Choose the words that are worth a tag. One query, and the longest part of the weighing.

    Words that mean the same become one tag, better where there are `meanings`, and phrases that
    tell nothing of an item are left out. Works from the items' words alone, so that the result
    does not depend on what was chosen before.
    """
    one = standing_for(draft.words, meanings, fixed=draft.fixed, private=draft.private)
    words = choose_words(
        renamed(draft.words, one),
        meanings,
        items=len(draft.found.languages),
        known=load_vocabulary_of(workspace_id, with_guesses=False).lasting,
        makers=draft.found.makers,
    )
    return Chosen(words, one)


@transaction.atomic
def weigh_vocabulary(
    workspace_id: int, draft: Draft, chosen: Chosen, meanings: Meanings | None
) -> Weighed:
    """Tag all items with the words that were chosen, and file the tags under interest fields.

    The last needs `meanings`. Items that are gone by now are left out. Needs `wait_to_tag`. Safe
    to repeat.
    """
    there = hold(Item, {word.item_id for word in chosen.words})
    words = [word for word in chosen.words if word.item_id in there]
    _name(workspace_id, words)
    merged = _merge(workspace_id, chosen.one, draft.fixed)
    items = _tag_with(workspace_id, words)
    filed = file_under_fields(workspace_id, meanings) if meanings else []
    log.info(
        "vocabulary.weighed",
        workspace_id=workspace_id,
        words=len(words),
        items=len(items),
        merged=merged,
        filed=len(filed),
    )
    return Weighed(items, filed)


def _name(workspace_id: int, words: Sequence[Word]) -> None:
    """Add the tags that are missing, each called as the items call it."""
    for origin in MODELS:
        names = {word.key: word.name for word in words if word.origin == origin}
        ensure_tags(
            workspace_id=workspace_id,
            names={key: {language_of_name(name): name} for key, name in names.items()},
            source=SOURCES[origin],
        )


def _merge(workspace_id: int, one: Mapping[str, str], fixed: Collection[str]) -> int:
    """Point the tags that are given up at those that stand for them. Returns how many changed.

    What staff merged or parted is theirs.
    """
    tags = list(Tag.objects.filter(workspace_id=workspace_id, is_field=False).order_by("pk"))
    by_key = {tag.key: tag for tag in tags}
    changed = []
    for tag in tags:
        if tag.source == Tag.Source.STAFF:
            continue
        target = None if tag.key in fixed else by_key.get(one.get(tag.key, ""))
        if tag.merged_into_id != (target.pk if target else None):
            tag.merged_into = target
            changed.append(tag)
    Tag.objects.bulk_update(changed, ["merged_into"], batch_size=1_000)
    return len(changed)


def _tag_with(workspace_id: int, words: Sequence[Word]) -> list[int]:
    vocabulary = load_vocabulary_of(workspace_id)
    wanted = {
        (word.item_id, tag_id): ItemTag(
            workspace_id=workspace_id,
            item_id=word.item_id,
            tag_id=tag_id,
            confidence=word.confidence,
            words=word.name[:200],
            model=MODELS[word.origin],
            version=VERSION,
        )
        for word in surest_last(words)
        if (tag_id := vocabulary.find(word.key)) is not None
    }
    found = ItemTag.objects.filter(workspace_id=workspace_id, model__in=MODELS.values())
    return replace_item_tags(found, wanted)
