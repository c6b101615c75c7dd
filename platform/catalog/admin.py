"""Items and the spaces they stand in, as staff see them.

The vocabulary is on a higher floor, `profiles.vocabulary_admin`: portraits follow its changes.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import (
    ComputedAdmin,
    ScopedAdmin,
    SeenByMembers,
    WorkspaceFilter,
    short_date,
)
from catalog.models import Item, ItemTag, Space, TrainedModel
from catalog.queries.items import sent_fields
from catalog.rows import ItemIn
from catalog.services.amend import amend_item
from catalog.trained_admin import TrainedModelAdmin
from core.errors import InvalidError
from core.refusal_words import refusal_in_words

if TYPE_CHECKING:
    StyledInline = admin.TabularInline
else:
    from unfold.admin import TabularInline as StyledInline


admin.site.register(TrainedModel, TrainedModelAdmin)


class ItemTagInline(SeenByMembers, StyledInline[ItemTag, Item]):
    """Why an item has each of its tags."""

    model = ItemTag
    hide_title = True
    fields = ["tag", "confidence", "words", "model"]
    readonly_fields = ["tag", "confidence", "words", "model"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[ItemTag]:
        return super().get_queryset(request).select_related("tag").order_by("-confidence", "pk")


class ItemForm(ModelForm[Item]):
    """What staff may say about an item; the rest is sent by the partner."""

    def changes(self) -> dict[str, Any]:
        """Return what was changed, by field, as an API call would send it."""
        changed = {name: self.cleaned_data.get(name) for name in self.changed_data}
        moments = {
            name: value.isoformat()
            for name, value in changed.items()
            if isinstance(value, datetime)
        }
        return changed | moments

    def clean(self) -> dict[str, Any] | None:
        """Refuse what an API call would be refused."""
        cleaned = super().clean()
        try:
            ItemIn.parse(sent_fields(self.instance) | self.changes())
        except InvalidError as error:
            field = str(error.details.get("field", ""))
            self.add_error(field if field in self.fields else None, refusal_in_words(error))
        return cleaned


@admin.register(Item)
class ItemAdmin(ScopedAdmin):
    when_empty = _(
        "No item was sent yet. Send some by the API, or load a folder: “manage.py ingest "
        "FOLDER --workspace NAME”."
    )
    form = ItemForm
    list_display = ["external_id", "title", "language", "is_available", "workspace", "updated"]
    list_filter = [WorkspaceFilter, "is_available", "language"]
    list_select_related = ["workspace"]
    ordering = ["external_id"]
    search_fields = ["external_id", "title"]
    fields = [
        "external_id",
        "title",
        "text",
        "given_tags",
        "attributes",
        "is_available",
        "available_from",
        "available_until",
        ("language", "updated_at"),
    ]
    readonly_fields = [
        "external_id",
        "title",
        "text",
        "given_tags",
        "attributes",
        "language",
        "updated_at",
    ]
    inlines = [ItemTagInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # items are sent by the partner

    def save_model(self, request: HttpRequest, obj: Item, form: Any, change: Any) -> None:
        """Set what was changed as an API call would, so that the next one may set it back."""
        self.refuse_others(request, obj)
        amend_item(workspace=obj.workspace, external_id=obj.external_id, changes=form.changes())

    @admin.display(description=_("updated"), ordering="updated_at")
    def updated(self, item: Item) -> SafeString:
        return short_date(item.updated_at)


@admin.register(Space)
class SpaceAdmin(ComputedAdmin):
    when_empty = _("No vectors yet. A worker makes them once there are items: “make worker”.")
    list_display = ["name", "encoder", "revision", "dimensions", "state", "workspace"]
    list_filter = [WorkspaceFilter, "state"]
    list_select_related = ["workspace"]
