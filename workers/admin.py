"""Background work, as staff see it: who asked for what, how far it is, and what it took."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import ComputedAdmin
from core.models import JobRun, StageRun


@admin.register(JobRun)
class JobRunAdmin(ComputedAdmin):
    list_display = ["name", "workspace", "state", "progress", "created_at", "finished_at"]
    list_filter = ["workspace", "state", "name"]

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


@admin.register(StageRun)
class StageRunAdmin(ComputedAdmin):
    list_display = ["stage", "workspace", "rows", "rows_per_second", "model", "finished_at"]
    list_filter = ["workspace", "stage"]

    @admin.display(description=_("rows a second"))
    def rows_per_second(self, run: StageRun) -> str:
        return f"{run.rows / run.seconds:,.0f}" if run.seconds > 0 else "–"
