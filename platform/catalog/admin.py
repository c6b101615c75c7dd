"""Items and the vocabulary, as staff see them."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import ComputedAdmin, ScopedAdmin, WorkspaceFilter, short_date
from catalog.models import Item, ItemTag, Space, Tag

if TYPE_CHECKING:
    StyledInline = admin.TabularInline
else:
    from unfold.admin import TabularInline as StyledInline


class ItemTagInline(StyledInline[ItemTag, Item]):
    """Why an item has each of its tags."""

    model = ItemTag
    fields = ["tag", "confidence", "words", "model"]
    readonly_fields = ["tag", "confidence", "words", "model"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Item | None = None) -> bool:
        return False


@admin.register(Item)
class ItemAdmin(ScopedAdmin):
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
        ("is_available", "available_from", "available_until"),
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

    @admin.display(description=_("updated"), ordering="updated_at")
    def updated(self, item: Item) -> SafeString:
        return short_date(item.updated_at)


@admin.register(Tag)
class TagAdmin(ScopedAdmin):
    list_display = ["key", "english", "chinese", "parent", "source", "used_by", "is_blocked"]
    list_filter = [WorkspaceFilter, "source", "is_blocked", "is_field"]
    ordering = ["key"]
    list_editable = ["is_blocked"]
    list_select_related = ["parent"]
    search_fields = ["key", "names"]
    autocomplete_fields = ["parent"]
    fields = ["workspace", "key", "names", "parent", "source", "is_field", "is_blocked"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        counted: QuerySet[Tag] = super().get_queryset(request).annotate(uses=Count("item_tags"))
        return counted

    @admin.display(description=_("items"), ordering="uses")
    def used_by(self, tag: Tag) -> int:
        return int(getattr(tag, "uses", 0))

    @admin.display(description=_("English"))
    def english(self, tag: Tag) -> str:
        return str(tag.names.get("en", ""))

    @admin.display(description=_("Chinese"))
    def chinese(self, tag: Tag) -> str:
        return str(tag.names.get("zh", ""))


@admin.register(Space)
class SpaceAdmin(ComputedAdmin):
    list_display = ["name", "encoder", "revision", "dimensions", "state", "workspace"]
    list_filter = [WorkspaceFilter, "state"]
    list_select_related = ["workspace"]
