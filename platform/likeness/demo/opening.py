"""Opening the reading room: its rows through the real ingest, its logins and its key."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import OutputWrapper
from django.db import transaction
from django.db.models import Count, Q

from accounts.models import Account, ApiKey, Membership, Scenario, Workspace
from accounts.scopes import Scope
from accounts.services.keys import issue_key
from accounts.services.workspaces import ensure_workspace
from catalog.services.tags import load_vocabulary
from core.errors import NotReadyError
from likeness.demo.world import write_folder
from profiles.models import User

WORKSPACE = "reading-room"
KEY_NAME = "demo"
VOCABULARY = Path(__file__).with_name("data") / "tags.json"


@dataclass(frozen=True, slots=True)
class Login:
    """A name and password that the demo makes, and whose portrait it opens, if a user's."""

    username: str
    password: str
    user: User | None


def load_room(stdout: OutputWrapper) -> Workspace:
    """Bring books, readers and loans in through the ingest command. Twice changes nothing."""
    workspace, _ = ensure_workspace(
        name=WORKSPACE, scenario=Scenario.READING, title="The reading room"
    )
    folder = settings.VAR / "demo"
    write_folder(folder)
    load_vocabulary(workspace, json.loads(VOCABULARY.read_text(encoding="utf-8")))
    call_command("ingest", str(folder), workspace=workspace.name, stdout=stdout)
    return workspace


def make_logins(workspace: Workspace) -> list[Login]:
    """Make a login for staff and one each for an English and a Chinese reader.

    Their passwords are known to everybody who reads this file: only for the embedded database.
    """
    staff = _staff(workspace)
    return [staff, *_readers(workspace)]


@transaction.atomic
def _staff(workspace: Workspace) -> Login:
    login = Login("staff", "staff-demo", None)
    account = _account(login, language="en", is_staff=True, is_superuser=True)
    Membership.objects.get_or_create(
        account=account, workspace=workspace, defaults={"role": Membership.Role.OWNER}
    )
    return login


def _readers(workspace: Workspace) -> Iterator[Login]:
    for language, pages in (("en", "en"), ("zh", "zh-hans")):
        reader = find_reader(workspace, language)
        login = Login(f"reader-{language}", "reader-demo", reader)
        with transaction.atomic():
            account = _account(login, language=pages)
            taken = User.objects.filter(workspace=workspace, account=account).exists()
            if not taken:
                User.objects.filter(pk=reader.pk).update(account=account)
        yield login


def find_reader(workspace: Workspace, language: str) -> User:
    """Return the reader of this language who has the demo's login, else who wrote the most.

    Raises NotReadyError where the room is empty.
    """
    speaks = Q(language__startswith=language) | Q(traits__language=language)
    readers = User.objects.filter(speaks, workspace=workspace)
    known = readers.filter(account__username=f"reader-{language}").first()
    written = Count("interactions", filter=Q(interactions__review__isnull=False))
    most = readers.annotate(written=written).order_by("-written", "pk").first()
    reader = known or most
    if reader is None:
        raise NotReadyError(f"The reading room has no reader of language {language!r}.")
    return reader


def _account(login: Login, *, language: str, **flags: bool) -> Account:
    account, is_new = Account.objects.get_or_create(
        username=login.username, defaults={"language": language, **flags}
    )
    if is_new:
        account.set_password(login.password)
        account.save(update_fields=["password"])
    return account


def make_key(workspace: Workspace) -> str:
    """Return a new API key with every right, or nothing where the demo's key exists already."""
    if ApiKey.objects.filter(workspace=workspace, name=KEY_NAME, revoked_at=None).exists():
        return ""
    return issue_key(workspace=workspace, name=KEY_NAME, scopes=list(Scope), days=90)[1]
