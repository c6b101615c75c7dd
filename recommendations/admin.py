"""What was learnt and what was served, as staff see it: to read, not to edit."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import ComputedAdmin
from recommendations.models import Fit, Slate


@admin.register(Fit)
class FitAdmin(ComputedAdmin):
    list_display = ["id", "workspace", "state", "interactions", "data_until", "created_at"]
    list_filter = ["workspace", "state"]


@admin.register(Slate)
class SlateAdmin(ComputedAdmin):
    list_display = ["id", "user", "placement", "length", "created_at"]
    list_filter = ["workspace", "placement"]
    list_select_related = ["user"]
    raw_id_fields = ["user"]

    @admin.display(description=_("items"))
    def length(self, slate: Slate) -> int:
        return len(slate.item_ids)
