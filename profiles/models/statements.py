"""What is believed about users, what that rests on, and how far to trust it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from catalog.models import Tag
from profiles.models.people import Interaction, User


class Statement(models.Model):
    """One belief about a user, with how strongly and how surely it is held, and since when.

    A statement is current while `valid_until` is empty. It is never overwritten: what no longer
    holds is closed, and points to what took its place.
    """

    class Level(models.TextChoices):
        DECLARED = "declared", _("Declared by the user")
        OBSERVED = "observed", _("Observed in what they do")
        INFERRED = "inferred", _("Inferred from what they write")
        LATENT = "latent", _("Expected from similar users")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for review")
        ACTIVE = "active", _("In use")
        REJECTED = "rejected", _("Rejected")
        PINNED = "pinned", _("Pinned: kept whatever comes")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="statements")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    polarity = models.SmallIntegerField(_("polarity"), help_text=_("1 a like, -1 a dislike."))
    strength = models.FloatField()
    confidence = models.FloatField()
    level = models.CharField(_("level"), max_length=8, choices=Level)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PROPOSED)
    is_hidden = models.BooleanField(default=False, help_text="The user does not want it shown.")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    concluded_at = models.DateTimeField(
        default=timezone.now, help_text="When the platform came to it, whenever it began to hold."
    )
    superseded_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    before = models.JSONField(
        null=True,
        editable=False,
        help_text="What somebody's last word on it put aside, to undo it.",
    )
    note = models.TextField(_("note"), blank=True)
    model = models.CharField(max_length=96)
    version = models.CharField(max_length=32)

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
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
        verb = _("likes") if self.polarity > 0 else _("dislikes")
        return f"{verb} {self.tag}"


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


class Calibration(models.Model):
    """How a workspace's raw confidence relates to what later behaviour confirmed.

    `knots` are [raw, calibrated] pairs of a rising curve; `table` is the reliability plot:
    one row a bin with the confidence told, the share confirmed and the number of statements.
    `interactions` and `last_interaction_id` say what had happened by then.
    """

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    knots = models.JSONField(default=list)
    table = models.JSONField(default=list)
    error = models.FloatField(help_text="Expected calibration error on users not fitted on.")
    statements = models.PositiveIntegerField(_("statements"))
    is_used = models.BooleanField(
        _("in use"), default=False, help_text=_("The curve in use in the workspace.")
    )
    interactions = models.PositiveBigIntegerField(default=0, db_default=0)
    last_interaction_id = models.BigIntegerField(default=0, db_default=0)
    version = models.CharField(_("version"), max_length=32)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(is_used=True), name="calibration_one_used"
            )
        ]

    def __str__(self) -> str:
        return f"calibration {self.pk}: error {self.error:.3f}"
