"""A workspace's vocabulary in memory, and the words that may enter it."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.keys import key_of
from catalog.models import Item, Tag
from catalog.vocabulary import Word, attribute_words, given_words, maker_of, phrase_words
from language.synonyms import sense_of

# Sources of tags that last only as long as the texts they were found in.
COMING_AND_GOING = (Tag.Source.PHRASE, Tag.Source.WRITTEN, Tag.Source.CLUSTER)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tags of a workspace by their keys and by all their names; fields are no tags.

    `keys` are the tags' own keys by id; `lasting` are the names that do not come and go with the
    items' texts.
    """

    ids: Mapping[str, int]
    keys: Mapping[int, str]
    lasting: frozenset[str]
    fields: frozenset[str]

    def __contains__(self, key: str) -> bool:
        return key in self.ids or key in self.fields

    def find(self, name: str) -> int | None:
        """Return the id of the tag that is called `name`, in any language, if there is one."""
        return self.ids.get(key_of(name))

    def alike(self, name: str) -> list[int]:
        """Return the ids of the tags that mean the same as `name`, whatever they are called.

        By the senses of `language.synonyms`, as items' own words are made one tag.
        """
        sense = sense_of(key_of(name))
        return sorted({pk for called, pk in self.ids.items() if sense_of(called) == sense})

    def key_for(self, key: str) -> str:
        """Return the key of the tag that is called `key`, or `key` where there is none."""
        return self.keys[self.ids[key]] if key in self.ids else key


def load_vocabulary_of(workspace_id: int, *, with_guesses: bool = True) -> Vocabulary:
    """Return the workspace's tags. Where two share a name, the older has it. One query.

    The names of a tag that is merged into another are names of that other one; without guesses
    only where staff merged it.
    """
    tags = Tag.objects.filter(workspace_id=workspace_id).order_by("pk")
    rows = list(tags.values_list("pk", "key", "names", "source", "is_field", "merged_into"))
    merged = {
        pk: target
        for pk, _, _, source, _, target in rows
        if target and (with_guesses or source == Tag.Source.STAFF)
    }
    ids: dict[str, int] = {}
    by_name: dict[str, int] = {}
    lasting: set[str] = set()
    fields: set[str] = set()
    for pk, key, names, source, is_field, _ in rows:
        if is_field:
            fields.add(key)
            continue
        used = _root(merged, pk)
        ids[key] = used
        spoken = {key, *(key_of(str(name)) for name in names.values())}
        for name in spoken:
            by_name.setdefault(name, used)
        if source not in COMING_AND_GOING:
            lasting |= spoken
    keys = {pk: key for pk, key, *_ in rows}
    return Vocabulary(by_name | ids, keys, frozenset(lasting), frozenset(fields))


def _root(merged: Mapping[int, int], pk: int) -> int:
    """Return the tag at the end of a chain of merged ones."""
    seen = {pk}
    while pk in merged and merged[pk] not in seen:
        pk = merged[pk]
        seen.add(pk)
    return pk


@dataclass(frozen=True, slots=True)
class Found:
    """Every word that might be a tag, the languages and the makers of the items, by item id."""

    words: list[Word]
    languages: dict[int, str]
    makers: dict[int, str]


def load_words(workspace_id: int) -> Found:
    """Return what items were sent with and what was found in them. One query."""
    found = Found([], {}, {})
    rows = Item.objects.filter(workspace_id=workspace_id).order_by("pk")
    columns = ("pk", "language", "given_tags", "attributes", "phrases")
    for pk, language, given, attributes, phrases in rows.values_list(*columns).iterator():
        found.languages[pk] = language
        found.words.extend(given_words(pk, given))
        found.words.extend(attribute_words(pk, attributes))
        found.words.extend(phrase_words(pk, phrases))
        if maker := maker_of(attributes):
            found.makers[pk] = maker
    return found


def load_tag_names(workspace_id: int) -> dict[str, list[str]]:
    """Return how items' given tags and the lasting tags are called, by key. Two queries."""
    names: dict[str, list[str]] = {}
    tags = Tag.objects.filter(workspace_id=workspace_id, is_field=False, is_blocked=False)
    for key, called in tags.exclude(source__in=COMING_AND_GOING).values_list("key", "names"):
        names[key] = [str(name) for name in called.values()]
    known = {key_of(name): key for key, called in names.items() for name in called}
    given = Item.objects.filter(workspace_id=workspace_id).values_list("given_tags", flat=True)
    for name in {name for tags_of_item in given for name in tags_of_item}:
        key = key_of(name)
        if key and key not in known:
            names.setdefault(key, []).append(name)
    return {key: sorted(set(called)) for key, called in sorted(names.items())}
