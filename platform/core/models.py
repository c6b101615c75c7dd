"""Work in the background: long jobs with their progress, and who holds which rows."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.stage_words import job_in_words, stage_in_words


class JobRun(models.Model):
    """One long piece of work that somebody asked for and may watch.

    The workspace is named, not imported: this floor stands below accounts, and the database
    still deletes a workspace's jobs with it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    name = models.CharField(_("name"), max_length=64)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("in all"), null=True)
    message = models.TextField(_("message"), blank=True)
    result = models.JSONField(_("result"), default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    updated_at = models.DateTimeField(
        auto_now=True, help_text="When whoever does it was last heard of."
    )
    job = models.CharField(
        max_length=32, blank=True, help_text="The task that works it off, where it was ordered."
    )
    order = models.JSONField(default=dict, blank=True, help_text="What the task is to know.")
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, help_text=_("How often a worker took it up.")
    )
    holder = models.CharField(max_length=128, blank=True)
    until = models.DateTimeField(
        null=True, help_text="After this moment another worker may take it up."
    )

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.CheckConstraint(
                condition=Q(total__isnull=True) | Q(done__lte=F("total")), name="job_done_in_total"
            ),
            models.UniqueConstraint(
                fields=["workspace", "name"],
                condition=Q(finished_at=None) & ~Q(job=""),
                name="job_ordered_once",
            ),
        ]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="job_recent")]

    def __str__(self) -> str:
        return job_in_words(self.name)


class Claim(models.Model):
    """A worker has taken a row for a stage until a moment; after it, anyone may take the row."""

    stage = models.CharField(max_length=32)
    row_id = models.BigIntegerField()
    holder = models.CharField(max_length=128)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stage", "row_id"], name="claim_once")]

    def __str__(self) -> str:
        return f"{self.stage} {self.row_id} by {self.holder}"


class StageRun(models.Model):
    """How many rows one stage finished in one go, and how long that took."""

    workspace = models.ForeignKey(
        "accounts.Workspace", models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    stage = models.CharField(_("stage"), max_length=32)
    model = models.CharField(_("model"), max_length=96, blank=True)
    rows = models.PositiveIntegerField(_("rows"))
    tokens = models.PositiveBigIntegerField(
        _("tokens"), default=0, help_text=_("Read or written by the model.")
    )
    seconds = models.FloatField(_("seconds"))
    finished_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("run of a stage")
        verbose_name_plural = _("runs of stages")
        indexes = [models.Index(fields=["workspace", "stage", "-finished_at"], name="stage_recent")]

    def __str__(self) -> str:
        return stage_in_words(self.stage)
