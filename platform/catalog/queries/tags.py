"""A workspace's vocabulary in memory, and the words that may enter it."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.keys import key_of
from catalog.models import Item, Tag
from catalog.vocabulary import Word, attribute_words, phrase_words


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tags of a workspace by their keys and by all their names; fields are no tags.

    `lasting` are the keys that do not come and go with the items' texts.
    """

    ids: Mapping[str, int]
    lasting: frozenset[str]
    fields: frozenset[str]

    def __contains__(self, key: str) -> bool:
        return key in self.ids or key in self.fields

    def find(self, name: str) -> int | None:
        """Return the id of the tag that is called `name`, in any language, if there is one."""
        return self.ids.get(key_of(name))


def load_vocabulary_of(workspace_id: int) -> Vocabulary:
    """Return the workspace's tags. Where two share a name, the older has it. One query."""
    ids: dict[str, int] = {}
    by_name: dict[str, int] = {}
    lasting: set[str] = set()
    fields: set[str] = set()
    rows = Tag.objects.filter(workspace_id=workspace_id).order_by("pk")
    for pk, key, names, source, is_field in rows.values_list(
        "pk", "key", "names", "source", "is_field"
    ):
        if is_field:
            fields.add(key)
            continue
        ids[key] = pk
        spoken = {key, *(key_of(str(name)) for name in names.values())}
        for name in spoken:
            by_name.setdefault(name, pk)
        if source != Tag.Source.PHRASE:
            lasting |= spoken
    return Vocabulary(by_name | ids, frozenset(lasting), frozenset(fields))


def load_words(workspace_id: int) -> tuple[list[Word], int]:
    """Return every attribute and phrase that might be a tag, and how many items there are.

    One query.
    """
    words: list[Word] = []
    items = 0
    rows = Item.objects.filter(workspace_id=workspace_id).order_by("pk")
    for pk, attributes, phrases in rows.values_list("pk", "attributes", "phrases").iterator():
        items += 1
        words += attribute_words(pk, attributes)
        words += phrase_words(pk, phrases)
    return words, items


def load_tag_names(workspace_id: int) -> dict[str, list[str]]:
    """Return how items' given tags and the lasting tags are called, by key. Two queries."""
    names: dict[str, list[str]] = {}
    tags = Tag.objects.filter(workspace_id=workspace_id, is_field=False, is_blocked=False)
    for key, called in tags.exclude(source=Tag.Source.PHRASE).values_list("key", "names"):
        names[key] = [str(name) for name in called.values()]
    known = {key_of(name): key for key, called in names.items() for name in called}
    given = Item.objects.filter(workspace_id=workspace_id).values_list("given_tags", flat=True)
    for name in {name for tags_of_item in given for name in tags_of_item}:
        key = key_of(name)
        if key and key not in known:
            names.setdefault(key, []).append(name)
    return {key: sorted(set(called)) for key, called in sorted(names.items())}
