"""Words that users bring into the vocabulary: their own, until enough of them say the same.

Whoever locks tags does it before users.
"""

from collections.abc import Sequence

from django.db.models import Count, Exists, OuterRef

from catalog.keys import key_of
from catalog.models import ItemTag, Tag
from catalog.queries.tags import load_vocabulary_of
from catalog.services.tags import language_of_name
from catalog.services.topics import lifted_in
from core.errors import InvalidError
from language.sensitive import topic_of
from profiles.models import AspectReading, Statement

# A word that fewer users hold might tell who one of them is.
LEAST_HOLDERS = 3
BROUGHT = (Tag.Source.USER, Tag.Source.SHARED)


def tag_named(workspace_id: int, words: str) -> Tag:
    """Return the tag that `words` mean, locked; it is added where it is missing.

    Where no tag is called so, one that means the same is that tag, if more than single users say
    it. Raises InvalidError where they mean none, or one that cannot be declared. Needs a
    transaction.
    """
    key = key_of(words)
    if not key:
        raise InvalidError(f"{words!r} names no tag.", field="tag", value=words)
    tags = Tag.objects.select_for_update(no_key=True).filter(workspace_id=workspace_id)
    # Most words are a tag's own key: the whole vocabulary is read only for other names.
    tag = tags.filter(key=key, merged_into=None, is_field=False).first()
    if tag is None:
        vocabulary = load_vocabulary_of(workspace_id)
        known = vocabulary.find(words)
        alike = tags.filter(pk__in=vocabulary.alike(words)).exclude(source=Tag.Source.USER)
        tag = (tags.filter(pk=known) if known else alike.order_by("is_blocked", "key")).first()
    if tag is None and topic_of([words], lifted_in(workspace_id)):
        raise InvalidError(
            f"Portraits do not speak of {words!r} here: it is a sensitive topic.",
            field="tag",
            value=words,
        )
    if tag is None:
        tag, _ = tags.get_or_create(
            workspace_id=workspace_id,
            key=key,
            defaults={
                "names": {language_of_name(words): words.strip()},
                "source": Tag.Source.USER,
            },
        )
    if tag.is_blocked or tag.is_field:
        raise InvalidError(f"The tag {words!r} cannot be declared here.", field="tag", value=words)
    return tag


def lock_brought_by(user_id: int) -> list[Tag]:
    """Return the tags that this user, perhaps among others, brought in, locked. One query."""
    held = Statement.objects.filter(user_id=user_id, tag=OuterRef("pk"))
    tags = Tag.objects.select_for_update().filter(Exists(held), source__in=BROUGHT)
    return list(tags.order_by("pk"))


def share(tags: Sequence[Tag]) -> None:
    """Offer those of these tags to everybody that enough users hold, and not the others.

    Only what users brought in: what staff took up is theirs to offer. The tags are locked. Three
    queries; none where users brought in none of them.
    """
    ids = [tag.pk for tag in tags if tag.source in BROUGHT]
    if not ids:
        return
    current = Statement.objects.filter(tag__in=ids, valid_until__isnull=True)
    held = current.exclude(status=Statement.Status.REJECTED).values("tag")
    counted = held.annotate(holders=Count("user")).filter(holders__gte=LEAST_HOLDERS)
    widely = list(counted.values_list("tag", flat=True))
    brought = Tag.objects.filter(pk__in=ids, source__in=BROUGHT)
    brought.filter(pk__in=widely).update(source=Tag.Source.SHARED)
    brought.exclude(pk__in=widely).update(source=Tag.Source.USER)


def drop_unused(tags: Sequence[Tag]) -> list[int]:
    """Delete those of these tags that nothing refers to any more. Returns their ids."""
    used = (
        Exists(Statement.objects.filter(tag=OuterRef("pk")))
        | Exists(AspectReading.objects.filter(tag=OuterRef("pk")))
        | Exists(ItemTag.objects.filter(tag=OuterRef("pk")))
        | Exists(Tag.objects.filter(parent=OuterRef("pk")))
    )
    unused = Tag.objects.filter(~used, pk__in=[tag.pk for tag in tags])
    ids = list(unused.values_list("pk", flat=True))
    Tag.objects.filter(pk__in=ids).delete()
    return ids
