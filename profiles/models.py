"""Users, what they did and wrote, and what is believed about them because of it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from pgvector.django import VectorField

from accounts.models import Workspace
from catalog.models import Item, Space, Tag


class Kind(models.Model):
    """A type of interaction in a workspace: what it says about a user, and for how long."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=32)
    polarity = models.SmallIntegerField(help_text="1 took to it, -1 turned from it, 0 neither.")
    weight = models.FloatField(help_text="How much one such interaction says, 0 to 1.")
    half_life_days = models.FloatField(help_text="Days after which it says half as much.")
    value_middle = models.FloatField(
        null=True, blank=True, help_text="The neutral value, where the value decides the polarity."
    )
    value_best = models.FloatField(null=True, blank=True, help_text="The most pleased value.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="kind_once"),
            models.CheckConstraint(condition=Q(polarity__in=[-1, 0, 1]), name="kind_polarity"),
            models.CheckConstraint(
                condition=Q(weight__gte=0) & Q(weight__lte=1), name="kind_weight"
            ),
            models.CheckConstraint(condition=Q(half_life_days__gt=0), name="kind_half_life"),
            models.CheckConstraint(
                condition=Q(value_middle__isnull=True, value_best__isnull=True)
                | Q(value_middle__lt=models.F("value_best")),
                name="kind_value_scale",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class User(models.Model):
    """The person being profiled, known by the partner's id; perhaps linked to an account.

    The revisions are counters, so that "what is stale?" is a query and late work cannot pass for
    new: whatever a portrait rests on raises `evidence_revision`, a change of the statements raises
    `portrait_revision`, and each stage stores the revision that it saw.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=200)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=16, blank=True)
    traits = models.JSONField(default=dict, blank=True)
    is_paused = models.BooleanField(
        default=False, help_text="Not profiled: no statements are used, lists are not personal."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    evidence_revision = models.PositiveIntegerField(default=1)
    stated_revision = models.PositiveIntegerField(default=0)
    stated_version = models.CharField(max_length=32, blank=True)
    tasted_revision = models.PositiveIntegerField(default=0)
    tasted_version = models.CharField(max_length=32, blank=True)
    portrait_revision = models.PositiveIntegerField(default=1)
    described_revision = models.PositiveIntegerField(default=0)
    described_version = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "external_id"], name="user_once"),
            models.UniqueConstraint(
                fields=["workspace", "account"],
                condition=Q(account__isnull=False),
                name="user_one_per_account",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class Interaction(models.Model):
    """A user met an item. Rows are only added; an erasure is the one thing that removes them."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="interactions", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    kind = models.ForeignKey(Kind, models.RESTRICT, related_name="+", db_index=False)
    value = models.FloatField(null=True)
    happened_at = models.DateTimeField(null=True, help_text="Empty where the source has no dates.")
    event_key = models.UUIDField(help_text="Made from the event id, or from what happened.")
    slate_id = models.UUIDField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # What makes sending twice safe.
            models.UniqueConstraint(fields=["workspace", "event_key"], name="interaction_once")
        ]
        indexes = [
            # An undated one is as new as its arrival, so that it hides nothing that is newer.
            models.Index(
                models.F("user"),
                Coalesce("happened_at", "received_at").desc(),
                models.F("id").desc(),
                name="interaction_newest",
            ),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id}, item {self.item_id}"


class Review(models.Model):
    """What a user wrote about an item."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    interaction = models.OneToOneField(
        Interaction, models.CASCADE, primary_key=True, related_name="review"
    )
    text = models.TextField(blank=True, help_text="As sent; empty where the workspace keeps none.")
    source_hash = models.CharField(max_length=64)
    clean_text = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    masked = models.PositiveSmallIntegerField(default=0)
    cleaned_source = models.CharField(max_length=64, blank=True)
    clean_version = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return f"review {self.interaction_id}"


class ReviewVector(models.Model):
    """Where a review stands in a space. Unit length."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    space = models.ForeignKey(Space, models.CASCADE, related_name="+")
    review = models.ForeignKey(Review, models.CASCADE, related_name="vectors")
    vector = VectorField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "review"], name="review_vector_once")
        ]

    def __str__(self) -> str:
        return f"{self.review_id} in {self.space_id}"


class Reading(models.Model):
    """What the models read in a review. Sentiment in [-1, 1]; safety in [0, 1], 1 is harmless."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    review = models.OneToOneField(Review, models.CASCADE, related_name="reading")
    sentiment = models.FloatField()
    confidence = models.FloatField()
    safety = models.FloatField()
    content_hash = models.CharField(max_length=64)
    model = models.CharField(max_length=96)
    version = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sentiment__gte=-1) & Q(sentiment__lte=1), name="reading_sentiment"
            ),
            models.CheckConstraint(
                condition=Q(safety__gte=0) & Q(safety__lte=1), name="reading_safety"
            ),
        ]

    def __str__(self) -> str:
        return f"reading of {self.review_id}"


class AspectReading(models.Model):
    """One aspect that a review speaks of, how it is felt, and its words in the clean text."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    reading = models.ForeignKey(Reading, models.CASCADE, related_name="aspects")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    polarity = models.FloatField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reading", "tag", "start"], name="aspect_reading_once"),
            models.CheckConstraint(condition=Q(start__lt=models.F("end")), name="aspect_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id}: {self.polarity:+.2f}"


class Statement(models.Model):
    """One belief about a user, with how strongly and how surely it is held, and since when.

    A statement is current while `valid_until` is empty. It is never overwritten: what no longer
    holds is closed, and points to what took its place.
    """

    class Level(models.TextChoices):
        DECLARED = "declared", "Declared by the user"
        OBSERVED = "observed", "Observed in what they do"
        INFERRED = "inferred", "Inferred from what they write"
        LATENT = "latent", "Expected from similar users"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waiting for review"
        ACTIVE = "active", "In use"
        REJECTED = "rejected", "Rejected"
        PINNED = "pinned", "Pinned: kept whatever comes"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="statements")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    polarity = models.SmallIntegerField(help_text="1 a like, -1 a dislike.")
    strength = models.FloatField()
    confidence = models.FloatField()
    level = models.CharField(max_length=8, choices=Level)
    status = models.CharField(max_length=8, choices=Status, default=Status.PROPOSED)
    is_hidden = models.BooleanField(default=False, help_text="The user does not want it shown.")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    superseded_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)
    model = models.CharField(max_length=96)
    version = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "tag"],
                condition=Q(valid_until__isnull=True),
                name="statement_one_current",
            ),
            models.CheckConstraint(condition=Q(polarity__in=[-1, 1]), name="statement_polarity"),
            models.CheckConstraint(
                condition=Q(strength__gt=0) & Q(strength__lte=1), name="statement_strength"
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0) & Q(confidence__lte=1), name="statement_confidence"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="statement_valid_forwards",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "status"], name="statement_by_status"),
        ]

    def __str__(self) -> str:
        verb = "likes" if self.polarity > 0 else "dislikes"
        return f"user {self.user_id} {verb} tag {self.tag_id}"


class Evidence(models.Model):
    """What a statement rests on: an interaction, with the user's own words where there are any.

    `quote` is verbatim from the review or empty; `weight` is signed, as the interaction speaks
    for (+) or against (-) the tag itself.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    statement = models.ForeignKey(Statement, models.CASCADE, related_name="evidence")
    interaction = models.ForeignKey(Interaction, models.CASCADE, related_name="+")
    weight = models.FloatField()
    quote = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "interaction"], name="evidence_once")
        ]

    def __str__(self) -> str:
        return f"{self.interaction_id} for {self.statement_id}"


class Segment(models.Model):
    """A cluster of users with one centre of taste, named from what its members like."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    names = models.JSONField(default=dict)
    description = models.JSONField(default=dict)
    tags = ArrayField(models.BigIntegerField(), default=list)
    space = models.ForeignKey(Space, models.CASCADE, related_name="+")
    centroid = VectorField()
    size = models.PositiveIntegerField(default=0)
    version = models.CharField(max_length=32)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="segment_once")]

    def __str__(self) -> str:
        return str(self.names.get("en") or self.number)


class Profile(models.Model):
    """The portrait of one user beside the statements: figures, segment and description."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="profile")
    behaviour = models.JSONField(default=dict)
    sentiment = models.JSONField(default=dict)
    descriptions = models.JSONField(
        default=dict, help_text="By language: text, model, version and the claims it makes."
    )
    segment = models.ForeignKey(
        Segment, models.SET_NULL, null=True, blank=True, related_name="profiles"
    )
    segment_distance = models.FloatField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"profile of {self.user_id}"


class ProfileVector(models.Model):
    """One direction of a user's taste in a space. Unit length; a negative weight is a dislike."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    space = models.ForeignKey(Space, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="vectors")
    slot = models.SmallIntegerField()
    vector = VectorField()
    weight = models.FloatField()
    version = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "user", "slot"], name="profile_vector_once")
        ]

    def __str__(self) -> str:
        return f"taste {self.slot} of {self.user_id}"
