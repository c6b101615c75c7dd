"""The vocabulary grows with what items carry, and items are tagged with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F

from accounts.models import Workspace
from catalog.keys import key_of
from catalog.models import Item, ItemTag, Tag
from catalog.queries.tags import Vocabulary, load_vocabulary_of
from catalog.services.bearers import alone_beside
from catalog.services.topics import held, judge_tags, lifted_in
from core.errors import InvalidError
from language.noise import says_nothing

log = structlog.get_logger(__name__)

GIVEN, ATTRIBUTE = "likeness.given", "likeness.attribute"
PHRASE, WRITTEN, SAID = "likeness.phrase", "likeness.written", "likeness.said"
VERSION = "tag-3"

MARK = """
    UPDATE catalog_item AS item
    SET phrases = new.phrases::jsonb, tagged_source = new.source_hash, tag_version = %s
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (id, source_hash, phrases)
    WHERE item.id = new.id AND item.source_hash = new.source_hash
    RETURNING item.id
"""


@dataclass(frozen=True, slots=True)
class TaggedItem:
    """An item's given tags as they were sent, and the key phrases of its text as JSON pairs."""

    id: int
    source_hash: str
    given: Sequence[str]
    phrases: str


def ensure_tags(
    *, workspace_id: int, names: Mapping[str, Mapping[str, str]], source: str
) -> Vocabulary:
    """Add the tags that are missing, and return the whole vocabulary.

    `names` are what to show by language, by key. A tag is missing where neither its key nor one
    of its names is known; one of a sensitive topic is blocked from
    the start. At most four queries.
    """
    vocabulary = load_vocabulary_of(workspace_id)
    missing = [key for key in sorted(names) if key and key not in vocabulary]
    if not missing:
        return vocabulary
    lifted = lifted_in(workspace_id)
    Tag.objects.bulk_create(
        [
            Tag(
                workspace_id=workspace_id,
                key=key,
                names=dict(names[key]),
                source=source,
                **held((key, *names[key].values()), lifted),
            )
            for key in missing
        ],
        ignore_conflicts=True,
    )
    return load_vocabulary_of(workspace_id)


@transaction.atomic
def store_item_tags(*, workspace_id: int, rows: Sequence[TaggedItem], version: str) -> list[int]:
    """Tag items with what they were sent with, and keep their phrases for `weigh_vocabulary`.

    Items that changed since are left. Needs `wait_to_tag`. Returns the items that
    `replace_item_tags` does.
    """
    with connection.cursor() as cursor:
        ids = [row.id for row in rows]
        hashes, phrases = [row.source_hash for row in rows], [row.phrases for row in rows]
        cursor.execute(MARK, [version, ids, hashes, phrases])
        kept = {item_id for (item_id,) in cursor.fetchall()}
    given = {name for row in rows for name in row.given if not says_nothing(name)}
    spoken = {key_of(name): name.strip() for row in rows for name in row.given if name in given}
    vocabulary = ensure_tags(
        workspace_id=workspace_id,
        names={key: {language_of_name(name): name} for key, name in spoken.items()},
        source=Tag.Source.GIVEN,
    )
    wanted = {
        (row.id, tag_id): ItemTag(
            workspace_id=workspace_id,
            item_id=row.id,
            tag_id=tag_id,
            words=name.strip()[:200],
            model=GIVEN,
            version=VERSION,
        )
        for row in rows
        if row.id in kept
        for name in row.given
        if name in given and (tag_id := vocabulary.find(name)) is not None
    }
    return replace_item_tags(ItemTag.objects.filter(item_id__in=kept, model=GIVEN), wanted)


def note_tagged(workspace_id: int) -> None:
    """Say that items have been tagged, so that the vocabulary is due to be weighed.

    Whoever also raises users does that first: everybody locks users before their workspace.
    """
    Workspace.objects.filter(pk=workspace_id).update(tagged_revision=F("tagged_revision") + 1)


def note_weighed(workspace_id: int, *, revision: int) -> None:
    """Say that the vocabulary has been weighed with what was tagged up to `revision`."""
    Workspace.objects.filter(pk=workspace_id, vocabulary_revision__lt=revision).update(
        vocabulary_revision=revision
    )


def replace_item_tags(found: Any, wanted: Mapping[tuple[int, int], ItemTag]) -> list[int]:
    """Make `found` what is `wanted`, touching only what differs.

    Returns the items touched, and those that bear a tag alone because of it, or no longer alone.
    Needs `wait_to_tag`; at most four queries.
    """
    stored = {
        (item_id, tag_id): (pk, *what)
        for pk, item_id, tag_id, *what in found.values_list(
            "pk", "item_id", "tag_id", "model", "confidence", "words"
        )
    }
    same = {
        pair
        for pair, (_, *what) in stored.items()
        if pair in wanted
        and [wanted[pair].model, wanted[pair].confidence, wanted[pair].words] == what
    }
    gone = [row[0] for pair, row in stored.items() if pair not in same]
    fresh = [row for pair, row in wanted.items() if pair not in same]
    ItemTag.objects.filter(pk__in=gone).delete()
    ItemTag.objects.bulk_create(
        fresh,
        batch_size=5_000,
        update_conflicts=True,
        unique_fields=["item", "tag"],
        update_fields=["confidence", "words", "model", "version"],
    )
    came, went = wanted.keys() - stored.keys(), stored.keys() - wanted.keys()
    touched = {item_id for item_id, _ in (stored.keys() | wanted.keys()) - same}
    return sorted(touched | alone_beside(came, went))


@transaction.atomic
def load_vocabulary(workspace: Workspace, mapping: Mapping[str, Any]) -> int:
    """Bring the names and fields of a vocabulary file into the workspace. Returns how many tags.

    The file has "fields" and "tags": names by language, by the tag's key; a tag may name its
    field as "parent". Where anything is new, items are tagged anew, so that names known from now
    on find their tags.
    """
    before = _spoken(workspace)
    fields = _upsert(workspace, mapping.get("fields", {}), parents={}, is_field=True)
    parents = {tag.key: tag for tag in fields}
    tags = _upsert(workspace, mapping.get("tags", {}), parents=parents, is_field=False)
    judge_tags(workspace.pk)
    if _spoken(workspace) != before:
        tag_anew(workspace_id=workspace.pk)
    return len(fields) + len(tags)


def tag_anew(*, workspace_id: int) -> None:
    """Let all items be tagged again: a name that is new, or means another tag, may be in any."""
    Item.objects.filter(workspace_id=workspace_id).update(tag_version="")


def _spoken(workspace: Workspace) -> list[tuple[object, ...]]:
    tags = Tag.objects.filter(workspace=workspace).order_by("pk")
    return list(tags.values_list("key", "names", "parent", "is_field"))


def _upsert(
    workspace: Workspace,
    entries: Mapping[str, Mapping[str, str]],
    *,
    parents: Mapping[str, Tag],
    is_field: bool,
) -> list[Tag]:
    unknown = {entry.get("parent") for entry in entries.values()} - {None, *parents}
    if unknown:
        raise InvalidError(
            f"The vocabulary names the field {min(map(str, unknown))!r} and does not list it.",
            field="parent",
        )
    return Tag.objects.bulk_create(
        [
            Tag(
                workspace=workspace,
                key=key_of(key),
                names={name: entry[name] for name in entry if name != "parent"},
                parent=parents.get(entry.get("parent", "")),
                source=Tag.Source.STAFF,
                is_field=is_field,
            )
            for key, entry in entries.items()
        ],
        update_conflicts=True,
        unique_fields=["workspace", "key"],
        update_fields=["names", "parent", "is_field"],
    )


def language_of_name(name: str) -> str:
    """Return in which language to show a tag that came without one: Chinese or English."""
    return "zh" if any("㐀" <= character <= "鿿" for character in name) else "en"
