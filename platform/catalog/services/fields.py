"""Filing tags under interest fields: guessed where staff have not said."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.models import Workspace
from catalog.fields import classify, fields_for
from catalog.keys import key_of
from catalog.models import Tag
from catalog.vocabulary import Meanings
from core.arrays import Floats

PREFIX = "field:"  # a field's key, so that a tag of the same word is another row


def ensure_fields(workspace_id: int) -> None:
    """Give a workspace that has no interest fields those of its scenario. Two or three queries."""
    tags = Tag.objects.filter(workspace_id=workspace_id, is_field=True)
    if tags.exists():
        return
    scenario = Workspace.objects.values_list("scenario", flat=True).get(pk=workspace_id)
    Tag.objects.bulk_create(
        [
            Tag(
                workspace_id=workspace_id,
                key=f"{PREFIX}{field.key}",
                names=dict(field.names),
                source=Tag.Source.STAFF,
                is_field=True,
            )
            for field in fields_for(scenario)
        ],
        ignore_conflicts=True,
    )


def words_of_fields(workspace_id: int) -> dict[int, list[str]]:
    """Return the words that belong to each field, by its id: to be encoded with the others.

    They are its names, the tags that staff put there, and for a field that was shipped the words
    that came with it. Blocked fields are left out. Two queries.
    """
    scenario = Workspace.objects.values_list("scenario", flat=True).get(pk=workspace_id)
    shipped = {f"{PREFIX}{field.key}": field.words for field in fields_for(scenario)}
    tags = Tag.objects.filter(workspace_id=workspace_id)
    fields = tags.filter(is_field=True, is_blocked=False).order_by("pk")
    words = {
        pk: {*map(str, names.values()), *shipped.get(key, ())}
        for pk, key, names in fields.values_list("pk", "key", "names")
    }
    chosen = tags.filter(parent__in=words, field_confidence=None, is_field=False)
    for parent, names in chosen.values_list("parent_id", "names"):
        words[parent].update(map(str, names.values()))
    return {pk: sorted(filter(None, map(key_of, known))) for pk, known in words.items()}


def file_under_fields(workspace_id: int, meanings: Meanings) -> list[int]:
    """Put every tag whose field staff have not chosen under the likeliest, or under none.

    Returns the ids of the tags that are filed otherwise than before. What staff wrote, parted or
    filed themselves is left alone. Needs the vectors of the fields' words among `meanings`.
    """
    members = _members(words_of_fields(workspace_id), meanings)
    tags = _to_file(workspace_id, meanings)
    if not members or not tags:
        return []
    places = classify(meanings.of([tag.key for tag in tags]), list(members.values()))
    fields = list(members)
    changed = []
    for tag, (place, confidence) in zip(tags, places, strict=True):
        filed = (fields[place], confidence) if place >= 0 else (None, None)
        if (tag.parent_id, tag.field_confidence) != filed:
            tag.parent_id, tag.field_confidence = filed
            changed.append(tag)
    Tag.objects.bulk_update(changed, ["parent", "field_confidence"], batch_size=1_000)
    return [tag.pk for tag in changed]


def _members(words: Mapping[int, Sequence[str]], meanings: Meanings) -> dict[int, Floats]:
    known = {pk: [word for word in each if word in meanings.words] for pk, each in words.items()}
    return {pk: meanings.of(each) for pk, each in known.items() if each}


def _to_file(workspace_id: int, meanings: Meanings) -> list[Any]:
    tags = Tag.objects.filter(workspace_id=workspace_id, is_field=False).exclude(
        source__in=[Tag.Source.STAFF, Tag.Source.ASPECT, Tag.Source.CLUSTER]
    )
    return [
        tag
        for tag in tags.order_by("pk")
        if tag.key in meanings.words and (tag.parent_id is None or tag.field_confidence is not None)
    ]
