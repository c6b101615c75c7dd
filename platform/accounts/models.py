"""Who may sign in, where they belong, and the keys that programs call with."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models


class Account(AbstractUser):
    """A login: staff, or an end user who signs in. The only thing with a password."""

    language = models.CharField(max_length=16, blank=True, help_text="Language of the pages.")


class Scenario(models.TextChoices):
    """A workspace's preset: which kinds of interaction it knows, and what they weigh."""

    ECOMMERCE = "e-commerce", "E-commerce"
    VIDEO = "video", "Video"
    MUSIC = "music", "Music"
    SOCIAL = "social", "Social media"
    TRAVEL = "travel", "Travel"
    HEALTH = "health", "Health"
    READING = "reading", "Reading"


class Workspace(models.Model):
    """A tenant: its own items, users, vocabulary and models."""

    name = models.CharField(
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9][a-z0-9-]*$", "Lower-case letters, digits, hyphens.")
        ],
    )
    title = models.CharField(max_length=200, blank=True)
    scenario = models.CharField(max_length=16, choices=Scenario, default=Scenario.ECOMMERCE)
    keeps_raw_text = models.BooleanField(
        default=True, help_text="Keep reviews as they were sent, beside their cleaned form."
    )
    lifted_topics = ArrayField(
        models.CharField(max_length=16),
        default=list,
        blank=True,
        help_text="Sensitive topics that portraits may speak of; only where health is the trade.",
    )
    budget_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Seconds of model work a day; empty for no limit."
    )
    budget_tokens = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Tokens through the models a day; empty for no limit."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # What the workspace-wide stages have seen: counters, so that late work can be told from new.
    portraits_revision = models.PositiveBigIntegerField(default=0)
    segmented_revision = models.PositiveBigIntegerField(default=0)
    latents_revision = models.PositiveBigIntegerField(default=0)
    tagged_revision = models.PositiveBigIntegerField(default=0)
    vocabulary_revision = models.PositiveBigIntegerField(default=0)
    # The newest interaction that the interests were drawn with, and when that was.
    interests_seen = models.PositiveBigIntegerField(default=0)
    interests_version = models.CharField(max_length=32, blank=True)
    interests_drawn_at = models.DateTimeField(null=True, blank=True)
    erasures = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.title or self.name


class Membership(models.Model):
    """An account works in a workspace."""

    class Role(models.TextChoices):
        VIEWER = "viewer", "May look"
        CURATOR = "curator", "May correct portraits"
        OWNER = "owner", "May do everything"

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships"
    )
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role, default=Role.VIEWER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "workspace"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.account} in {self.workspace}: {self.role}"


class ApiKey(models.Model):
    """A program's right to call the API in one workspace: scoped, expiring, stored as a hash."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=32))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
