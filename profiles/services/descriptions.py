"""Put users' statements into words, in both languages, and keep them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from catalog.services.topics import lifted_in
from language import phrasing
from language.generate import TEMPLATE, Generator
from language.phrasing import Attempt, How, Said, attempt, compose, fitting
from language.write import Fact
from profiles import versions
from profiles.models import Profile, Statement, User
from profiles.queries.statements import IN_USE, statements_in_use
from profiles.queries.wordings import fact_of, said_in, stored_in, worded_now

log = structlog.get_logger(__name__)
LANGUAGES = ("en", "zh")

MARK_DESCRIBED = """
    UPDATE profiles_user SET described_revision = seen.revision, described_version = %s
    FROM unnest(%s::bigint[], %s::bigint[]) AS seen (id, revision)
    WHERE profiles_user.id = seen.id AND profiles_user.described_revision <= seen.revision
"""

# The sentences of one language for these facts: those that passed, and how that came about.
Phrase = Callable[[Sequence[Fact], str, Sequence[Said]], Attempt]


@dataclass(frozen=True, slots=True)
class Phrased:
    """What a generator made of some users' portraits. `problems` says why it was refused."""

    users: int
    asked: int
    kept: int
    claims: int
    supported: int
    problems: dict[str, int]


def describe_users(workspace_id: int, user_ids: Sequence[int]) -> int:
    """Describe these users from the statements in use that they do not hide.

    A sentence of a generator that still says just what is to be said stays; the template says
    the rest. Returns how many were brought up to date. Seven queries; safe to repeat.
    """
    lifted = lifted_in(workspace_id)

    def kept(facts: Sequence[Fact], language: str, known: Sequence[Said]) -> Attempt:
        return Attempt(said=fitting(known, facts, language=language, lifted=lifted))

    done = _describe_all(workspace_id, user_ids, kept, version=versions.DESCRIPTIONS)
    log.info("users.described", workspace_id=workspace_id, users=done)
    return done


def phrase_users(
    workspace_id: int, user_ids: Sequence[int], *, generator: Generator, version: str
) -> Phrased:
    """Have a generator put these users' statements into words, and keep what passes the check.

    It is asked outside any transaction, and is given tags and nothing else: no name, no text.
    `version` is kept as the users' `described_version`. Raises GeneratorAwayError, having stored
    nothing, where the generator cannot be reached. Safe to repeat.
    """
    lifted = lifted_in(workspace_id)
    made: list[Attempt] = []

    def asked(facts: Sequence[Fact], language: str, known: Sequence[Said]) -> Attempt:
        made.append(attempt(facts, generator, language=language, lifted=lifted, known=known))
        return made[-1]

    done = _describe_all(workspace_id, user_ids, asked, version=version, writer=generator)
    problems = sum((each.problems for each in made), Counter())
    return Phrased(
        users=done,
        asked=sum(each.asked for each in made),
        kept=sum(each.passed for each in made),
        claims=sum(each.claims for each in made),
        supported=sum(each.supported for each in made),
        problems=dict(problems),
    )


def try_phrasing(
    workspace_id: int, count: int, *, generator: Generator, language: str
) -> list[tuple[Attempt, How]]:
    """Return what a generator makes of the first `count` users with statements. Keeps nothing."""
    lifted = lifted_in(workspace_id)
    told = Statement.objects.filter(workspace_id=workspace_id, status__in=IN_USE)
    ids = list(
        User.objects.filter(pk__in=told.values("user"), is_paused=False)
        .order_by("pk")
        .values_list("pk", flat=True)[:count]
    )
    found = []
    statements = _load_statements(ids)
    for pk in ids:
        facts = [fact_of(row, language) for row in statements[pk]]
        made = attempt(facts, generator, language=language, lifted=lifted)
        found.append((made, compose(facts, made.said, language=language)[1]))
    return found


def describe_to(user: User, language: str) -> str:
    """Return the user's portrait in words said to the user, as it stands now. Three queries.

    A generator's sentences are among them as far as they still say what is believed.
    """
    stored = _load_stored([user.pk]).get(user.pk, {})
    return worded_now(
        _load_statements([user.pk])[user.pk],
        stored_in(stored, language),
        language=language,
        lifted=lifted_in(user.workspace_id),
        address="you",
    ).text


def _describe_all(
    workspace_id: int,
    user_ids: Sequence[int],
    phrase: Phrase,
    *,
    version: str,
    writer: Generator | None = None,
) -> int:
    """Describe the users and keep it. Returns how many were brought up to date."""
    seen = {
        user.pk: user
        for user in User.objects.filter(
            workspace_id=workspace_id, pk__in=list(user_ids), is_paused=False
        )
    }
    if not seen:
        return 0
    statements, stored = _load_statements(list(seen)), _load_stored(list(seen))
    described = {
        pk: _describe(seen[pk], statements[pk], stored.get(pk, {}), phrase, writer) for pk in seen
    }
    return _store(workspace_id, seen, described, version)


def _store(
    workspace_id: int, seen: dict[int, User], described: dict[int, dict[str, Any]], version: str
) -> int:
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
            cursor.execute(MARK_DESCRIBED, [version, kept, revisions])
    return len(kept)


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
    rows = statements_in_use().filter(user__in=list(user_ids)).select_related("tag__parent")
    for row in rows.order_by("user_id", "tag__key"):
        found[row.user_id].append(row)
    return found


def _load_stored(user_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    rows = Profile.objects.filter(user__in=list(user_ids)).values_list("user_id", "descriptions")
    return dict(rows)


def _describe(
    user: User,
    statements: Sequence[Statement],
    stored: dict[str, Any],
    phrase: Phrase,
    writer: Generator | None,
) -> dict[str, Any]:
    """Word the statements in every language, with the claims by statement to check them by."""
    described: dict[str, Any] = {}
    for language in LANGUAGES:
        facts = [fact_of(row, language) for row in statements]
        known = stored.get(language, {})
        writers = known.get("writer") if writer is None else [writer.name, writer.revision]
        old = said_in(known) if writers == known.get("writer") else []
        made = phrase(facts, language, old)
        written, how = compose(facts, made.said, language=language, name=user.name or None)
        described[language] = {
            "text": written.text,
            "claims": [list(claim) for claim in written.claims],
            "how": how,
            "model": TEMPLATE if how == TEMPLATE or not writers else writers[0],
            "version": phrasing.VERSION,
            "written_at": _written_at(known, written.text),
            "writer": writers,
            "sentences": [[each.kind, each.tags, each.text] for each in made.said],
            "refused": dict(made.problems) or (known.get("refused", {}) if old else {}),
        }
    return described


def _written_at(known: dict[str, Any], text: str) -> str:
    """Return when the words were first written: writing the same again is no news."""
    if known.get("text") == text and known.get("written_at"):
        return str(known["written_at"])
    return timezone.now().isoformat(timespec="seconds")
