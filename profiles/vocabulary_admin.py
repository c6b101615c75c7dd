"""The words and the weights that portraits are drawn with, as staff see and change them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, OuterRef, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import Role, ScopedAdmin, WorkspaceFilter, count_of
from catalog.keys import key_of
from catalog.models import ItemTag, Tag
from catalog.services.bearers import wait_to_tag
from catalog.services.tags import tag_anew
from catalog.services.topics import lifted_in
from core.jobs import Job, enqueue
from language.sensitive import topic_of
from profiles.models import Kind
from profiles.services.vocabulary import kind_changed, read_anew, tag_changed
from profiles.wording import topic_in_words

# What staff say about a tag by changing one of these is theirs: no run changes it again.
KEPT = frozenset({"names", "parent", "merged_into"})
# What any item may be found to bear, or not to bear any more, where one of these changes.
SOUGHT = frozenset({"key", "names", "is_field", "merged_into"})


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
        self._check_merge(cleaned.get("merged_into"), workspace)
        return cleaned

    def _check_merge(self, target: Tag | None, workspace: Any) -> None:
        """Refuse to merge into a tag from elsewhere, into itself, or along a chain."""
        if target is None:
            return
        if workspace is not None and target.workspace_id != workspace.pk:
            self.add_error("merged_into", _("Choose a tag of the same workspace."))
        elif target.pk == self.instance.pk or target.merged_into_id or target.is_field:
            self.add_error("merged_into", _("Choose another tag, one that is not merged itself."))
        elif self.instance.pk and self.instance.synonyms.exists():
            self.add_error("merged_into", _("Others mean this tag: let them go first."))

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

    when_empty = _(
        "No tag yet. They come with items or are found in texts by a worker, and can be added here."
    )
    form = TagForm
    list_display = [
        *("key", "english", "chinese", "parent", "means", "source", "used_by"),
        *("held_for", "is_blocked"),
    ]
    list_filter = [WorkspaceFilter, "source", "is_blocked", "topic", "is_field"]
    ordering = ["key"]
    list_per_page = 50
    list_editable = ["is_blocked"]
    list_select_related = ["parent", "merged_into"]
    search_fields = ["key", "names"]
    autocomplete_fields = ["parent", "merged_into"]
    fields = [
        "workspace",
        "key",
        "names",
        ("parent", "field_confidence"),
        "merged_into",
        "source",
        "is_field",
        ("is_blocked", "held_for"),
    ]
    readonly_fields = ["field_confidence", "held_for"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        borne = ItemTag.objects.filter(tag=OuterRef("pk"))
        counted: QuerySet[Tag] = super().get_queryset(request).annotate(uses=count_of(borne, "tag"))
        return counted

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Items' tags are looked up by the key, so one that exists stays."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else [*fixed, "key"]

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: Any) -> None:
        """Keep what staff chose, and tell whom it concerns.

        Items are locked before tags, and tags before users, as the workers that tag lock them.
        """
        if is_sought := bool(SOUGHT.intersection(form.changed_data)):
            self._seek_anew(obj, form)
        super().save_model(request, obj, form, change)
        tag_changed(obj)
        if is_sought:
            enqueue(Job.SWEEP, workspace_id=obj.workspace_id)

    def complete(self, request: HttpRequest, obj: Tag, form: Any) -> None:
        """Say whose choice it is: what the platform guesses later leaves that alone.

        A tag of a sensitive topic stays blocked, whatever was ticked.
        """
        if "is_blocked" in form.changed_data:
            obj.is_blocked_by_staff = obj.is_blocked
        if KEPT.intersection(form.changed_data):
            obj.source, obj.field_confidence = Tag.Source.STAFF, None
        topic = topic_of((obj.key, *obj.names.values()), lifted_in(obj.workspace_id))
        if topic and not obj.is_blocked:
            words = {"tag": obj.key, "topic": topic_in_words(topic)}
            self.message_user(request, _("%(tag)s stays blocked: %(topic)s.") % words, "warning")
        obj.topic, obj.is_blocked = topic, obj.is_blocked_by_staff or bool(topic)

    def _seek_anew(self, tag: Tag, form: Any) -> None:
        """Let all items be tagged again, and reviews be read again that spoke of what is merged."""
        wait_to_tag(tag.workspace_id)
        if "merged_into" in form.changed_data:
            ids = {tag.pk, tag.merged_into_id, form.initial.get("merged_into")} - {None}
            read_anew(tag.workspace_id, ids)
        tag_anew(workspace_id=tag.workspace_id)

    @admin.display(description=_("means the same as"), ordering="merged_into__key")
    def means(self, tag: Tag) -> str:
        return tag.merged_into.key if tag.merged_into else ""

    @admin.display(description=_("sensitive topic"), ordering="topic")
    def held_for(self, tag: Tag) -> str:
        return topic_in_words(tag.topic)

    @admin.display(description=_("items"), ordering="uses")
    def used_by(self, tag: Tag) -> int:
        return int(getattr(tag, "uses", 0))

    @admin.display(description=_("English"))
    def english(self, tag: Tag) -> str:
        return str(tag.names.get("en", ""))

    @admin.display(description=_("Chinese"))
    def chinese(self, tag: Tag) -> str:
        return str(tag.names.get("zh", ""))


class KindForm(ModelForm[Kind]):
    """A kind whose figures make sense: the database refuses others, and does not say why."""

    def clean_polarity(self) -> int:
        polarity = int(self.cleaned_data["polarity"])
        if polarity not in (-1, 0, 1):
            told = _("%(n)d is none of 1 (took to it), -1 (turned from it) and 0 (neither).")
            raise ValidationError(told % {"n": polarity})
        return polarity

    def clean_weight(self) -> float:
        weight = float(self.cleaned_data["weight"])
        if not 0.0 <= weight <= 1.0:
            raise ValidationError(_("%(n)g is not from 0 to 1.") % {"n": weight})
        return weight

    def clean_half_life_days(self) -> float:
        days = float(self.cleaned_data["half_life_days"])
        if days <= 0.0:
            raise ValidationError(_("%(n)g is no number of days above 0.") % {"n": days})
        return days

    def clean(self) -> dict[str, Any] | None:
        """Refuse a scale that has only one end, or whose best is not above its middle."""
        cleaned = super().clean() or {}
        middle, best = cleaned.get("value_middle"), cleaned.get("value_best")
        if (middle is None) != (best is None) and not self.errors:
            self.add_error("value_best", _("Give both the neutral and the best value, or neither."))
        elif middle is not None and best is not None and middle >= best:
            told = _("The best value has to lie above the neutral one, which is %(n)g.")
            self.add_error("value_best", told % {"n": middle})
        return cleaned


class KindAdmin(ScopedAdmin):
    """What interactions say. Kinds are settings of the workspace, so they are its owners'."""

    form = KindForm
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
