"""What users answer to a slate becomes interactions, so that it counts like all they do."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog.models import Item
from core.fields import refuse
from core.rows import Status
from profiles.models import User
from profiles.rows import InteractionIn
from profiles.scenarios import ensure_kinds
from profiles.services.interactions import record_interactions
from recommendations.queries.slates import get_slate
from recommendations.rows import KIND_OF_VERDICT, VERDICTS, Verdict


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer: `key` is the event key of the interaction that it is stored as."""

    key: UUID
    status: Status


def respond(
    *,
    user: User,
    item: Item,
    verdict: Verdict,
    now: datetime,
    slate_id: UUID | str | None = None,
) -> Answered:
    """Store the user's answer about `item`; the very next slate heeds it, and leaves `item` out.

    After "less" the item rests for thirty days; after the others it never comes back, unless the
    interaction is deleted. Given with its slate, the same answer counts once however often it is
    sent. Raises InvalidError for an unknown verdict, NotFoundError where the workspace has no such
    slate.
    """
    if verdict not in KIND_OF_VERDICT:
        refuse("verdict", verdict, f"choose among {', '.join(VERDICTS)}.")
    ensure_kinds(user.workspace)  # a workspace may be older than the kinds of answers
    slate = get_slate(user.workspace, slate_id) if slate_id is not None else None
    answer = InteractionIn(
        user=user.external_id,
        item=item.external_id,
        kind=KIND_OF_VERDICT[verdict],
        happened_at=now,
        event_id=f"slate {slate.pk} {user.pk} {item.pk} {verdict}" if slate else "",
        slate_id=slate.pk if slate else None,
    )
    [result] = record_interactions(workspace=user.workspace, rows=[answer], now=now)
    return Answered(answer.event_key, result.status)
