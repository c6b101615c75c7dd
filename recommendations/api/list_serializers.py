"""The shapes of lists and playlists. What comes in is read by `recommendations.lists`."""

from typing import Any

from rest_framework import serializers

from core.fields import LONGEST_ID
from recommendations.api.serializers import SlateOut, SlateWarningOut
from recommendations.checks import LONGEST_PLACEMENT, LONGEST_SLATE, MOST_EXCLUDED
from recommendations.lists import KINDS, LONGEST_PLAYLIST, MOST_OF_A_KIND


class ListsRequestIn(serializers.Serializer[Any]):
    """Which lists are wanted. An item stands on the first list alone that has it."""

    user = serializers.CharField(required=False, allow_null=True, max_length=LONGEST_ID)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(KINDS),
        required=False,
        help_text="All of them where it is left out: because of past items and of statements, "
        "favourites of the user's segment, what is taken to more of late, what is new.",
    )
    length = serializers.IntegerField(default=10, min_value=1, max_value=LONGEST_SLATE)
    of_a_kind = serializers.IntegerField(
        default=2,
        min_value=1,
        max_value=MOST_OF_A_KIND,
        help_text="The most lists for past items, and for statements.",
    )
    placement = serializers.CharField(required=False, max_length=LONGEST_PLACEMENT)
    exclude_ids = serializers.ListField(
        child=serializers.CharField(), required=False, max_length=MOST_EXCLUDED
    )
    language = serializers.CharField(default="en", max_length=16, help_text="Of the words.")


class PlaylistRequestIn(serializers.Serializer[Any]):
    """What a playlist starts from: an item, or a tag, or what suits the user."""

    user = serializers.CharField(required=False, allow_null=True, max_length=LONGEST_ID)
    item = serializers.CharField(required=False, allow_null=True, max_length=LONGEST_ID)
    tag = serializers.CharField(
        required=False, allow_null=True, max_length=LONGEST_ID, help_text="A tag's key or its name."
    )
    length = serializers.IntegerField(default=20, min_value=1, max_value=LONGEST_PLAYLIST)
    placement = serializers.CharField(default="playlist", max_length=LONGEST_PLACEMENT)
    exclude_ids = serializers.ListField(
        child=serializers.CharField(), required=False, max_length=MOST_EXCLUDED
    )
    language = serializers.CharField(default="en", max_length=16, help_text="Of the words.")


class AboutOut(serializers.Serializer[Any]):
    """What a list is about: a past item, a statement or a segment; nothing for the other kinds."""

    item = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    is_liked = serializers.BooleanField(required=False)
    statement = serializers.IntegerField(required=False, allow_null=True)
    tag = serializers.CharField(required=False)
    segment = serializers.IntegerField(required=False, help_text="Its number.")
    name = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Of the tag or segment."
    )
    polarity = serializers.ChoiceField([1, -1], required=False)


class ListOut(serializers.Serializer[Any]):
    """One list: what it is, its heading in the language that was asked for, and its slate."""

    kind = serializers.ChoiceField(KINDS)
    heading = serializers.CharField()
    about = AboutOut()
    slate = SlateOut()


class ListsOut(serializers.Serializer[Any]):
    """The lists that hold something, in the order of the kinds."""

    results = ListOut(many=True)
    warnings = SlateWarningOut(many=True)
