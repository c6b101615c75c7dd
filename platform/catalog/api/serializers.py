"""The shapes of items and tags over HTTP. What comes in is read by `catalog.rows`."""

from typing import Any

from rest_framework import serializers

from catalog.models import Item, ItemTag, Tag
from catalog.queries.vocabulary import tags_of
from catalog.rows import LONGEST_TAG, LONGEST_TEXT, LONGEST_TITLE, MOST_TAGS
from core.fields import LONGEST_ID


class ItemIn(serializers.Serializer[Any]):
    """An item as it is sent: a field that is null is empty afterwards, as is one left out.

    PATCH alone keeps what is left out.
    """

    id = serializers.CharField(
        required=False,
        max_length=LONGEST_ID,
        help_text="Needed in a batch; else it is in the address.",
    )
    title = serializers.CharField(required=False, allow_null=True, max_length=LONGEST_TITLE)
    text = serializers.CharField(required=False, allow_null=True, max_length=LONGEST_TEXT)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TAG),
        required=False,
        allow_null=True,
        max_length=MOST_TAGS,
    )
    attributes = serializers.DictField(required=False, allow_null=True)
    is_available = serializers.BooleanField(default=True, allow_null=True)
    available_from = serializers.DateTimeField(required=False, allow_null=True)
    available_until = serializers.DateTimeField(required=False, allow_null=True)


class ItemTagOut(serializers.Serializer[ItemTag]):
    """A tag that an item was found to have, and because of which words."""

    tag = serializers.CharField(source="tag.key")
    names = serializers.DictField(source="tag.names", child=serializers.CharField())
    confidence = serializers.FloatField()
    words = serializers.CharField()


class ItemOut(serializers.ModelSerializer[Item]):
    """An item as it was sent, and what was found in it."""

    id = serializers.CharField(source="external_id")
    tags = serializers.ListField(source="given_tags", child=serializers.CharField())
    found_tags = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = [
            "id",
            "title",
            "text",
            "tags",
            "attributes",
            "is_available",
            "available_from",
            "available_until",
            "language",
            "found_tags",
            "created_at",
            "updated_at",
        ]

    def get_found_tags(self, item: Item) -> list[dict[str, Any]]:
        return [dict(ItemTagOut(tag).data) for tag in tags_of(item)]


class TagOut(serializers.ModelSerializer[Tag]):
    """A word of the vocabulary; `parent` is the key of its field of interest."""

    parent = serializers.CharField(  # type: ignore[assignment] # what the wire calls it
        source="parent.key", default=None, allow_null=True
    )

    class Meta:
        model = Tag
        fields = ["key", "names", "parent", "source", "is_field"]


class TagPageOut(serializers.Serializer[Any]):
    """Some tags; `next_cursor` opens the following page."""

    results = TagOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
