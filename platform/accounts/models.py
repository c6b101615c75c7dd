"""Who may sign in, where they belong, and the keys that programs call with."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(AbstractUser):
    """A login: staff, or an end user who signs in. The only thing with a password."""

    language = models.CharField(
        _("language"), max_length=16, blank=True, help_text=_("Language of the pages.")
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")


class Scenario(models.TextChoices):
    """A workspace's preset: which kinds of interaction it knows, and what they weigh."""

    ECOMMERCE = "e-commerce", _("E-commerce")
    VIDEO = "video", _("Video")
    MUSIC = "music", _("Music")
    SOCIAL = "social", _("Social media")
    TRAVEL = "travel", _("Travel")
    HEALTH = "health", _("Health")
    READING = "reading", _("Reading")


class Workspace(models.Model):
    """A tenant: its own items, users, vocabulary and models."""

    name = models.CharField(
        _("name"),
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Lower-case letters, digits, hyphens."))
        ],
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    scenario = models.CharField(
        _("scenario"), max_length=16, choices=Scenario, default=Scenario.ECOMMERCE
    )
    keeps_raw_text = models.BooleanField(
        _("keeps raw texts"),
        default=True,
        help_text=_("Keep reviews as they were sent, beside their cleaned form."),
    )
    lifted_topics = ArrayField(
        models.CharField(max_length=16),
        default=list,
        blank=True,
        help_text="Sensitive topics that portraits may speak of; only where health is the trade.",
    )
    budget_seconds = models.PositiveIntegerField(
        _("seconds a day"),
        null=True,
        blank=True,
        help_text=_("Seconds of model work a day; empty for no limit."),
    )
    budget_tokens = models.PositiveBigIntegerField(
        _("tokens a day"),
        null=True,
        blank=True,
        help_text=_("Tokens through the models a day; empty for no limit."),
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

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")

    def __str__(self) -> str:
        return self.title or self.name


class Membership(models.Model):
    """An account works in a workspace."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("May look")
        CURATOR = "curator", _("May correct portraits")
        OWNER = "owner", _("May do everything")

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="memberships",
        verbose_name=_("account"),
    )
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.VIEWER)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["account", "workspace"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.account} in {self.workspace}: {self.role}"


class ApiKey(models.Model):
    """A program's right to call the API in one workspace: scoped, expiring, stored as a hash."""

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="api_keys", verbose_name=_("workspace")
    )
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("beginning"), max_length=12, unique=True)
    secret_hash = models.CharField(_("hash of the secret"), max_length=64)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("scopes"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("used last"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
