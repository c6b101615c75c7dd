"""Background work, as staff see it: who asked for what, how far it is, and what it took."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import NOTHING, ComputedAdmin, WorkspaceFilter, long_date, short_date
from core.models import JobRun, StageRun
from core.stage_words import job_in_words, stage_in_words

SLOW = 10  # rows a second, below which tenths are told


class WordsFilter(admin.AllValuesFieldListFilter):
    """Choose among the values that there are, each by its name in words."""

    in_words: Callable[[str], str]

    def choices(self, changelist: Any) -> Any:
        for choice in super().choices(changelist):
            yield {**choice, "display": self.in_words(str(choice["display"]))}


class JobFilter(WordsFilter):
    """Choose among the jobs that there were."""

    in_words = staticmethod(job_in_words)


class StageFilter(WordsFilter):
    """Choose among the stages that ran."""

    in_words = staticmethod(stage_in_words)


@admin.register(JobRun)
class JobRunAdmin(ComputedAdmin):
    when_empty = _(
        "No job was ordered yet. The page “Training” and “manage.py refresh --workspace "
        "NAME” order some."
    )
    list_display = ["what", "workspace", "state", "progress", "asked", "finished"]
    list_filter = [WorkspaceFilter, "state", ("name", JobFilter)]
    list_select_related = ["workspace"]
    ordering = ["-created_at"]
    readonly_fields = ["what", "progress", "came_out", "asked_at", "began_at", "ended_at"]
    fields = [
        *("what", "workspace", "state", "progress", "message", "came_out"),
        *("asked_at", "began_at", "ended_at", "attempts"),
    ]

    @admin.display(description=_("job"), ordering="name")
    def what(self, run: JobRun) -> SafeString:
        return format_html('<span title="{}">{}</span>', run.name, job_in_words(run.name))

    @admin.display(description=_("progress"))
    def progress(self, run: JobRun) -> SafeString | str:
        if not run.total:
            return str(run.done)
        return format_html(
            '<progress max="{}" value="{}"></progress> {} / {}',
            run.total,
            run.done,
            run.done,
            run.total,
        )

    @admin.display(description=_("what came out"))
    def came_out(self, run: JobRun) -> SafeString | str:
        model = run.result.get("model")
        if model:
            runs = (
                _("runs now") if run.result.get("runs") else _("not surely better than what runs")
            )
            return format_html("{} · {}", model, runs)
        rows = [(stage_in_words(stage), count) for stage, count in run.result.items()]
        lines = format_html_join("", "<li>{}: {}</li>", rows)
        return format_html("<ul>{}</ul>", lines) if lines else NOTHING

    @admin.display(description=_("asked for"), ordering="created_at")
    def asked(self, run: JobRun) -> SafeString:
        return short_date(run.created_at)

    @admin.display(description=_("finished"), ordering="finished_at")
    def finished(self, run: JobRun) -> SafeString:
        return short_date(run.finished_at)

    @admin.display(description=_("asked for"))
    def asked_at(self, run: JobRun) -> str:
        return long_date(run.created_at)

    @admin.display(description=_("started"))
    def began_at(self, run: JobRun) -> str:
        return long_date(run.started_at)

    @admin.display(description=_("finished"))
    def ended_at(self, run: JobRun) -> str:
        return long_date(run.finished_at)


@admin.register(StageRun)
class StageRunAdmin(ComputedAdmin):
    when_empty = _("No stage has run yet. Start a worker with “make worker”.")
    list_display = ["what", "workspace", "rows", "rows_per_second", "by_model", "finished"]
    list_filter = [WorkspaceFilter, ("stage", StageFilter)]
    list_select_related = ["workspace"]
    ordering = ["-finished_at"]
    readonly_fields = ["what", "by_model", "rows_per_second", "ended_at", "took"]
    fields = [
        *("what", "workspace", "by_model", "rows", "tokens"),
        *("took", "rows_per_second", "ended_at"),
    ]

    @admin.display(description=_("stage"), ordering="stage")
    def what(self, run: StageRun) -> SafeString:
        return format_html('<span title="{}">{}</span>', run.stage, stage_in_words(run.stage))

    @admin.display(description=_("rows a second"))
    def rows_per_second(self, run: StageRun) -> str:
        if run.seconds <= 0:
            return NOTHING
        pace = run.rows / run.seconds
        return f"{pace:,.0f}" if pace >= SLOW else f"{pace:.1f}"

    @admin.display(description=_("seconds"), ordering="seconds")
    def took(self, run: StageRun) -> str:
        return f"{run.seconds:,.1f}"

    @admin.display(description=_("model"), ordering="model")
    def by_model(self, run: StageRun) -> str:
        return run.model or NOTHING

    @admin.display(description=_("finished"), ordering="finished_at")
    def finished(self, run: StageRun) -> SafeString:
        return short_date(run.finished_at)

    @admin.display(description=_("finished"))
    def ended_at(self, run: StageRun) -> str:
        return long_date(run.finished_at)
