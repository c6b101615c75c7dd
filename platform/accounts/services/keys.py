"""API keys: made once, shown once, kept as a hash, and checked in constant time."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, ApiKey, Workspace
from accounts.queries.keys import load_key
from accounts.scopes import Scope
from core.errors import InvalidError

log = structlog.get_logger(__name__)

MARK = "lk"
LONGEST_LIFE_DAYS = 3650
# A busy key would otherwise write its own row on every request.
USE_NOTED_EVERY = timedelta(minutes=5)


def issue_key(
    *,
    workspace: Workspace,
    name: str,
    scopes: Iterable[str],
    days: int = 90,
    account: Account | None = None,
) -> tuple[ApiKey, str]:
    """Make a key for `workspace`. Returns its row and the key itself, which is stored nowhere.

    Raises InvalidError for an unknown scope, for no scope at all, or for a life out of range.
    """
    if not 1 <= days <= LONGEST_LIFE_DAYS:
        raise InvalidError(
            f"A key lives 1 to {LONGEST_LIFE_DAYS} days, not {days}.", field="days", value=days
        )
    prefix, secret = secrets.token_hex(4), secrets.token_hex(32)
    now = timezone.now()
    key = ApiKey.objects.create(
        workspace=workspace,
        name=name,
        prefix=prefix,
        secret_hash=hash_of(secret),
        scopes=known_scopes(scopes),
        created_by=account,
        expires_at=now + timedelta(days=days),
    )
    log.info("key.issued", workspace=workspace.name, prefix=prefix, scopes=key.scopes)
    return key, f"{MARK}_{prefix}_{secret}"


def known_scopes(scopes: Iterable[str]) -> list[str]:
    """Return `scopes` sorted and without repeats, or raise InvalidError naming an unknown one."""
    wanted = sorted(set(scopes))
    known = {scope.value for scope in Scope}
    for scope in wanted:
        if scope not in known:
            raise InvalidError(
                f"There is no scope {scope!r}; there are {', '.join(sorted(known))}.",
                field="scopes",
                value=scope,
            )
    if not wanted:
        raise InvalidError("A key needs at least one scope.", field="scopes", value="")
    return wanted


def revoke_key(key: ApiKey) -> ApiKey:
    """End the key's life now. A key revoked before keeps its moment."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    key.refresh_from_db(fields=["revoked_at"])
    log.info("key.revoked", prefix=key.prefix)
    return key


def find_key(presented: str) -> ApiKey | None:
    """Return the key that `presented` names with its right secret, dead or alive. One query."""
    mark, _, rest = presented.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != MARK or not secret or not prefix.isalnum() or not prefix.isascii():
        return None
    key = load_key(prefix)
    # An unknown prefix costs the same comparison as a known one.
    stored = key.secret_hash if key else hash_of("")
    return key if secrets.compare_digest(stored, hash_of(secret)) else None


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Remember that the key was used, at most once every few minutes."""
    since = now - USE_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at < since:
        ApiKey.objects.filter(
            Q(last_used_at__isnull=True) | Q(last_used_at__lt=since), pk=key.pk
        ).update(last_used_at=now)


def hash_of(secret: str) -> str:
    """Return the hex SHA-256 of a secret. The secrets are 256 random bits, so no salt is due."""
    return hashlib.sha256(secret.encode()).hexdigest()
