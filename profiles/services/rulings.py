"""Staff decide which reviews may be shown, and which of them count at all.

Reviews are locked before items, and these before users.
"""

from collections.abc import Collection, Iterable, Sequence

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from core.errors import ConflictError, InvalidError
from core.jobs import Job, enqueue
from profiles.models import Interaction, Reading, Review, Ruling
from profiles.queries.rulings import in_force, is_put_away
from profiles.services.said import said_anew, unsay
from profiles.services.users import raise_evidence, redraw

log = structlog.get_logger(__name__)
Standing = Review.Standing
LONGEST_REASON = 500


@transaction.atomic
def rule(
    *, review_ids: Collection[int], verdict: str, account: Account | None, reason: str = ""
) -> int:
    """Keep, hide, or hide and leave out these reviews, as they are now. Returns how many it moved.

    What is hidden is quoted and shown nowhere, and says nothing of an item any more, from this
    moment on; what it says of its writer counts as before. What is left out is not read, either:
    its reading is deleted and none is made while the ruling is in force, so that of the
    interaction only the deed counts. A review that stands so already, in the same text, is passed
    over. Raises InvalidError for a verdict that there is not, or too long a reason. Safe to repeat.
    """
    _check(verdict, reason)
    rows = [
        row
        for row in _lock(review_ids)
        if (row.standing, row.ruled_source) != (verdict, row.source_hash)
    ]
    Ruling.objects.bulk_create(
        Ruling(
            workspace_id=row.workspace_id,
            review=row,
            verdict=verdict,
            reason=reason,
            source_hash=row.source_hash,
            account=account,
        )
        for row in rows
    )
    stands = {row.pk: (verdict, row.source_hash) for row in rows}
    _stand(rows, stands)
    _report("reviews.ruled", rows, account, verdict=verdict)
    return len(rows)


@transaction.atomic
def undo_ruling(*, review_ids: Collection[int], account: Account | None) -> int:
    """Take back the ruling in force on each of these reviews; the one before it holds again.

    Returns how many were taken back. Raises ConflictError where there is none to take back.
    """
    rows = _lock(review_ids)
    last = in_force(row.pk for row in rows)
    rows = [row for row in rows if row.pk in last]
    if not rows:
        raise ConflictError(
            "Nothing has been decided about this that could be undone.", reason="nothing_decided"
        )
    Ruling.objects.filter(pk__in=[one.pk for one in last.values()]).update(
        undone_by=account, undone_at=timezone.now()
    )
    before = in_force(last)
    stands = {
        row.pk: (before[row.pk].verdict, before[row.pk].source_hash)
        if row.pk in before
        else ("", "")
        for row in rows
    }
    _stand(rows, stands)
    _report("reviews.ruling_undone", rows, account)
    return len(rows)


def _check(verdict: str, reason: str) -> None:
    if verdict not in Standing.values:
        raise InvalidError(
            f"{verdict!r} is no decision about a review.", reason="no_decision", field="verdict"
        )
    if len(reason) > LONGEST_REASON:
        raise InvalidError(
            f"A reason has at most {LONGEST_REASON} characters.",
            reason="reason_too_long",
            field="reason",
            most=LONGEST_REASON,
        )


def _lock(review_ids: Iterable[int]) -> list[Review]:
    """Lock the reviews that still exist; who reads them meanwhile is waited for."""
    rows = Review.objects.filter(pk__in=list(review_ids)).select_for_update(no_key=True)
    return list(rows.order_by("pk"))


def _stand(rows: Sequence[Review], stands: dict[int, tuple[str, str]]) -> None:
    """Give locked reviews their standings, and let items and portraits follow.

    Kept and undecided ones are the same to both.
    """
    was = {row.pk: row.standing for row in rows}
    for row in rows:
        row.standing, row.ruled_source = stands[row.pk]
    now = {row.pk: row.standing for row in rows}
    Review.objects.bulk_update(rows, ["standing", "ruled_source"], batch_size=1_000)
    hidden = [pk for pk in now if is_put_away(now[pk]) and not is_put_away(was[pk])]
    back = [pk for pk in now if is_put_away(was[pk]) and not is_put_away(now[pk])]
    out = [pk for pk in now if (was[pk] == Standing.LEFT_OUT) != (now[pk] == Standing.LEFT_OUT)]
    concerned = unsay(without=hidden) if hidden else set()
    said_anew(back)
    gone = [pk for pk in out if now[pk] == Standing.LEFT_OUT]
    Reading.objects.filter(review__in=gone).delete()
    moved = {*hidden, *back, *out}
    writers = Interaction.objects.filter(pk__in=moved).values_list("user_id", flat=True)
    _tell(concerned.union(writers), {row.workspace_id for row in rows if row.pk in moved})


def _tell(users: Collection[int], workspaces: Collection[int]) -> None:
    raise_evidence(users)
    redraw(users)
    for workspace in sorted(workspaces):
        enqueue(Job.SWEEP, workspace_id=workspace)


def _report(event: str, rows: Sequence[Review], account: Account | None, **more: str) -> None:
    ids = [row.pk for row in rows]
    log.info(event, reviews=ids, account=account.pk if account else None, **more)
