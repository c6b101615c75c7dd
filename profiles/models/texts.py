"""What users wrote, where it stands, and what was read in it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

from accounts.models import Workspace
from catalog.models import Space, Tag
from profiles.models.people import Interaction

# What may be less safe than this to show waits for somebody to look at it.
SAFE = 0.5


class Review(models.Model):
    """What a user wrote about an item, and where it stands with staff.

    It is undecided while `ruled_source` is not its `source_hash`: nobody has ruled on this text.
    """

    class Standing(models.TextChoices):
        KEPT = "kept", _("kept")
        HIDDEN = "hidden", _("hidden")
        LEFT_OUT = "left_out", _("hidden and left out")

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
    bands = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        help_text="MinHash bands of the clean text: near-duplicates share at least one.",
    )
    duplicate_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="duplicates",
        help_text="An earlier review that says nearly the same: one piece of evidence with it.",
    )
    standing = models.CharField(
        max_length=8,
        choices=Standing,
        blank=True,
        default="",
        db_default="",
        help_text="By the last ruling of staff; empty where there is none.",
    )
    ruled_source = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="The hash of the text that staff ruled on.",
    )

    class Meta:
        indexes = [GinIndex(fields=["bands"], name="review_by_band")]

    def __str__(self) -> str:
        return f"review {self.interaction_id}"


class Ruling(models.Model):
    """What staff decided about a review: who, when and why. Never changed, only undone.

    The last one that is not undone is in force.
    """

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    review = models.ForeignKey(Review, models.CASCADE, related_name="rulings")
    verdict = models.CharField(_("decision"), max_length=8, choices=Review.Standing)
    reason = models.TextField(_("reason"), blank=True)
    source_hash = models.CharField(max_length=64, help_text="Of the text that was ruled on.")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("decision on a review")
        verbose_name_plural = _("decisions on reviews")
        indexes = [models.Index(fields=["review", "-id"], name="ruling_of_review")]

    def __str__(self) -> str:
        return str(self.get_verdict_display())


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
    confidence = models.FloatField(_("confidence"))
    safety = models.FloatField()
    phrases = models.JSONField(
        null=True,
        blank=True,
        help_text="Key phrases, where the item has no words of its own; null: none were sought.",
    )
    passages = ArrayField(
        models.IntegerField(),
        null=True,
        blank=True,
        help_text="Start, end, polarity in hundredths, passage by passage; null: the lexicon read.",
    )
    content_hash = models.CharField(max_length=64)
    model = models.CharField(max_length=96)
    version = models.CharField(_("version"), max_length=32)

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        indexes = [
            models.Index(
                fields=["workspace", "safety", "-id"],
                condition=Q(safety__lt=SAFE),
                name="reading_to_look_at",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sentiment__gte=-1) & Q(sentiment__lte=1), name="reading_sentiment"
            ),
            models.CheckConstraint(
                condition=Q(safety__gte=0) & Q(safety__lte=1), name="reading_safety"
            ),
        ]

    def __str__(self) -> str:
        return str(_("review %(number)s") % {"number": self.review_id})


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
