"""Accounts, workspaces and keys, as staff see them."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoAccountAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.forms import ChoiceField, ModelChoiceField, ModelForm, TextInput
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ApiKey, Membership, Workspace
from accounts.scoped_admin import (
    ComputedAdmin,
    Role,
    SeenByMembers,
    StyledAdmin,
    WorkspaceFilter,
    hold_row,
    is_superuser,
    short_date,
    works_in,
    workspaces_for,
)
from accounts.services.workspaces import set_budget

if TYPE_CHECKING:
    from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm
    from django.contrib.auth.forms import AdminUserCreationForm as UserCreationForm
    from django.forms import Select as StyledSelect

    ChangeForm = UserChangeForm[Account]
    StyledInline = admin.TabularInline
else:
    from unfold.admin import TabularInline as StyledInline
    from unfold.forms import AdminPasswordChangeForm, UserCreationForm
    from unfold.forms import UserChangeForm as ChangeForm
    from unfold.widgets import UnfoldAdminSelectWidget as StyledSelect

admin.site.unregister(Group)  # rights follow memberships; groups would be a second truth


def owns(request: HttpRequest, workspace: Model | None) -> bool:
    """Return whether the account is an owner of the workspace, or of any where none is named."""
    if workspace is None:
        return workspaces_for(request, Role.OWNER).exists()
    return works_in(request, workspace.pk, Role.OWNER)


class AccountForm(ChangeForm):
    """An account, with the way to a new password and the languages that pages are in."""

    language = ChoiceField(
        choices=[("", _("the browser’s")), *settings.LANGUAGES],
        required=False,
        widget=StyledSelect,
        label=capfirst(_("language")),
        help_text=_("Language of the pages."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = format_html(
            '{} <a class="lk-link" href="../password/">{}</a>',
            _("It is kept as a hash, which nobody can read back."),
            _("Set a new one"),
        )


@admin.register(Account)
class AccountAdmin(DjangoAccountAdmin[Account], StyledAdmin[Account]):
    """Opens to superusers only, whatever permissions an account was given beside its memberships.

    Whoever may change accounts may make themselves anything.
    """

    form = AccountForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "is_staff", "is_active", "seen_last"]
    list_filter = ["is_staff", "is_active"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Personal"), {"fields": ["first_name", "last_name", "email", "language"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
    ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_superuser(request)

    @admin.display(description=_("signed in last"), ordering="last_login")
    def seen_last(self, account: Account) -> SafeString:
        return short_date(account.last_login)


class MembershipForm(ModelForm[Membership]):
    """Who works in the workspace, by the name they sign in with.

    A name is typed, not chosen: owners need not see who works elsewhere.
    """

    account = ModelChoiceField(
        queryset=Account.objects.filter(is_active=True),
        to_field_name="username",
        widget=TextInput,
        label=_("account"),
        error_messages={"invalid_choice": _("No active account has this name.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["account"] = self.instance.account.username
            self.fields["account"].disabled = True


class MembershipInline(SeenByMembers, StyledInline[Membership, Workspace]):
    """Members see who else works there; owners add, change and remove them."""

    model = Membership
    form = MembershipForm
    hide_title = True
    extra = 0
    fields = ["account", "role"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("account").order_by("pk")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return owns(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return owns(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return owns(request, obj)


@admin.register(Workspace)
class WorkspaceAdmin(StyledAdmin[Workspace]):
    """Members look at their workspaces, and owners change them.

    `manage.py workspace` makes them with their kinds of interaction, and deletes all they have.
    """

    list_display = ["name", "title", "scenario", "created"]
    search_fields = ["name", "title"]
    fields = ["name", "title", "scenario", "keeps_raw_text", "budget_seconds", "budget_tokens"]
    readonly_fields = ["name", "scenario"]  # commands, keys and kinds go by them
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        return workspaces_for(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        seen = workspaces_for(request)
        return seen.exists() if obj is None else seen.filter(pk=obj.pk).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return owns(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: Any) -> None:
        """Save the workspace; what waited for a larger budget goes on at once."""
        hold_row(obj, form)
        super().save_model(request, obj, form, change)
        set_budget(workspace=obj, seconds=obj.budget_seconds, tokens=obj.budget_tokens)

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, workspace: Workspace) -> SafeString:
        return short_date(workspace.created_at)


@admin.register(ApiKey)
class ApiKeyAdmin(ComputedAdmin):
    """Keys are made by `manage.py apikey`, which shows the secret once, and ended here."""

    when_empty = _("No key yet. “manage.py apikey --workspace NAME” makes one and shows it once.")
    list_display = ["name", "prefix", "workspace", "allowed", "expires", "is_usable"]
    list_filter = [WorkspaceFilter]
    list_select_related = ["workspace"]
    fields = [
        *("name", "prefix", "workspace", "allowed", "created_by"),
        *("expires_at", "revoked_at", "last_used_at"),
    ]
    readonly_fields = ["allowed"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return workspaces_for(request, Role.OWNER).exists()

    @admin.display(description=_("may"))
    def allowed(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description=_("expires"), ordering="expires_at")
    def expires(self, key: ApiKey) -> SafeString:
        return short_date(key.expires_at)

    @admin.display(boolean=True, description=_("usable"))
    def is_usable(self, key: ApiKey) -> bool:
        return key.revoked_at is None and key.expires_at > timezone.now()

    @admin.action(description=_("Revoke the chosen keys at once"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        allowed = queryset.filter(workspace__in=workspaces_for(request, Role.OWNER))
        revoked = allowed.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
        self.message_user(request, _("%d keys revoked.") % revoked, messages.SUCCESS)
