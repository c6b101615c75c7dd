"""What every admin list shares: staff see and change the rows of their own workspaces only."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin as DjangoModelAdmin
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Count, ForeignKey, Model, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelChoiceField
from django.http import Http404, HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, Workspace

if TYPE_CHECKING:
    StyledAdmin = DjangoModelAdmin
else:
    from unfold.admin import ModelAdmin as StyledAdmin

NOTHING = "–"
LONGEST_KEY = 18  # digits, all of which a bigint holds
Role = Membership.Role
# Who has a role has those before it, too.
RANKS = [Role.VIEWER, Role.CURATOR, Role.OWNER]


def workspaces_for(request: HttpRequest, needs: Role = Role.VIEWER) -> QuerySet[Workspace]:
    """Return the workspaces where the signed-in account has at least the role that it `needs`."""
    account = request.user
    if not isinstance(account, Account) or not account.is_staff:
        return Workspace.objects.none()
    if account.is_superuser:
        return Workspace.objects.all()
    roles = RANKS[RANKS.index(needs) :]
    memberships = Membership.objects.filter(account=account, role__in=roles)
    return Workspace.objects.filter(pk__in=memberships.values("workspace"))


def works_in(request: HttpRequest, workspace_id: int, needs: Role) -> bool:
    """Return whether the account has at least that role in the workspace."""
    return workspaces_for(request, needs).filter(pk=workspace_id).exists()


def is_superuser(request: HttpRequest) -> bool:
    """Return whether the signed-in account may do everything everywhere."""
    account = request.user
    return isinstance(account, Account) and account.is_active and account.is_superuser


def is_key(text: str) -> bool:
    """Return whether `text`, which somebody may have made up, can be asked for as a row's key."""
    return text.isdecimal() and len(text) <= LONGEST_KEY


def short_date(moment: datetime | None) -> SafeString:
    """Return the day in numbers; a pointer over it shows the time."""
    if moment is None:
        return format_html("{}", NOTHING)
    local = localtime(moment)
    return format_html(
        '<time class="lk-when" datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        date_format(local, "DATETIME_FORMAT"),
        f"{local:%Y-%m-%d}",
    )


def long_date(moment: datetime | None) -> str:
    """Return the day and the second in numbers, for a page about one row."""
    return NOTHING if moment is None else f"{localtime(moment):%Y-%m-%d %H:%M:%S}"


def count_of(rows: QuerySet[Any], of: str) -> Coalesce:
    """Return how many rows refer by `of` to the row beside which it stands; 0 where none does.

    `rows` name that one as their OuterRef. Postgres then counts for the rows of one page of a
    list only, and not for all that there are before it sorts them.
    """
    counted = rows.order_by().values(of).annotate(rows=Count("pk")).values("rows")
    return Coalesce(Subquery(counted), 0)


class WorkspaceFilter(SimpleListFilter):
    """Choose among the workspaces that the account may see; with one there is no choice."""

    title = _("workspace")
    parameter_name = "workspace"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        seen = [(str(one.pk), str(one)) for one in workspaces_for(request).order_by("name")]
        return seen if len(seen) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(workspace=value) if value and is_key(value) else queryset


def hold_row(row: Model, form: Any) -> None:
    """Lock a row that is about to be saved, and read again what its form does not change.

    So what others wrote since it was read stays. Needs a transaction. Raises Http404 where the
    row is gone. One query.
    """
    left = [field.name for field in row._meta.concrete_fields if not field.primary_key]
    left = [name for name in left if name not in form.changed_data]
    rows = type(row)._default_manager.select_for_update(no_key=True)
    try:
        row.refresh_from_db(fields=left, from_queryset=rows)
    except ObjectDoesNotExist:
        raise Http404 from None


class ScopedAdmin(StyledAdmin[Any]):
    """An admin list of rows that belong to a workspace.

    Rights follow membership: any role looks; `changes_need` says which role adds and changes.
    Superusers do both everywhere. Nobody deletes here: a portrait may rest on the row, and only
    the services tell the portraits.
    """

    changes_need = Role.CURATOR
    # What the list says while there is nothing to list: how rows come to be.
    when_empty: Any = _("There is nothing here yet.")
    compressed_fields = True
    list_filter_submit = False
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(workspace__in=workspaces_for(request))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list; one that leaves nothing out need not offer to show everything."""
        found: Any = super().get_changelist_instance(request)
        if not found.query and not found.get_filters_params():
            found.full_result_count = found.result_count
        return found

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A row that exists stays in its workspace: others may already hang on it."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else [*fixed, "workspace"]

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return forms for the list's rows; those of workspaces only looked at are closed."""
        base: Any = super().get_changelist_formset(request, **kwargs)
        open_ids = set(workspaces_for(request, self.changes_need).values_list("pk", flat=True))
        editable = self.list_editable

        class Formset(base):  # type: ignore[misc]  # the base is made for this list
            def add_fields(self, form: Any, index: int | None) -> None:
                super().add_fields(form, index)
                for name in editable:
                    form.fields[name].disabled = form.instance.workspace_id not in open_ids

        return Formset

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer only rows of workspaces that the account may change."""
        related = db_field.remote_field.model
        allowed = workspaces_for(request, self.changes_need)
        if related is Workspace:
            kwargs["queryset"] = allowed
            if allowed.count() == 1:
                kwargs["initial"] = allowed.first()
        elif any(field.name == "workspace" for field in related._meta.get_fields()):
            kwargs["queryset"] = related._default_manager.filter(workspace__in=allowed)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Save a row of a workspace that the account may change; a list holds others, too."""
        self.refuse_others(request, obj)
        if change:
            hold_row(obj, form)
        self.complete(request, obj, form)
        super().save_model(request, obj, form, change)

    def complete(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Set what follows from what the form changed, once nobody else can change the row."""

    def refuse_others(self, request: HttpRequest, obj: Model) -> None:
        """Raise PermissionDenied where the account may not change rows of `obj`'s workspace."""
        if not self._may(request, obj, needs=self.changes_need):
            raise PermissionDenied

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, needs=Role.VIEWER)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, obj, needs=Role.VIEWER)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, needs=self.changes_need)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, obj, needs=self.changes_need)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def _may(self, request: HttpRequest, obj: Model | None = None, *, needs: Role) -> bool:
        if obj is None:
            return workspaces_for(request, needs).exists()
        return works_in(request, getattr(obj, "workspace_id", 0), needs)


class ComputedAdmin(ScopedAdmin):
    """Rows that the platform computed or received: to read and to explain, never to edit."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class SeenByMembers:
    """Rows shown with the row that they belong to: for whoever sees that one, and to read only."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return workspaces_for(request).exists()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
