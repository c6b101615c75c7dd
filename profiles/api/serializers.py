"""The shapes of users and of what is believed about them. What comes in is read elsewhere."""

from typing import Any

from rest_framework import serializers

from core.fields import LONGEST_ID
from core.schema import StrengthField
from profiles.models import Profile, Segment, User
from profiles.rows import LONGEST_KIND, LONGEST_LANGUAGE, LONGEST_NAME, LONGEST_REVIEW


class UserIn(serializers.Serializer[Any]):
    """A user as it is sent: a field that is null is empty afterwards, as is one left out.

    PATCH alone keeps what is left out.
    """

    id = serializers.CharField(
        required=False,
        max_length=LONGEST_ID,
        help_text="Needed in a batch; else it is in the address.",
    )
    name = serializers.CharField(required=False, allow_null=True, max_length=LONGEST_NAME)
    language = serializers.CharField(required=False, allow_null=True, max_length=LONGEST_LANGUAGE)
    traits = serializers.DictField(required=False, allow_null=True)


class UserOut(serializers.ModelSerializer[User]):
    """A user as it was sent."""

    id = serializers.CharField(source="external_id")

    class Meta:
        model = User
        fields = ["id", "name", "language", "traits", "is_paused", "created_at"]


class InteractionIn(serializers.Serializer[Any]):
    """A user met an item. Without `event_id`, what happened is its own name."""

    user = serializers.CharField(max_length=LONGEST_ID)
    item = serializers.CharField(max_length=LONGEST_ID)
    kind = serializers.CharField(max_length=LONGEST_KIND)
    value = serializers.FloatField(required=False, allow_null=True)
    text = serializers.CharField(
        required=False, allow_null=True, max_length=LONGEST_REVIEW, help_text="A review's text."
    )
    happened_at = serializers.DateTimeField(required=False, allow_null=True)
    event_id = serializers.CharField(required=False, allow_null=True, max_length=LONGEST_ID)
    slate_id = serializers.UUIDField(required=False, allow_null=True)


class EvidenceOut(serializers.Serializer[Any]):
    """An interaction that a statement rests on, with the user's own words."""

    item = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    happened_at = serializers.DateTimeField(allow_null=True)
    weight = serializers.FloatField()
    quote = serializers.CharField()
    sentiment = serializers.FloatField(allow_null=True)
    is_hidden = serializers.BooleanField(help_text="Staff have hidden the review: no words.")


class StatementOut(serializers.Serializer[Any]):
    """One belief about a user. `evidence` is the heaviest; `evidence_count` is all of it."""

    id = serializers.IntegerField()
    tag = serializers.CharField()
    name = serializers.CharField()
    parent = serializers.CharField()  # type: ignore[assignment] # what the wire calls it
    polarity = serializers.IntegerField()
    strength = serializers.FloatField()
    confidence = serializers.FloatField()
    level = serializers.CharField()
    status = serializers.CharField()
    is_hidden = serializers.BooleanField()
    is_reviewed = serializers.BooleanField()
    can_undo = serializers.BooleanField(help_text="Whether the last word on it can be taken back.")
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)
    evidence_count = serializers.IntegerField()
    evidence = EvidenceOut(many=True)


class UndoneOut(serializers.Serializer[Any]):
    """What holds of the tag once the last word on it is taken back; null where nothing does."""

    statement = StatementOut(allow_null=True)


class StatementsOut(serializers.Serializer[Any]):
    """A user's current statements, the strongest first."""

    results = StatementOut(many=True)


class StatementIn(serializers.Serializer[Any]):
    """What a user says of themselves: a like (1) or a dislike (-1) of a tag."""

    tag = serializers.CharField(
        max_length=100,
        help_text="A tag's key or its name.",
        error_messages={
            "required": "It is missing: send a tag's key or its name.",
            "blank": "It is empty: send a tag's key or its name.",
            "invalid": "Send text: a tag's key or its name.",
        },
    )
    polarity = serializers.ChoiceField(
        [1, -1],
        default=1,
        error_messages={"invalid_choice": "It is '{input}': send 1 (likes) or -1 (dislikes)."},
    )
    strength = StrengthField(default=0.9)


class ProfileSegmentOut(serializers.Serializer[Any]):
    """The user's segment; a smaller distance from its centre is more typical.

    Without a distance the place is provisional: it follows from what is stated of the user alone.
    """

    number = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    size = serializers.IntegerField()
    distance = serializers.FloatField(allow_null=True)


class CountsOut(serializers.Serializer[Any]):
    """What the portrait was drawn from."""

    interactions = serializers.IntegerField()
    reviews = serializers.IntegerField()
    items = serializers.IntegerField()


class WordingOut(serializers.Serializer[Any]):
    """Who put the description into words, and when.

    `written_at` is null for the moments in which the words stored are behind the statements:
    the description was then made for this answer.
    """

    how = serializers.ChoiceField(["generator", "mixed", "template"])
    model = serializers.CharField()
    statements = serializers.IntegerField(help_text="How many statements it tells.")
    written_at = serializers.DateTimeField(allow_null=True)


class PortraitOut(serializers.Serializer[Any]):
    """Everything believed about one user, and why."""

    user = serializers.CharField()
    name = serializers.CharField()
    language = serializers.CharField()
    is_paused = serializers.BooleanField()
    is_ready = serializers.BooleanField()
    as_of = serializers.DateTimeField(allow_null=True)
    description = serializers.CharField()
    wording = WordingOut(allow_null=True)
    statements = StatementOut(many=True)
    latent = StatementOut(many=True, help_text="Guesses from similar users: never facts.")
    behaviour = serializers.DictField()
    sentiment = serializers.DictField()
    segment = ProfileSegmentOut(allow_null=True)
    counts = CountsOut()


class SegmentOut(serializers.ModelSerializer[Segment]):
    """A cluster of users, named from what its members like."""

    class Meta:
        model = Segment
        fields = ["number", "names", "description", "size", "updated_at"]


class SegmentPageOut(serializers.Serializer[Any]):
    """Some segments; `next_cursor` opens the following page."""

    results = SegmentOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class MemberOut(serializers.ModelSerializer[Profile]):
    """A user in a segment; a small margin means that another segment is almost as near."""

    id = serializers.CharField(source="user.external_id")
    name = serializers.CharField(source="user.name")
    distance = serializers.FloatField(source="segment_distance")
    margin = serializers.FloatField(source="segment_margin", allow_null=True)

    class Meta:
        model = Profile
        fields = ["id", "name", "distance", "margin"]


class MemberPageOut(serializers.Serializer[Any]):
    """Some members, the most typical first; `next_cursor` opens the following page."""

    results = MemberOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class StoreCountOut(serializers.Serializer[Any]):
    """How many rows of one kind there were, and are."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()


class ErasureOut(serializers.Serializer[Any]):
    """The receipt of an erasure: every kind of row, counted before and after."""

    user = serializers.CharField()
    erased_at = serializers.DateTimeField()
    rows = serializers.DictField(child=StoreCountOut())
