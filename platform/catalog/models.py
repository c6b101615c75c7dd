"""Items, the words that describe them, and where they stand in a vector space."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

from accounts.models import Workspace


class Tag(models.Model):
    """A word of the workspace's vocabulary, shared by items and users."""

    class Source(models.TextChoices):
        GIVEN = "given", _("Sent with an item")
        PHRASE = "phrase", _("Found in texts")
        ASPECT = "aspect", _("A quality that reviews speak of")
        STAFF = "staff", _("Added by staff")
        USER = "user", _("Declared by a user")
        SHARED = "shared", _("Declared by several users")
        WRITTEN = "written", _("Proposed by the generator")
        CLUSTER = "cluster", _("What a cluster of items has in common")

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    key = models.CharField(
        _("key"), max_length=100, help_text=_("The normalised form, unique here.")
    )
    names = models.JSONField(
        _("names"), default=dict, help_text=_('What to show, by language: {"en": "…"}.')
    )
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    source = models.CharField(_("origin"), max_length=8, choices=Source, default=Source.GIVEN)
    is_field = models.BooleanField(
        _("interest field"), default=False, help_text=_("An interest field, not a tag itself.")
    )
    is_blocked = models.BooleanField(
        _("blocked"), default=False, help_text=_("Never used in a portrait.")
    )
    is_blocked_by_staff = models.BooleanField(
        _("blocked by staff"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("It stays blocked when its topic may be spoken of."),
    )
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="synonyms",
        help_text=_("The tag that means the same and is used instead."),
        verbose_name=_("means the same as"),
    )
    topic = models.CharField(
        _("sensitive topic"),
        max_length=16,
        blank=True,
        help_text=_("The sensitive topic for which it is kept out of every portrait here."),
    )
    field_confidence = models.FloatField(
        _("confidence in the parent"),
        null=True,
        blank=True,
        help_text=_("How sure a guessed parent is; empty for staff's choice."),
    )

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="tag_once"),
            models.CheckConstraint(
                condition=Q(topic="") | Q(is_blocked=True), name="tag_sensitive_is_blocked"
            ),
        ]

    def __str__(self) -> str:
        return self.name_in(get_language() or "en")

    def name_in(self, language: str) -> str:
        """Return the tag's name in `language`, else in English, else its key."""
        return str(self.names.get(language[:2]) or self.names.get("en") or self.key)


class Item(models.Model):
    """Something that can be recommended."""

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    external_id = models.CharField(_("external id"), max_length=200)
    title = models.TextField(_("title"), blank=True)
    text = models.TextField(_("text"), blank=True)
    given_tags = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, verbose_name=_("given tags")
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    is_available = models.BooleanField(_("available"), default=True)
    available_from = models.DateTimeField(_("available from"), null=True, blank=True)
    available_until = models.DateTimeField(_("available until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    source_hash = models.CharField(max_length=64, help_text="Of the words that were sent.")
    # Written by the clean stage.
    clean_text = models.TextField(blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    cleaned_source = models.CharField(max_length=64, blank=True)
    clean_version = models.CharField(max_length=32, blank=True)
    bands = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        help_text="MinHash bands of the clean text: near-duplicates share at least one.",
    )
    duplicate_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="duplicates"
    )
    # Written by the tag stage.
    phrases = models.JSONField(default=list, blank=True)
    tagged_source = models.CharField(max_length=64, blank=True)
    tag_version = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "external_id"], name="item_once"),
            models.CheckConstraint(
                condition=Q(available_from__isnull=True)
                | Q(available_until__isnull=True)
                | Q(available_from__lt=models.F("available_until")),
                name="item_available_forwards",
            ),
        ]
        indexes = [
            GinIndex(fields=["bands"], name="item_by_band"),
            GinIndex(fields=["attributes"], opclasses=["jsonb_path_ops"], name="item_by_attribute"),
            models.Index(fields=["workspace", "-created_at", "-id"], name="item_newest"),
        ]

    def __str__(self) -> str:
        return self.title or self.external_id


class ItemTag(models.Model):
    """An item is about a tag, as far as we can tell, and because of which words."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="item_tags")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="item_tags", verbose_name=_("tag"))
    confidence = models.FloatField(_("confidence"), default=1.0)
    words = models.CharField(_("words"), max_length=200, blank=True)
    model = models.CharField(_("model"), max_length=96)
    version = models.CharField(max_length=32)

    class Meta:
        verbose_name = _("tag of an item")
        verbose_name_plural = _("tags of an item")
        constraints = [
            models.UniqueConstraint(fields=["item", "tag"], name="item_tag_once"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0) & Q(confidence__lte=1), name="item_tag_confidence"
            ),
        ]
        indexes = [
            # Whoever looks for what bears a tag finds all there is to know in the index.
            models.Index(fields=["tag", "item"], include=["confidence"], name="item_tag_bearers")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.tag_id}"


class Space(models.Model):
    """A named vector space: one encoder at one revision. A new encoder is a new space."""

    class State(models.TextChoices):
        BUILDING = "building", _("Being filled")
        ACTIVE = "active", _("Serving")
        RETIRED = "retired", _("No longer used")
        ASIDE = "aside", _("Used beside the serving one")

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    name = models.CharField(_("name"), max_length=64)
    encoder = models.CharField(_("encoder"), max_length=200)
    revision = models.CharField(_("revision"), max_length=64)
    dimensions = models.PositiveSmallIntegerField(_("dimensions"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.BUILDING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("space")
        verbose_name_plural = _("spaces")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="space_once"),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(state="active"), name="space_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_state_display()})"


class ItemVector(models.Model):
    """Where an item stands in a space. Unit length."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    space = models.ForeignKey(Space, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="vectors")
    vector = VectorField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "item"], name="item_vector_once")]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.space_id}"


class WordVector(models.Model):
    """Where a word of the vocabulary stands in a space, kept so that it is encoded once."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    space = models.ForeignKey(Space, models.CASCADE, related_name="+")
    word = models.CharField(max_length=200)
    vector = VectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "word"], name="word_vector_once")]

    def __str__(self) -> str:
        return f"{self.word} in {self.space_id}"


class TrainedModel(models.Model):
    """One model of a workspace that a training run made: what it came from and how good it is.

    Its files are safetensors and JSON in the folder `name` under the models folder; `digest` is
    the SHA-256 of the weights, and `files` has that of every file. At most one of a use is
    running; `previous` is what a rollback brings back.
    """

    class Use(models.TextChoices):
        ENCODER = "encoder", _("Texts to vectors")
        SENTIMENT = "sentiment", _("How pleased a text sounds")
        SAFETY = "safety", _("How safe a text is to show")
        SEQUENCE = "sequence", _("What comes next")

    class State(models.TextChoices):
        CANDIDATE = "candidate", _("Trained, not yet judged")
        REFUSED = "refused", _("Not better than what runs")
        RUNNING = "running", _("In use")
        RETIRED = "retired", _("Was in use")

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    use = models.CharField(_("use"), max_length=9, choices=Use)
    method = models.CharField(_("method"), max_length=32, help_text=_("How it was trained."))
    base = models.CharField(
        _("base model"), max_length=200, help_text=_("The model it started from.")
    )
    name = models.CharField(_("name"), max_length=200)
    digest = models.CharField(_("digest of the weights"), max_length=64)
    files = models.JSONField(default=dict, blank=True, help_text="SHA-256 of each file, by name.")
    data_cutoff = models.DateTimeField(_("data until"), null=True, blank=True)
    config = models.JSONField(_("settings"), default=dict)
    metrics = models.JSONField(default=dict, help_text="On held-out data, beside what ran then.")
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.CANDIDATE)
    previous = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("model before"),
    )
    trained_at = models.DateTimeField(_("trained"), default=timezone.now)
    promoted_at = models.DateTimeField(_("in use since"), null=True, blank=True)
    files_deleted_at = models.DateTimeField(
        _("files deleted"),
        null=True,
        blank=True,
        help_text=_("It was refused, and newer ones were, too: its figures stay."),
    )

    class Meta:
        verbose_name = _("trained model")
        verbose_name_plural = _("trained models")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="trained_model_once"),
            models.UniqueConstraint(
                fields=["workspace", "use"],
                condition=Q(state="running"),
                name="trained_model_one_running",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "use", "-trained_at"], name="trained_model_recent")
        ]

    def __str__(self) -> str:
        return f"{self.get_use_display()}: {self.name} ({self.get_state_display()})"
