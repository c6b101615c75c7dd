"""Make, list and revoke the keys that programs call the API with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Account, ApiKey
from accounts.queries.workspaces import get_workspace
from accounts.scopes import Scope
from accounts.services import keys
from core.errors import LikenessError, NotFoundError


class Command(BaseCommand):
    """Without --list or --revoke, prints a new key once; it cannot be shown again."""

    help = "Make an API key for a workspace and print it once; or list or revoke keys."

    def add_arguments(self, parser: CommandParser) -> None:
        every = ",".join(Scope)
        parser.add_argument("--workspace", required=True, metavar="NAME")
        parser.add_argument("--name", default="made on the command line", help="what it is for")
        parser.add_argument("--scopes", default=every, metavar="A,B", help=f"of {every}")
        parser.add_argument("--days", type=int, default=90, help="its life (default: 90)")
        parser.add_argument("--account", metavar="USERNAME", help="whose key it is")
        parser.add_argument("--list", action="store_true", help="list this workspace's keys")
        parser.add_argument("--revoke", metavar="PREFIX", help="end the key with this prefix")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            workspace = get_workspace(options["workspace"])
            if options["list"]:
                self._list(workspace.pk)
            elif options["revoke"]:
                self._revoke(workspace.pk, options["revoke"])
            else:
                scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
                key, plain = keys.issue_key(
                    workspace=workspace,
                    name=options["name"],
                    scopes=scopes,
                    days=options["days"],
                    account=_account(options["account"]),
                )
                self.stderr.write(f"Ends {key.expires_at:%Y-%m-%d}. It is shown this once:")
                self.stdout.write(plain)
        except LikenessError as error:
            raise CommandError(error.message) from error

    def _list(self, workspace_id: int) -> None:
        for key in ApiKey.objects.filter(workspace_id=workspace_id).order_by("created_at"):
            state = "revoked" if key.revoked_at else f"until {key.expires_at:%Y-%m-%d}"
            self.stdout.write(f"{key.prefix}  {state}  {key.name}: {', '.join(key.scopes)}")

    def _revoke(self, workspace_id: int, prefix: str) -> None:
        key = ApiKey.objects.filter(workspace_id=workspace_id, prefix=prefix).first()
        if key is None:
            raise CommandError(f"This workspace has no key {prefix!r}; --list shows them.")
        keys.revoke_key(key)
        self.stdout.write(f"{prefix} no longer opens anything.")


def _account(username: str | None) -> Account | None:
    if username is None:
        return None
    account = Account.objects.filter(username=username).first()
    if account is None:
        raise NotFoundError(f"There is no account {username!r}.", account=username)
    return account
