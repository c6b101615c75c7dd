"""The shapes of slates. What comes in is read by `recommendations.rows`."""

from typing import Any, get_args

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from core.fields import LONGEST_ID
from core.schema import StrengthField
from recommendations.api.filter_schema import FilterField
from recommendations.checks import LONGEST_PLACEMENT, LONGEST_SLATE, MOST_EXCLUDED
from recommendations.engine.reasons import ReasonKind
from recommendations.filters import LARGEST_FACTOR, LEAST_FACTOR, MOST_BOOSTS
from recommendations.rows import LONGEST_TEXT, MOST_STATEMENTS, SOURCES

# Kinds of reasons that are no part of a score.
OF_LISTS = ("segment", "trending", "new", "seed")
SOURCE_CHOICES = [(source, source) for source in SOURCES]
REASON_KINDS = [
    (kind, kind) for kind in dict.fromkeys([*get_args(ReasonKind), "explored", *OF_LISTS])
]


class InlineStatementIn(serializers.Serializer[Any]):
    """A like (1) or a dislike (-1) of a tag, of somebody who is not known."""

    tag = serializers.CharField(max_length=LONGEST_ID, help_text="A tag's key or its name.")
    polarity = serializers.ChoiceField([1, -1], default=1)
    strength = StrengthField(default=0.9)


class InlineStatementField(serializers.Field[Any, Any, Any, Any]):
    """A statement that comes with a request: an object, or a tag's name alone."""


class InlineStatementSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # its base registers it
    """Describes both forms of a statement."""

    target_class = InlineStatementField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the two forms as alternatives."""
        whole = auto_schema.resolve_serializer(InlineStatementIn, direction).ref
        name = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}
        return {"oneOf": [whole, name]}


class BoostIn(serializers.Serializer[Any]):
    """What fits the filter counts `factor` times as much; below 1, it counts less."""

    filter = FilterField()
    factor = serializers.FloatField(min_value=LEAST_FACTOR, max_value=LARGEST_FACTOR)


class SlateRequestIn(serializers.Serializer[Any]):
    """What is wanted. Without a known `user`, `statements` and `text` say what the list is for."""

    user = serializers.CharField(required=False, allow_null=True, max_length=LONGEST_ID)
    length = serializers.IntegerField(default=10, min_value=1, max_value=LONGEST_SLATE)
    placement = serializers.CharField(required=False, max_length=LONGEST_PLACEMENT)
    exclude_ids = serializers.ListField(
        child=serializers.CharField(), required=False, max_length=MOST_EXCLUDED
    )
    sources = serializers.ListField(
        child=serializers.ChoiceField(SOURCES),
        required=False,
        min_length=1,
        help_text="Who may propose items; all of them where it is left out.",
    )
    statements = serializers.ListField(
        child=InlineStatementField(), required=False, max_length=MOST_STATEMENTS
    )
    text = serializers.CharField(required=False, max_length=LONGEST_TEXT)
    language = serializers.CharField(
        default="en", max_length=16, help_text="Of the reasons' sentences: en, zh."
    )
    filters = FilterField(required=False, allow_null=True, help_text="What the items must fit.")
    boosts = serializers.ListField(child=BoostIn(), required=False, max_length=MOST_BOOSTS)
    strict = serializers.BooleanField(
        default=True,
        help_text="False: where nothing fits the filters, serve without them and warn.",
    )


class ReasonOut(serializers.Serializer[Any]):
    """Why an item stands on the slate: a fact, the share that it has in the score, and words.

    A reason of kind "item" names what the user met; one of kind "statement" names the statement,
    whose id is null where it came with the request. What a list was made for, or a playlist
    started from, is a reason too.
    """

    kind = serializers.ChoiceField(REASON_KINDS)
    share = serializers.FloatField(min_value=0, max_value=1)
    sentence = serializers.CharField(help_text="In the language that was asked for.")
    item = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    is_liked = serializers.BooleanField(required=False)
    statement = serializers.IntegerField(required=False, allow_null=True)
    tag = serializers.CharField(required=False)
    name = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="The tag's, by language."
    )
    polarity = serializers.ChoiceField([1, -1], required=False)
    segment = serializers.IntegerField(required=False, help_text="Its number.")


class SlateItemOut(serializers.Serializer[Any]):
    """One place on a slate. Scores compare within one slate only."""

    id = serializers.CharField()
    title = serializers.CharField()
    score = serializers.FloatField()
    position = serializers.IntegerField()
    reasons = ReasonOut(many=True)
    explored = serializers.BooleanField(help_text="Shown to learn about it, and not for its score.")
    cold = serializers.BooleanField(help_text="Nobody had taken to it when this was learnt.")


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


class ImpressionsIn(serializers.Serializer[Any]):
    """The items of a slate that were seen; all of them where none are named."""

    items = serializers.ListField(child=serializers.CharField(), required=False)


class RecordedOut(serializers.Serializer[Any]):
    """How many impressions were new."""

    recorded = serializers.IntegerField()


class RateOut(serializers.Serializer[Any]):
    """A share with its 95 % interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class OutcomeOut(serializers.Serializer[Any]):
    """What one placement's slates of one day led to. Clicked is taken to in any way; positive is
    clearly liked.
    """

    placement = serializers.CharField()
    day = serializers.DateField(help_text="Of UTC, on which the slates were served.")
    shown = serializers.IntegerField()
    clicked = serializers.IntegerField()
    positive = serializers.IntegerField()
    click_rate = RateOut()
    positive_rate = RateOut()


class OutcomesOut(serializers.Serializer[Any]):
    """By placement, then by day."""

    results = OutcomeOut(many=True)


class CheckProblemOut(serializers.Serializer[Any]):
    """The first thing of a request that cannot be used; `field` is its path."""

    field = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    message = serializers.CharField()


class CheckedOut(serializers.Serializer[Any]):
    """What a request would match; the counts are null where it cannot be used."""

    problem = CheckProblemOut(allow_null=True)
    available = serializers.IntegerField(allow_null=True, help_text="Items that are to be had.")
    matching = serializers.IntegerField(allow_null=True, help_text="Those that fit the filters.")
    boosted = serializers.ListField(
        child=serializers.IntegerField(), help_text="Those that fit each boost."
    )
    warnings = SlateWarningOut(many=True)


class SimilarItemOut(serializers.Serializer[Any]):
    """An item that goes with another.

    `source` says what the score is: the weight of a link that was learnt ("neighbours"), or the
    cosine of two texts ("text"). Scores compare among items of one source only.
    """

    id = serializers.CharField()
    title = serializers.CharField()
    score = serializers.FloatField()
    source = serializers.CharField()  # type: ignore[assignment] # what the wire calls it


class SimilarItemsOut(serializers.Serializer[Any]):
    """Those that were learnt, the strongest first; then those near in text, the nearest first."""

    results = SimilarItemOut(many=True)
