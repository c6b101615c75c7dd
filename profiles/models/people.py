"""Users, the kinds of interaction there are, and what each user did."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5, Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from catalog.models import Item

# What a user draws where a few are to stand for all: it follows from the outer id alone, and not
# from when they came. Kept in the index `user_by_lot`.
LOT = Cast(MD5("external_id"), models.UUIDField())


class Kind(models.Model):
    """A type of interaction in a workspace: what it says about a user, and for how long."""

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    name = models.CharField(_("name"), max_length=32)
    polarity = models.SmallIntegerField(
        _("polarity"), help_text=_("1 took to it, -1 turned from it, 0 neither.")
    )
    weight = models.FloatField(
        _("weight"), help_text=_("How much one such interaction says, 0 to 1.")
    )
    half_life_days = models.FloatField(
        _("half-life in days"), help_text=_("Days after which it says half as much.")
    )
    value_middle = models.FloatField(
        _("neutral value"),
        null=True,
        blank=True,
        help_text=_("The neutral value, where the value decides the polarity."),
    )
    value_best = models.FloatField(
        _("best value"), null=True, blank=True, help_text=_("The most pleased value.")
    )

    class Meta:
        verbose_name = _("kind of interaction")
        verbose_name_plural = _("kinds of interaction")
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
    language = models.CharField(_("language"), max_length=16, blank=True)
    traits = models.JSONField(default=dict, blank=True)
    is_paused = models.BooleanField(
        _("paused"),
        default=False,
        help_text=_("Not profiled: no statements are used, lists are not personal."),
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
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "external_id"], name="user_once"),
            models.UniqueConstraint(
                fields=["workspace", "account"],
                condition=Q(account__isnull=False),
                name="user_one_per_account",
            ),
        ]
        indexes = [models.Index(models.F("workspace"), LOT, name="user_by_lot")]

    def __str__(self) -> str:
        return self.name or self.external_id


class Interaction(models.Model):
    """A user met an item. Rows are added; only a deletion or an erasure removes them."""

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
            # What a slate led to.
            models.Index(
                fields=["slate_id"],
                condition=Q(slate_id__isnull=False),
                name="interaction_of_slate",
            ),
            # What of that is new, and what it says of an item.
            models.Index(
                fields=["workspace", "id"],
                condition=Q(slate_id__isnull=False),
                name="interaction_told_by_slate",
            ),
            models.Index(
                fields=["item", "-id"],
                condition=Q(slate_id__isnull=False),
                name="interaction_item_by_slate",
            ),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id}, item {self.item_id}"
