"""The shapes of slates. What comes in is read by `recommendations.rows`."""

from typing import Any

from rest_framework import serializers


class InlineStatementIn(serializers.Serializer[Any]):
    """A like (1) or a dislike (-1) of a tag, of somebody who is not known."""

    tag = serializers.CharField()
    polarity = serializers.ChoiceField([1, -1], default=1)
    strength = serializers.FloatField(default=0.9)


class SlateRequestIn(serializers.Serializer[Any]):
    """What is wanted. Without a known `user`, `statements` and `text` say what the list is for."""

    user = serializers.CharField(required=False)
    length = serializers.IntegerField(default=10)
    placement = serializers.CharField(required=False)
    exclude_ids = serializers.ListField(child=serializers.CharField(), required=False)
    sources = serializers.ListField(child=serializers.CharField(), required=False)
    statements = InlineStatementIn(many=True, required=False)
    text = serializers.CharField(required=False)
    language = serializers.CharField(default="en")


class SlateItemOut(serializers.Serializer[Any]):
    """One place on a slate. Scores compare within one slate only."""

    id = serializers.CharField()
    title = serializers.CharField()
    score = serializers.FloatField()
    position = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.DictField())


class SlateWarningOut(serializers.Serializer[Any]):
    """Why a slate is shorter or less personal than it might be."""

    code = serializers.CharField()
    message = serializers.CharField()


class SlateOut(serializers.Serializer[Any]):
    """The envelope of a slate; its `id` opens the next page."""

    id = serializers.UUIDField()
    user = serializers.CharField(allow_null=True)
    items = SlateItemOut(many=True)
    warnings = SlateWarningOut(many=True)
    meta = serializers.DictField()


class SimilarItemOut(serializers.Serializer[Any]):
    """An item that goes with another, and what found it: "neighbours" or "text"."""

    id = serializers.CharField()
    title = serializers.CharField()
    score = serializers.FloatField()
    source = serializers.CharField()  # type: ignore[assignment] # what the wire calls it


class SimilarItemsOut(serializers.Serializer[Any]):
    """The items that go with an item, the closest first."""

    results = SimilarItemOut(many=True)
