"""Readers who write: what they record is cleaned and read as the workers do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from profiles.models import User
from profiles.queries.readings import reviews_to_clean, reviews_to_read
from profiles.rows import InteractionIn
from profiles.services.interactions import record_interactions
from profiles.services.statements import state_users
from profiles.services.tastes import taste_users
from tests.profiles.readers import START, Room
from workers.stages import CLEAN_REVIEWS, READ
from workers.tasks.texts import Reader, clean_reviews


@dataclass(frozen=True)
class Deed:
    """A rating of one book on one day, with the words that were written about it, if any."""

    subject: str
    number: int
    stars: int
    text: str

    def row(self, user: str) -> InteractionIn:
        return InteractionIn(
            user=user,
            item=f"{self.subject}-{self.number}",
            kind="rate",
            value=self.stars,
            text=self.text,
            happened_at=START + timedelta(days=9 * self.number + len(self.subject)),
            event_id=f"{user}/{self.subject}/{self.number}",
        )


def drawn_anew(room: Room) -> None:
    """Clean, read and state whatever is due, and in the end everybody."""
    key = room.workspace.pk
    for due, work in (
        (reviews_to_clean(key, CLEAN_REVIEWS), clean_reviews),
        (reviews_to_read(key, READ), Reader(key)),
    ):
        work(key, list(due.order_by("pk").values_list("pk", flat=True)))
    users = list(User.objects.filter(workspace=room.workspace).values_list("pk", flat=True))
    now = timezone.now()
    state_users(key, users, now=now)
    taste_users(key, users, now=now)


def record(room: Room, deeds: Sequence[Deed], user: str = "ann") -> None:
    rows = [deed.row(user) for deed in deeds]
    found = record_interactions(workspace=room.workspace, rows=rows, now=timezone.now())
    assert {each.status for each in found} <= {"created"}
