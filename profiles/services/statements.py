"""Turn what users did and wrote into statements, and close those that no longer hold."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection, transaction

from profiles import versions
from profiles.modelling.choosing import Proposal
from profiles.modelling.statements import StatementConfig
from profiles.models import Evidence, Statement, User
from profiles.queries.reasoning import Reasoned, reason
from profiles.services.figures import store_figures
from profiles.services.times import Times
from profiles.services.users import raise_portraits

log = structlog.get_logger(__name__)
Status, Level = Statement.Status, Statement.Level
CONFIG = StatementConfig()

MARK_STATED = """
    UPDATE profiles_user SET stated_revision = seen.revision, stated_version = %s
    FROM unnest(%s::bigint[], %s::bigint[]) AS seen (id, revision)
    WHERE profiles_user.id = seen.id AND profiles_user.stated_revision <= seen.revision
"""


def state_users(workspace_id: int, user_ids: Sequence[int], *, now: datetime) -> int:
    """Bring the statements and figures of these users up to their evidence.

    Returns how many users were brought up to date: those paused, erased or already stated from
    newer evidence are passed over. `now` is when changes are concluded; what the statements say
    does not depend on it, and since when they hold is told by what happened, where that is why
    they changed. Declared, pinned and rejected statements are left as they are, and a confirmed
    one gives way only to the opposite. A fixed number of queries, whatever the number of users;
    safe to repeat, and two runs at once end as one.
    """
    seen = dict(
        User.objects.filter(
            workspace_id=workspace_id, pk__in=list(user_ids), is_paused=False
        ).values_list("pk", "evidence_revision")
    )
    if not seen:
        return 0
    reasoned = reason(workspace_id, sorted(seen), CONFIG)
    with transaction.atomic():
        kept = _lock(seen)
        changes = _compare(reasoned, kept)
        _write(workspace_id, changes, Times.of(reasoned, now))
        store_figures(workspace_id, reasoned, kept)
        with connection.cursor() as cursor:
            cursor.execute(
                MARK_STATED,
                [reasoned.version, kept, [seen[user_id] for user_id in kept]],
            )
        raise_portraits(changes.users)
    log.info("users.stated", workspace_id=workspace_id, users=len(kept), opened=len(changes.opened))
    return len(kept)


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of evidence, ready to be stored."""

    interaction: int
    weight: float
    quote: str


@dataclass(frozen=True, slots=True)
class _Opening:
    """A statement to open in place of `old`, if there was one."""

    proposal: Proposal
    lines: tuple[_Line, ...]
    old: Statement | None


@dataclass(frozen=True, slots=True)
class _Changes:
    """What separates the stored statements from those that the evidence asks for.

    `closed` are superseded or no longer supported; `rested` hold as before on other evidence.
    """

    opened: list[_Opening]
    closed: list[Statement]
    rested: list[tuple[Statement, tuple[_Line, ...]]]

    @property
    def users(self) -> set[int]:
        return {each.proposal.user for each in self.opened} | {row.user_id for row in self.closed}


def _lock(seen: dict[int, int]) -> list[int]:
    """Lock the users' rows in one order, and return those that nothing newer was stored for."""
    rows = (
        User.objects.select_for_update(no_key=True)
        .filter(pk__in=list(seen), is_paused=False)
        .order_by("pk")
        .values_list("pk", "stated_revision")
    )
    return [pk for pk, stated in rows if stated <= seen[pk]]


def _compare(reasoned: Reasoned, users: Sequence[int]) -> _Changes:
    """Hold the wanted statements of these users against the stored ones. Two queries."""
    stored = {
        (row.user_id, row.tag_id): row
        for row in Statement.objects.filter(user__in=users, valid_until__isnull=True)
    }
    resting = _load_lines(row.pk for row in stored.values() if not _is_fixed(row))
    changes = _Changes(opened=[], closed=[], rested=[])
    wanted = set()
    for user in users:
        for proposal in reasoned.proposals.get(user, ()):
            pair = (user, proposal.tag)
            wanted.add(pair)
            _compare_one(reasoned, proposal, stored.get(pair), resting, changes)
    changes.closed.extend(
        row for pair, row in stored.items() if pair not in wanted and _rests_on_evidence(row)
    )
    return changes


def _compare_one(
    reasoned: Reasoned,
    proposal: Proposal,
    old: Statement | None,
    resting: dict[int, tuple[_Line, ...]],
    changes: _Changes,
) -> None:
    if old is not None and _is_fixed(old):
        return
    lines = tuple(_lines(reasoned, proposal))
    if old is None or _differs(old, proposal):
        changes.opened.append(_Opening(proposal, lines, old))
        if old is not None:
            changes.closed.append(old)
    elif resting.get(old.pk, ()) != tuple(sorted(lines, key=_by_interaction)):
        changes.rested.append((old, lines))


def _is_fixed(row: Statement) -> bool:
    """Whether somebody's word stands above the evidence."""
    return row.level == Level.DECLARED or row.status in (Status.PINNED, Status.REJECTED)


def _rests_on_evidence(row: Statement) -> bool:
    """Whether the row is gone when its evidence is: nobody's word, and no guess from others."""
    return not _is_fixed(row) and row.reviewed_at is None and row.level != Level.LATENT


def _is_confirmed(row: Statement) -> bool:
    return row.reviewed_at is not None and row.status == Status.ACTIVE


def _differs(old: Statement, proposal: Proposal) -> bool:
    told = (old.polarity, old.strength, old.confidence, old.level)
    asked = (proposal.polarity, proposal.strength, proposal.confidence, proposal.level)
    return told != asked or old.status != _status_of(proposal, old)


def _status_of(proposal: Proposal, old: Statement | None) -> str:
    """What somebody confirmed stays in use while the evidence does not turn around."""
    is_kept = old is not None and _is_confirmed(old) and old.polarity == proposal.polarity
    return Status.ACTIVE if proposal.is_active or is_kept else Status.PROPOSED


def _lines(reasoned: Reasoned, proposal: Proposal) -> Iterable[_Line]:
    for line in proposal.lines:
        interaction = int(reasoned.happenings.acts.id[line.act])
        is_for = line.weight * proposal.polarity > 0
        quote = reasoned.quotes.get((interaction, proposal.tag), "") if is_for else ""
        yield _Line(interaction, line.weight, quote)


def _load_lines(statement_ids: Iterable[int]) -> dict[int, tuple[_Line, ...]]:
    rows = (
        Evidence.objects.filter(statement__in=list(statement_ids))
        .order_by("statement_id", "interaction_id")
        .values_list("statement_id", "interaction_id", "weight", "quote")
    )
    found: dict[int, list[_Line]] = defaultdict(list)
    for statement_id, interaction_id, weight, quote in rows:
        found[statement_id].append(_Line(interaction_id, weight, quote))
    return {statement_id: tuple(lines) for statement_id, lines in found.items()}


def _by_interaction(line: _Line) -> int:
    return line.interaction


def _write(workspace_id: int, changes: _Changes, times: Times) -> None:
    """Close, open, link and rest, in this order: a tag has one current statement at a time."""
    starts = [times.start(each.proposal, each.old) for each in changes.opened]
    ends = {row.pk: times.turn(row) for row in changes.closed}
    ends |= {
        each.old.pk: start
        for each, start in zip(changes.opened, starts, strict=True)
        if each.old is not None
    }
    _close(ends)
    rows = [
        _row(workspace_id, each, start, times.now)
        for each, start in zip(changes.opened, starts, strict=True)
    ]
    Statement.objects.bulk_create(rows, batch_size=2_000)
    _link(changes, rows)
    rested = [row for row, _ in changes.rested]
    Evidence.objects.filter(statement__in=rested).delete()
    evidence = [
        Evidence(
            workspace_id=workspace_id,
            statement=row,
            interaction_id=line.interaction,
            weight=line.weight,
            quote=line.quote,
        )
        for row, lines in [
            *zip(rows, (each.lines for each in changes.opened), strict=True),
            *changes.rested,
        ]
        for line in lines
    ]
    Evidence.objects.bulk_create(evidence, batch_size=5_000)


def _close(ends: dict[int, datetime]) -> None:
    """End these statements, each at its own moment. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE profiles_statement SET valid_until = GREATEST(valid_from, ended.at)"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS ended (statement_id, at)"
            " WHERE id = ended.statement_id",
            [list(ends), list(ends.values())],
        )


def _row(workspace_id: int, opening: _Opening, start: datetime, now: datetime) -> Statement:
    proposal, old = opening.proposal, opening.old
    keeps = old is not None and _is_confirmed(old) and old.polarity == proposal.polarity
    return Statement(
        workspace_id=workspace_id,
        user_id=proposal.user,
        tag_id=proposal.tag,
        polarity=proposal.polarity,
        strength=proposal.strength,
        confidence=proposal.confidence,
        level=proposal.level,
        status=_status_of(proposal, old),
        is_hidden=old.is_hidden if old else False,
        valid_from=start,
        concluded_at=now,
        reviewed_by_id=old.reviewed_by_id if old and keeps else None,
        reviewed_at=old.reviewed_at if old and keeps else None,
        model=versions.STATEMENTS_MODEL,
        version=versions.STATEMENTS,
    )


def _link(changes: _Changes, rows: Sequence[Statement]) -> None:
    """Point each superseded statement to what took its place. One query."""
    pairs = [
        (each.old.pk, row.pk)
        for each, row in zip(changes.opened, rows, strict=True)
        if each.old is not None
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE profiles_statement SET superseded_by_id = pair.new_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS pair (old_id, new_id)"
            " WHERE id = pair.old_id",
            [[old for old, _ in pairs], [new for _, new in pairs]],
        )
