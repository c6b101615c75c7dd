"""The portrait beside the statements: figures, directions of taste, segments."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

from accounts.models import Workspace
from catalog.models import Space
from profiles.models.people import User

# What staff note with a user whom nobody is to be compared with: a bot, or a test.
LEFT_OUT = {"kind": "left_out"}


class Segment(models.Model):
    """A cluster of users with one centre of taste, named from what its members like."""

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    number = models.PositiveSmallIntegerField()
    names = models.JSONField(default=dict)
    description = models.JSONField(default=dict)
    tags = ArrayField(models.BigIntegerField(), default=list)
    space = models.ForeignKey(Space, models.CASCADE, related_name="+")
    centroid = VectorField()
    size = models.PositiveIntegerField(_("members"), default=0)
    version = models.CharField(max_length=32)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments of users")
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="segment_once")]

    def __str__(self) -> str:
        return str(self.names.get("en") or self.number)


class SegmentRun(models.Model):
    """One parting of a workspace's users: how many segments, how stable, and why that many.

    `stability` is the mean adjusted Rand index between partings of bootstrap samples.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    segments = models.PositiveSmallIntegerField()
    users = models.PositiveIntegerField()
    stability = models.FloatField(null=True, blank=True)
    report = models.JSONField(default=dict)
    version = models.CharField(max_length=32)
    finished_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-finished_at"], name="segment_run_recent")]

    def __str__(self) -> str:
        return f"{self.segments} segments of {self.users} users"


class SegmentSize(models.Model):
    """How many members a segment had after one run."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    run = models.ForeignKey(SegmentRun, models.CASCADE, related_name="sizes")
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="history")
    size = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "segment"], name="segment_size_once")]

    def __str__(self) -> str:
        return f"segment {self.segment_id}: {self.size}"


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
    segment_margin = models.FloatField(
        null=True,
        blank=True,
        help_text="How much farther the next segment is; small is borderline.",
    )
    oddities = models.JSONField(
        default=list, blank=True, help_text="What is unusual about the user, as a bot would be."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            # Few are, and everybody else is compared with the rest at every turn.
            models.Index(
                fields=["workspace"],
                condition=Q(oddities__contains=[LEFT_OUT]),
                name="profile_left_out",
            )
        ]

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


class LatentTrial(models.Model):
    """How well guesses foretold what users came to like, and so whether any are made.

    Recalls are the means over the users who came to like a tag they had never met; None where
    there was nothing to try. `ridge` is that of the best trial.
    """

    class Outcome(models.TextChoices):
        WON = "won", "Guesses foretell better than popularity"
        LOST = "lost", "Guesses do not surely foretell better than popularity"
        FEW_USERS = "few_users", "Too few users have done anything"
        NO_TAGS = "no_tags", "No tag was taken to by enough users"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=9, choices=Outcome)
    users = models.PositiveIntegerField()
    tags = models.PositiveIntegerField()
    guesses = models.PositiveIntegerField()
    ridge = models.FloatField(null=True, blank=True)
    recall = models.FloatField(null=True, blank=True)
    popular = models.FloatField(null=True, blank=True)
    version = models.CharField(max_length=32)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-made_at"], name="latent_trial_recent")]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.guesses} guesses for {self.users} users"


class QualityReport(models.Model):
    """What is missing, odd or machine-made in a workspace's data, as of one moment."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    figures = models.JSONField(default=dict)
    version = models.CharField(max_length=32)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-made_at"], name="quality_recent")]

    def __str__(self) -> str:
        return f"data quality of {self.made_at:%Y-%m-%d}"
