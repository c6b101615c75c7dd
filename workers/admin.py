"""Background work, as staff see it: who asked for what, how far it is, and what it took."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import NOTHING, ComputedAdmin, WorkspaceFilter, short_date
from core.models import JobRun, StageRun
from core.stage_words import stage_in_words


@admin.register(JobRun)
class JobRunAdmin(ComputedAdmin):
    list_display = ["name", "workspace", "state", "progress", "asked", "finished"]
    list_filter = [WorkspaceFilter, "state", "name"]
    list_select_related = ["workspace"]
    ordering = ["-created_at"]
    exclude = ["holder"]

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

    @admin.display(description=_("asked for"), ordering="created_at")
    def asked(self, run: JobRun) -> SafeString:
        return short_date(run.created_at)

    @admin.display(description=_("finished"), ordering="finished_at")
    def finished(self, run: JobRun) -> SafeString:
        return short_date(run.finished_at)


@admin.register(StageRun)
class StageRunAdmin(ComputedAdmin):
    list_display = ["what", "workspace", "rows", "rows_per_second", "by_model", "finished"]
    list_filter = [WorkspaceFilter, "stage"]
    list_select_related = ["workspace"]
    ordering = ["-finished_at"]

    @admin.display(description=_("stage"), ordering="stage")
    def what(self, run: StageRun) -> SafeString:
        return format_html('<span title="{}">{}</span>', run.stage, stage_in_words(run.stage))

    @admin.display(description=_("rows a second"))
    def rows_per_second(self, run: StageRun) -> str:
        return f"{run.rows / run.seconds:,.0f}" if run.seconds > 0 else NOTHING

    @admin.display(description=_("model"), ordering="model")
    def by_model(self, run: StageRun) -> str:
        return run.model or NOTHING

    @admin.display(description=_("finished"), ordering="finished_at")
    def finished(self, run: StageRun) -> SafeString:
        return short_date(run.finished_at)
