"""The words and the weights that portraits are drawn with, as staff see and change them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import Role, ScopedAdmin, WorkspaceFilter
from catalog.keys import key_of
from catalog.models import Tag
from catalog.services.tags import tag_anew
from core.jobs import Job, enqueue
from profiles.models import Kind
from profiles.services.vocabulary import kind_changed, tag_changed


class TagForm(ModelForm[Tag]):
    """A word of one workspace, with a parent from the same workspace."""

    def clean_key(self) -> str:
        """Return the key as items' tags are looked up by."""
        key = key_of(self.cleaned_data["key"])
        if not key:
            raise ValidationError(_("A key needs at least one letter or digit."))
        return key

    def clean_names(self) -> dict[str, str]:
        """Return the names, which have to be words by language."""
        names: Any = self.cleaned_data["names"]
        if isinstance(names, dict) and all(isinstance(name, str) for name in names.values()):
            return names
        raise ValidationError(_('Give names by language, like {"en": "novel", "zh": "小说"}.'))

    def clean(self) -> dict[str, Any] | None:
        """Refuse a parent from elsewhere, and one that is the tag itself or stands below it."""
        cleaned = super().clean() or {}
        parent = cleaned.get("parent")
        workspace = cleaned.get("workspace") or getattr(self.instance, "workspace", None)
        if parent is not None and workspace is not None:
            if parent.workspace_id != workspace.pk:
                self.add_error("parent", _("Choose a tag of the same workspace."))
            elif self._is_above(parent):
                self.add_error("parent", _("Choose a tag that is not this one or below it."))
        return cleaned

    def _is_above(self, tag: Tag | None) -> bool:
        """Return whether the form's own tag is `tag` or one of those above it."""
        seen: set[int] = set()
        while tag is not None and tag.pk not in seen:
            if tag.pk == self.instance.pk:
                return True
            seen.add(tag.pk)
            tag = tag.parent
        return False


class TagAdmin(ScopedAdmin):
    """The vocabulary. A word that should not be used is blocked; its statements then lapse."""

    form = TagForm
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

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Items' tags are looked up by the key, so one that exists stays."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else [*fixed, "key"]

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        tag_changed(obj)
        if {"key", "names", "is_field"}.intersection(form.changed_data):
            tag_anew(workspace_id=obj.workspace_id)
            enqueue(Job.SWEEP, workspace_id=obj.workspace_id)

    @admin.display(description=_("items"), ordering="uses")
    def used_by(self, tag: Tag) -> int:
        return int(getattr(tag, "uses", 0))

    @admin.display(description=_("English"))
    def english(self, tag: Tag) -> str:
        return str(tag.names.get("en", ""))

    @admin.display(description=_("Chinese"))
    def chinese(self, tag: Tag) -> str:
        return str(tag.names.get("zh", ""))


class KindAdmin(ScopedAdmin):
    """What interactions say. Kinds are settings of the workspace, so they are its owners'."""

    changes_need = Role.OWNER
    list_display = ["name", "says", "weight", "half_life", "workspace"]
    list_filter = [WorkspaceFilter]
    list_select_related = ["workspace"]
    ordering = ["workspace", "-weight", "name"]

    def save_model(self, request: HttpRequest, obj: Kind, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        kind_changed(obj)

    @admin.display(description=_("says"), ordering="polarity")
    def says(self, kind: Kind) -> str:
        if kind.value_middle is not None:
            return str(_("by its value, from %g") % kind.value_middle)
        return str({1: _("took to it"), -1: _("turned from it"), 0: _("neither")}[kind.polarity])

    @admin.display(description=_("half-life"), ordering="half_life_days")
    def half_life(self, kind: Kind) -> str:
        return str(_("%g days") % kind.half_life_days)
