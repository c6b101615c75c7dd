"""Items, the words that describe them, and where they stand in a vector space."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from pgvector.django import VectorField

from accounts.models import Workspace


class Tag(models.Model):
    """A word of the workspace's vocabulary, shared by items and users."""

    class Source(models.TextChoices):
        GIVEN = "given", "Sent with an item"
        PHRASE = "phrase", "Found in texts"
        ASPECT = "aspect", "A quality that reviews speak of"
        STAFF = "staff", "Added by staff"
        USER = "user", "Declared by a user"
        SHARED = "shared", "Declared by several users"
        WRITTEN = "written", "Proposed by the generator"
        CLUSTER = "cluster", "What a cluster of items has in common"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100, help_text="The normalised form, unique here.")
    names = models.JSONField(default=dict, help_text='What to show, by language: {"en": "…"}.')
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children"
    )
    source = models.CharField(max_length=8, choices=Source, default=Source.GIVEN)
    is_field = models.BooleanField(default=False, help_text="An interest field, not a tag itself.")
    is_blocked = models.BooleanField(default=False, help_text="Never used in a portrait.")
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="synonyms",
        help_text="The tag that means the same and is used instead.",
    )
    topic = models.CharField(
        max_length=16,
        blank=True,
        help_text="The sensitive topic for which it is kept out of every portrait here.",
    )
    field_confidence = models.FloatField(
        null=True, blank=True, help_text="How sure a guessed parent is; empty for staff's choice."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="tag_once"),
            models.CheckConstraint(
                condition=Q(topic="") | Q(is_blocked=True), name="tag_sensitive_is_blocked"
            ),
        ]

    def __str__(self) -> str:
        return self.name_in("en")

    def name_in(self, language: str) -> str:
        """Return the tag's name in `language`, else in English, else its key."""
        return str(self.names.get(language[:2]) or self.names.get("en") or self.key)


class Item(models.Model):
    """Something that can be recommended."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=200)
    title = models.TextField(blank=True)
    text = models.TextField(blank=True)
    given_tags = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    is_available = models.BooleanField(default=True)
    available_from = models.DateTimeField(null=True, blank=True)
    available_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    source_hash = models.CharField(max_length=64, help_text="Of the words that were sent.")
    # Written by the clean stage.
    clean_text = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)
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
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="item_tags")
    confidence = models.FloatField(default=1.0)
    words = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=96)
    version = models.CharField(max_length=32)

    class Meta:
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
        BUILDING = "building", "Being filled"
        ACTIVE = "active", "Serving"
        RETIRED = "retired", "No longer used"
        ASIDE = "aside", "Used beside the serving one"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=64)
    encoder = models.CharField(max_length=200)
    revision = models.CharField(max_length=64)
    dimensions = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.BUILDING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="space_once"),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(state="active"), name="space_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


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
        ENCODER = "encoder", "Texts to vectors"
        SENTIMENT = "sentiment", "How pleased a text sounds"
        SAFETY = "safety", "How safe a text is to show"

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Trained, not yet judged"
        REFUSED = "refused", "Not better than what runs"
        RUNNING = "running", "In use"
        RETIRED = "retired", "Was in use"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    use = models.CharField(max_length=9, choices=Use)
    method = models.CharField(max_length=32, help_text="How it was trained.")
    base = models.CharField(max_length=200, help_text="The model it started from.")
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    files = models.JSONField(default=dict, blank=True, help_text="SHA-256 of each file, by name.")
    data_cutoff = models.DateTimeField(null=True, blank=True)
    config = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict, help_text="On held-out data, beside what ran then.")
    state = models.CharField(max_length=9, choices=State, default=State.CANDIDATE)
    previous = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    trained_at = models.DateTimeField(default=timezone.now)
    promoted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
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
        return f"{self.use} {self.name} ({self.state})"
