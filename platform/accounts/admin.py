"""Accounts, workspaces and keys, as staff see them."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoAccountAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ApiKey, Membership, Workspace
from accounts.scoped_admin import (
    ScopedAdmin,
    StyledAdmin,
    WorkspaceFilter,
    is_superuser,
    short_date,
    workspaces_for,
)

if TYPE_CHECKING:
    StyledInline = admin.TabularInline
else:
    from unfold.admin import TabularInline as StyledInline

admin.site.unregister(Group)  # rights follow memberships; groups would be a second truth


class ForSuperusers:
    """Opens to superusers only, whatever permissions an account was given beside its memberships.

    Whoever may change accounts or memberships may make themselves anything.
    """

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_superuser(request)


@admin.register(Account)
class AccountAdmin(ForSuperusers, DjangoAccountAdmin[Account], StyledAdmin[Account]):
    list_display = ["username", "email", "is_staff", "is_active", "seen_last"]
    list_filter = ["is_staff", "is_active"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Personal"), {"fields": ["first_name", "last_name", "email", "language"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
    ]

    @admin.display(description=_("signed in last"), ordering="last_login")
    def seen_last(self, account: Account) -> SafeString:
        return short_date(account.last_login)


class MembershipInline(ForSuperusers, StyledInline[Membership, Workspace]):
    model = Membership
    extra = 0
    autocomplete_fields = ["account"]


@admin.register(Workspace)
class WorkspaceAdmin(ForSuperusers, StyledAdmin[Workspace]):
    """Members may look at their workspaces; only superusers change them and who belongs there."""

    list_display = ["name", "title", "scenario", "created"]
    search_fields = ["name", "title"]
    fields = ["name", "title", "scenario", "keeps_raw_text"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        return workspaces_for(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        seen = workspaces_for(request)
        return seen.exists() if obj is None else seen.filter(pk=obj.pk).exists()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, workspace: Workspace) -> SafeString:
        return short_date(workspace.created_at)


@admin.register(ApiKey)
class ApiKeyAdmin(ScopedAdmin):
    list_display = ["name", "prefix", "workspace", "allowed", "expires", "is_usable"]
    list_filter = [WorkspaceFilter]
    list_select_related = ["workspace"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # made by `manage.py apikey`, which shows the secret once

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=_("may"))
    def allowed(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description=_("expires"), ordering="expires_at")
    def expires(self, key: ApiKey) -> SafeString:
        return short_date(key.expires_at)

    @admin.display(boolean=True, description=_("usable"))
    def is_usable(self, key: ApiKey) -> bool:
        return key.revoked_at is None and key.expires_at > timezone.now()

    @admin.action(description=_("Revoke the chosen keys at once"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        allowed = queryset.filter(workspace__in=workspaces_for(request, writing=True))
        revoked = allowed.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
        self.message_user(request, _("%d keys revoked.") % revoked, messages.SUCCESS)
