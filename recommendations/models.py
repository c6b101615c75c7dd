"""What was fitted to recommend with, and what was recommended."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pgvector.django import HalfVectorField

from accounts.models import Workspace
from catalog.models import Item, Tag
from profiles.models import Segment, User


class Fit(models.Model):
    """One learning run of a workspace: what was tried, what was chosen, and whether it serves."""

    class State(models.TextChoices):
        BUILDING = "building", _("Being learnt")
        SERVING = "serving", _("Serving")
        RETIRED = "retired", _("Served before")
        LOST = "lost", _("Lost against the serving one")

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.BUILDING)
    version = models.CharField(max_length=32)
    config = models.JSONField(default=dict, help_text="Neighbours, blend weights, windows.")
    report = models.JSONField(default=dict, help_text="What was tried, on whom, how it did.")
    ranker = models.TextField(
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="The trees of the ranker as LightGBM writes them; empty where the blend decides.",
    )
    interactions = models.PositiveBigIntegerField(_("interactions"), default=0)
    last_interaction_id = models.BigIntegerField(
        default=0, help_text="Learnt from interactions up to this one; newer ones make it stale."
    )
    erasures = models.PositiveBigIntegerField(
        default=0, help_text="How many users had been erased before the learning began."
    )
    data_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    served_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("fit")
        verbose_name_plural = _("fits")
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(state="serving"), name="fit_one_serving"
            )
        ]

    def __str__(self) -> str:
        return f"fit {self.pk} ({self.state})"


class Neighbours(models.Model):
    """The items that go with an item, best first, as two arrays of one length."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    fit = models.ForeignKey(Fit, models.CASCADE, related_name="neighbours")
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    neighbour_ids = ArrayField(models.BigIntegerField())
    weights = ArrayField(models.FloatField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "item"], name="neighbours_once")]

    def __str__(self) -> str:
        return f"neighbours of {self.item_id}"


class TagLinks(models.Model):
    """The items that a statement about a tag speaks for, best first, as two arrays of one length.

    Learnt from users of whom the tag is stated, and what they took to.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    fit = models.ForeignKey(Fit, models.CASCADE, related_name="links")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    item_ids = ArrayField(models.BigIntegerField())
    weights = ArrayField(models.FloatField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "tag"], name="tag_links_once")]

    def __str__(self) -> str:
        return f"links of tag {self.tag_id}"


class FactorSpace(models.Model):
    """Where one source of a fit puts items: the higher an inner product with a user's, the better.

    Its index, where it has one, bears its id in its name.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    fit = models.ForeignKey(Fit, models.CASCADE, related_name="spaces", db_index=False)
    source = models.CharField(max_length=16)
    dimensions = models.PositiveSmallIntegerField()
    settings = models.JSONField(default=dict, help_text="How a user's vector is found.")
    table = models.BinaryField(
        default=b"",
        help_text="What it is found with beside the items' vectors, as 64-bit floats.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "source"], name="factor_space_once")]

    def __str__(self) -> str:
        return f"{self.source} of fit {self.fit_id}"


class ItemFactors(models.Model):
    """Where an item stands in a space of factors."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    space = models.ForeignKey(FactorSpace, models.CASCADE, related_name="vectors", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    vector = HalfVectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "item"], name="item_factors_once")]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.space_id}"


class Popularity(models.Model):
    """How much an item is taken to, over all time and lately; higher is more."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    fit = models.ForeignKey(Fit, models.CASCADE, related_name="popularity")
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    overall = models.FloatField()
    recent = models.FloatField()
    arrived = models.FloatField(
        null=True, help_text="When it came in, in unix seconds, where the fit reckons with that."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "item"], name="popularity_once")]
        indexes = [
            models.Index(fields=["fit", "-overall"], name="popularity_overall"),
            models.Index(fields=["fit", "-recent"], name="popularity_recent"),
        ]

    def __str__(self) -> str:
        return f"popularity of {self.item_id}"


class SegmentFavourites(models.Model):
    """What members of a segment took to more than everybody, best first, as two arrays of one
    length.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    fit = models.ForeignKey(Fit, models.CASCADE, related_name="favourites", db_index=False)
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+")
    item_ids = ArrayField(models.BigIntegerField())
    weights = ArrayField(models.FloatField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fit", "segment"], name="segment_favourites_once")
        ]

    def __str__(self) -> str:
        return f"favourites of segment {self.segment_id}"


class Takers(models.Model):
    """Users who took to an item, by the seats that a fit gave them, and how much that likens others
    to each of them. Whose seat it is stands in their companion's row alone.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    fit = models.ForeignKey(Fit, models.CASCADE, related_name="takers", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    seats = ArrayField(models.BigIntegerField())
    weights = ArrayField(models.FloatField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "item"], name="takers_once")]

    def __str__(self) -> str:
        return f"takers of item {self.item_id}"


class Companion(models.Model):
    """What one user took to, for those whose past is like theirs.

    When it goes, a trigger takes its seat out of all `Takers`, so that nobody's past stays there.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    fit = models.ForeignKey(Fit, models.CASCADE, related_name="companions", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    seat = models.BigIntegerField()
    item_ids = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "seat"], name="companion_once")]

    def __str__(self) -> str:
        return f"seat {self.seat} of fit {self.fit_id}"


class ServingSettings(models.Model):
    """How a workspace wants its lists made, beside what was learnt."""

    workspace = models.OneToOneField(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    explored_share = models.FloatField(
        _("explored share"),
        default=0.0,
        help_text=_(
            "Share of the places that are given to items still to be learnt about, 0 to 0.5."
        ),
    )

    class Meta:
        verbose_name = _("serving settings")
        verbose_name_plural = _("serving settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(explored_share__gte=0) & Q(explored_share__lte=0.5),
                name="serving_explored_share",
            )
        ]

    def __str__(self) -> str:
        return str(self.workspace)


class Experiment(models.Model):
    """Ways of making lists, held against each other: each user is served by one of the arms."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Not started")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", _("Stopped")

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    name = models.CharField(_("name"), max_length=64)
    placement = models.CharField(
        _("placement"),
        max_length=64,
        blank=True,
        help_text=_("Where it runs; empty for every placement."),
    )
    arms = models.JSONField(
        _("arms"),
        help_text=_('A list like [{"name": "as now"}, {"name": "no tags", "without": ["tags"]}].'),
    )
    salt = models.UUIDField(default=uuid.uuid4, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.DRAFT, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    stopped_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="experiment_once"),
            models.UniqueConstraint(
                fields=["workspace", "placement"],
                condition=Q(state="running"),
                name="experiment_one_running",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Slate(models.Model):
    """One list as it was served: the items in order, their scores, why, and what made it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    placement = models.CharField(_("placement"), max_length=64, blank=True)
    item_ids = ArrayField(models.BigIntegerField(), verbose_name=_("item ids"))
    scores = ArrayField(models.FloatField(), verbose_name=_("scores"))
    reasons = models.JSONField(_("reasons"), default=list)
    warnings = models.JSONField(_("warnings"), default=list)
    query = models.JSONField(_("query"), default=dict, help_text=_("What was asked for."))
    meta = models.JSONField(
        _("how it was made"), default=dict, help_text=_("Versions and timings.")
    )
    previous = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("slate before"),
    )
    experiment = models.ForeignKey(
        Experiment,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("experiment"),
    )
    arm = models.CharField(_("arm"), max_length=64, blank=True, db_default="")
    explored = ArrayField(
        models.BigIntegerField(),
        default=list,
        db_default=[],
        help_text=_("Items shown to learn about them."),
        verbose_name=_("explored items"),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("slate")
        verbose_name_plural = _("slates")
        indexes = [
            models.Index(fields=["user", "-created_at"], name="slate_recent"),
            models.Index(fields=["workspace", "-created_at"], name="slate_by_day"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Impression(models.Model):
    """An item of a slate was seen. What it led to is in the interactions that name the slate."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    slate = models.ForeignKey(Slate, models.CASCADE, related_name="impressions", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+", db_index=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slate", "item"], name="impression_once")]
        indexes = [models.Index(fields=["item", "-seen_at"], name="impression_of_item")]

    def __str__(self) -> str:
        return f"{self.item_id} on {self.slate_id}"


class ItemRate(models.Model):
    """How often an item was seen of late, and how often that led to something."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    item = models.OneToOneField(Item, models.CASCADE, related_name="+")
    shown = models.PositiveIntegerField()
    clicked = models.PositiveIntegerField()
    positive = models.PositiveIntegerField()
    erasures = models.PositiveBigIntegerField(
        default=0,
        db_default=0,
        help_text="How many users had been erased when it was counted.",
    )

    def __str__(self) -> str:
        return f"rate of {self.item_id}"


class Counting(models.Model):
    """Up to which interaction that names a slate a workspace's rates are counted."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    last_interaction_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"counted until {self.last_interaction_id}"
