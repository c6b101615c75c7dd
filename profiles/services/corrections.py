"""What people change about a portrait: their word on a statement, their pause, their leave.

Each change locks the user's row first, so that it and the state stage never interleave.
"""

from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Account, Workspace
from catalog.models import Tag
from catalog.services.duplicates import repeating
from core.errors import ConflictError, InvalidError, NotFoundError
from core.jobs import Job, enqueue
from profiles import versions
from profiles.models import ProfileVector, Review, Statement, User
from profiles.queries.holdings import holdings_of
from profiles.services import said, undoing
from profiles.services.declared import drop_unused, lock_brought_by, share, tag_named
from profiles.services.places import leave_segment
from profiles.services.readings import compare_anew
from profiles.services.users import raise_evidence, raise_portraits

log = structlog.get_logger(__name__)
Status = Statement.Status


def confirm(*, statement: Statement, account: Account | None = None) -> Statement:
    """Take the statement into use as somebody's word. Raises ConflictError if it was superseded."""
    return _review(statement, account, Status.ACTIVE)


def reject(*, statement: Statement, account: Account | None = None) -> Statement:
    """Take the statement out of use; its tag is not proposed again. Raises ConflictError."""
    return _review(statement, account, Status.REJECTED)


def pin(*, statement: Statement, account: Account | None = None) -> Statement:
    """Keep the statement in use whatever the evidence comes to say. Raises ConflictError."""
    return _review(statement, account, Status.PINNED)


def hide(*, statement: Statement, account: Account | None = None) -> Statement:
    """Put the statement away: it is neither shown to others nor used. Raises ConflictError.

    It says nothing of whether the statement is true, so it is no review.
    """
    return _set_hidden(statement, account, is_hidden=True)


def unhide(*, statement: Statement, account: Account | None = None) -> Statement:
    """Show the statement again, and use it as before. Raises ConflictError."""
    return _set_hidden(statement, account, is_hidden=False)


@transaction.atomic
def declare(
    *,
    user: User,
    tag_key_or_name: str,
    polarity: int,
    strength: float = 0.9,
    account: Account | None = None,
) -> Statement:
    """Store what the user says of themselves; it supersedes whatever was believed of the tag.

    A tag that the vocabulary lacks is added to it. Saying the same again changes nothing.
    Raises InvalidError for a polarity, a strength or a tag that cannot be used.
    """
    _check_declared(polarity, strength)
    tag = tag_named(user.workspace_id, tag_key_or_name)
    owner = _lock(user.pk)
    now = timezone.now()
    old = Statement.objects.filter(user=owner, tag=tag, valid_until__isnull=True).first()
    if old is not None and _says(old, polarity, strength):
        return old
    if old is not None:
        _close(old, now)
    new = Statement.objects.create(
        workspace_id=owner.workspace_id,
        user=owner,
        tag=tag,
        polarity=polarity,
        strength=strength,
        confidence=1.0,
        level=Statement.Level.DECLARED,
        status=Status.ACTIVE,
        valid_from=now,
        reviewed_by=account,
        reviewed_at=now,
        before={},
        model=versions.DECLARED_MODEL,
        version=versions.STATEMENTS,
    )
    if old is not None:
        Statement.objects.filter(pk=old.pk).update(superseded_by=new)
    share([tag])
    _changed(owner)
    return new


@transaction.atomic
def pause(*, user: User) -> None:
    """Stop profiling the user: nothing personal is used or worked out. Safe to repeat."""
    said.said_anew_by(user.pk)
    owner = _lock(user.pk)
    User.objects.filter(pk=owner.pk).update(is_paused=True)
    user.is_paused = True
    ProfileVector.objects.filter(user=owner).delete()
    leave_segment(owner)
    raise_portraits([owner.pk])


@transaction.atomic
def resume(*, user: User) -> None:
    """Profile the user again, from everything that is stored. Safe to repeat."""
    said.said_anew_by(user.pk)
    owner = _lock(user.pk)
    User.objects.filter(pk=owner.pk).update(is_paused=False)
    user.is_paused = False
    raise_evidence([owner.pk])
    _changed(owner)


@transaction.atomic
def erase(*, user: User) -> dict[str, dict[str, int]]:
    """Remove the user and every row that exists because of them, and show that it is so.

    Returns {model: {"before": n, "after": 0}} for every kind of row there was or could be; the
    rows are looked for again, by their own keys, after they are gone. Words that only this user
    brought into the vocabulary go too, and so do the tags of items that rested on what they wrote.
    What was learnt from many users (segments, neighbours)
    is due again afterwards.
    """
    concerned = said.unsay(without_user=user.pk)
    brought = lock_brought_by(user.pk)
    raise_evidence(pk for pk in concerned if pk < user.pk)  # users are locked in one order
    owner = _lock(user.pk, is_leaving=True)
    raise_evidence(pk for pk in concerned if pk > owner.pk)
    kept = {
        label: (rows.model, list(rows.values_list("pk", flat=True)))
        for label, rows in holdings_of(owner).items()
    }
    workspace_id = owner.workspace_id
    leave_segment(owner)
    repeated = repeating(Review, Review.objects.filter(interaction__user=owner))
    owner.delete()
    compare_anew(repeated)
    kept[Tag._meta.label_lower] = (Tag, drop_unused(brought))
    share(brought)
    Workspace.objects.filter(pk=workspace_id).update(
        portraits_revision=F("portraits_revision") + 1, erasures=F("erasures") + 1
    )
    enqueue(Job.SWEEP, workspace_id=workspace_id)
    receipt = {
        label: {
            "before": len(keys),
            "after": model._default_manager.filter(pk__in=keys).count(),
        }
        for label, (model, keys) in kept.items()
    }
    log.info("user.erased", workspace_id=workspace_id, rows=sum(map(len, _keys(kept))))
    return receipt


def export(user: User) -> dict[str, Any]:
    """Return every row about the user as plain values, by model. One query per model."""
    return {
        label: [{name: _plain(value) for name, value in row.items()} for row in rows.values()]
        for label, rows in holdings_of(user).items()
    }


@transaction.atomic
def _review(statement: Statement, account: Account | None, status: Status) -> Statement:
    """Give a current statement its status as somebody's word, and let the portrait follow."""
    owner, row = _lock_current(statement)
    if row.status == status and row.reviewed_at is not None:
        return row
    row.before = undoing.kept(row)
    row.status, row.reviewed_at, row.reviewed_by = status, timezone.now(), account
    row.save(update_fields=["status", "reviewed_at", "reviewed_by", "before"])
    _changed(owner)
    return row


@transaction.atomic
def _set_hidden(statement: Statement, account: Account | None, *, is_hidden: bool) -> Statement:
    """Put a current statement away or bring it back, and let the portrait follow."""
    owner, row = _lock_current(statement)
    if row.is_hidden == is_hidden:
        return row
    row.before = undoing.kept(row)
    row.is_hidden = is_hidden
    row.save(update_fields=["is_hidden", "before"])
    _changed(owner)
    by = account.pk if account else None
    log.info("statement.hidden" if is_hidden else "statement.shown", statement=row.pk, account=by)
    return row


@transaction.atomic
def undo(*, statement: Statement) -> Statement | None:
    """Take back the last thing that somebody said about the statement, as if it had not been said.

    What a declaration put aside holds again, and the declaration is gone; a confirmation, a
    rejection, a pin or a hiding gives way to what stood before it. Returns the statement that now
    holds of the tag, or None where there was none. What became known meanwhile is taken in by the
    next refresh. Raises ConflictError where nothing is left to undo, or it was superseded.
    """
    brought = undoing.lock_brought(statement.tag_id)
    owner, row = _lock_current(statement)
    if row.before is None:
        raise ConflictError(
            "There is nothing to undo about this statement.",
            reason="nothing_to_undo",
            statement=row.pk,
        )
    current = undoing.restore(row)
    share(brought)
    drop_unused(brought)
    raise_evidence([owner.pk])
    _changed(owner)
    undone = partial(log.info, "statement.undone", statement=statement.pk, user=owner.pk)
    transaction.on_commit(undone)  # what is only looked at is taken back, and was not undone
    return current


def _lock_current(statement: Statement) -> tuple[User, Statement]:
    """Lock the statement's user and then the statement, which must still hold."""
    owner = _lock(statement.user_id)
    row = Statement.objects.select_for_update(no_key=True).filter(pk=statement.pk).first()
    if row is None:
        raise NotFoundError(
            "There is no such statement.", reason="statement_gone", statement=statement.pk
        )
    if row.valid_until is not None:
        raise ConflictError(
            "This statement no longer holds; reload the portrait and look at what replaced it.",
            reason="no_longer_holds",
            statement=row.pk,
            superseded_by=row.superseded_by_id,
        )
    return owner, row


def _lock(user_id: int, *, is_leaving: bool = False) -> User:
    """Lock the user's row; whoever refers to it waits only where the user `is_leaving`."""
    users = User.objects.select_for_update(no_key=not is_leaving)
    owner = users.filter(pk=user_id).first()
    if owner is None:
        raise NotFoundError("There is no such user.", reason="user_gone", user=user_id)
    return owner


def _changed(owner: User) -> None:
    raise_portraits([owner.pk])
    enqueue(Job.REFRESH_USER, user_id=owner.pk)


def _close(statement: Statement, now: datetime) -> None:
    """End a statement's validity, never before it began."""
    statement.valid_until = max(now, statement.valid_from)
    statement.save(update_fields=["valid_until"])


def _says(statement: Statement, polarity: int, strength: float) -> bool:
    return (
        statement.level == Statement.Level.DECLARED
        and statement.status in (Status.ACTIVE, Status.PINNED)
        and statement.polarity == polarity
        and statement.strength == strength
    )


def _check_declared(polarity: int, strength: float) -> None:
    if polarity not in (-1, 1):
        raise InvalidError(
            f"A polarity of {polarity!r} is neither 1 (a like) nor -1 (a dislike).",
            field="polarity",
            value=polarity,
        )
    if not 0 < strength <= 1:
        raise InvalidError(
            f"A strength of {strength!r} is not above 0 and at most 1.",
            field="strength",
            value=strength,
        )


def _keys(kept: dict[str, tuple[Any, list[Any]]]) -> list[list[Any]]:
    return [keys for _, keys in kept.values()]


def _plain(value: object) -> object:
    """Return a vector as a list; JSON encoders know the rest."""
    return value.tolist() if hasattr(value, "tolist") else value
