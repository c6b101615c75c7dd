"""The shapes of experiments. What comes in is read by `recommendations.experiments`."""

from typing import Any

from rest_framework import serializers

from recommendations.api.serializers import RateOut
from recommendations.checks import LONGEST_PLACEMENT
from recommendations.experiments import (
    LARGEST_WEIGHT,
    LONGEST_NAME,
    MOST_ARMS,
    MOST_EXPLORED,
)
from recommendations.models import Experiment
from recommendations.rows import SOURCES

STATES = [*Experiment.State.choices]


class ArmIn(serializers.Serializer[Any]):
    """One way of making lists: sources left out, weights of sources, a share tried out."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    weight = serializers.FloatField(
        default=1.0, min_value=0, max_value=LARGEST_WEIGHT, help_text="Its share of the users."
    )
    without = serializers.ListField(child=serializers.ChoiceField(SOURCES), required=False)
    blend = serializers.DictField(
        child=serializers.FloatField(), required=False, help_text="Weights by source."
    )
    explored_share = serializers.FloatField(
        required=False, allow_null=True, min_value=0, max_value=MOST_EXPLORED
    )


class ExperimentIn(serializers.Serializer[Any]):
    """An experiment that is planned. The first arm is the one that others are held against."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    placement = serializers.CharField(
        required=False,
        max_length=LONGEST_PLACEMENT,
        help_text="Where it runs; everywhere where it is left out.",
    )
    arms = serializers.ListField(child=ArmIn(), min_length=2, max_length=MOST_ARMS)


class ArmResultOut(serializers.Serializer[Any]):
    """What an arm led to. The leads are over the first arm, in shares; null for that one, and where
    either arm has fewer than two users.

    What one user sees hangs together, so the intervals count users.
    """

    name = serializers.CharField()
    users = serializers.IntegerField()
    shown = serializers.IntegerField()
    click_rate = RateOut()
    positive_rate = RateOut()
    click_lead = RateOut(allow_null=True)
    positive_lead = RateOut(allow_null=True)


class ExperimentOut(serializers.Serializer[Any]):
    """An experiment as it was planned, and where it stands."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    placement = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    arms = serializers.ListField(child=ArmIn())
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)


class ExperimentResultsOut(ExperimentOut):
    """An experiment with the results of its arms, which are empty before it starts."""

    results = ArmResultOut(many=True)


class ExperimentPageOut(serializers.Serializer[Any]):
    """In the order in which they were planned."""

    results = ExperimentOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
