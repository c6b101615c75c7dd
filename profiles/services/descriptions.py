"""Put users' statements into words, in both languages, and keep them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog
from django.db import connection, transaction

from catalog.models import Tag
from language.write import Fact, describe
from profiles import versions
from profiles.models import Profile, Statement, User

log = structlog.get_logger(__name__)
LANGUAGES = ("en", "zh")

MARK_DESCRIBED = """
    UPDATE profiles_user SET described_revision = seen.revision, described_version = %s
    FROM unnest(%s::bigint[], %s::bigint[]) AS seen (id, revision)
    WHERE profiles_user.id = seen.id AND profiles_user.described_revision <= seen.revision
"""


def describe_users(workspace_id: int, user_ids: Sequence[int]) -> int:
    """Describe these users from the statements in use that they do not hide.

    Returns how many were brought up to date. Five queries; safe to repeat.
    """
    seen = {
        user.pk: user
        for user in User.objects.filter(
            workspace_id=workspace_id, pk__in=list(user_ids), is_paused=False
        )
    }
    if not seen:
        return 0
    statements = _load_statements(list(seen))
    described = {pk: _describe(seen[pk], statements[pk]) for pk in seen}
    with transaction.atomic():
        kept = _lock(seen)
        Profile.objects.bulk_create(
            [
                Profile(workspace_id=workspace_id, user_id=pk, descriptions=described[pk])
                for pk in kept
            ],
            batch_size=5_000,
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["descriptions", "updated_at"],
        )
        with connection.cursor() as cursor:
            revisions = [seen[pk].portrait_revision for pk in kept]
            cursor.execute(MARK_DESCRIBED, [versions.DESCRIPTIONS, kept, revisions])
    log.info("users.described", workspace_id=workspace_id, users=len(kept))
    return len(kept)


def describe_to(user: User, language: str) -> str:
    """Return the user's portrait in words said to the user, as it stands now. One query."""
    facts = [_fact(row, language) for row in _load_statements([user.pk])[user.pk]]
    return describe(facts, language=language, address="you").text


def _lock(seen: dict[int, User]) -> list[int]:
    rows = (
        User.objects.select_for_update(no_key=True)
        .filter(pk__in=list(seen), is_paused=False)
        .order_by("pk")
        .values_list("pk", "described_revision")
    )
    return [pk for pk, described in rows if described <= seen[pk].portrait_revision]


def _load_statements(user_ids: Sequence[int]) -> dict[int, list[Statement]]:
    found: dict[int, list[Statement]] = defaultdict(list)
    rows = Statement.objects.filter(
        user__in=list(user_ids),
        valid_until__isnull=True,
        is_hidden=False,
        tag__is_blocked=False,
        status__in=[Statement.Status.ACTIVE, Statement.Status.PINNED],
    ).select_related("tag__parent")
    for row in rows.order_by("user_id", "pk"):
        found[row.user_id].append(row)
    return found


def _describe(user: User, statements: Sequence[Statement]) -> dict[str, Any]:
    """Word the statements in every language, with the claims by statement to check them by."""
    described: dict[str, Any] = {}
    for language in LANGUAGES:
        facts = [_fact(row, language) for row in statements]
        written = describe(facts, language=language, name=user.name or None)
        described[language] = {
            "text": written.text,
            "claims": [list(claim) for claim in written.claims],
            "model": written.model,
            "version": written.version,
        }
    return described


def _fact(row: Statement, language: str) -> Fact:
    parent = row.tag.parent
    return Fact(
        tag=row.tag.name_in(language),
        polarity=row.polarity,
        strength=row.strength,
        level=row.level,
        parent=parent.name_in(language) if parent else None,
        is_aspect=row.tag.source == Tag.Source.ASPECT,
    )
