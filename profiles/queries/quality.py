"""What the reports on a workspace's data say, and about whom anything is odd."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from profiles.models import LEFT_OUT, Profile, QualityReport

MOST_USERS = 200
SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class OddUser:
    """A user about whom something is odd. `oddities` are the signs, each with its figure."""

    id: int
    external_id: str
    name: str
    interactions: int
    oddities: tuple[dict[str, Any], ...]
    is_suspect: bool
    is_left_out: bool

    @property
    def apart(self) -> float:
        """How easily the user is told from all others; 0 where nobody asked."""
        return max((each["value"] for each in self.oddities if each["kind"] == SUSPECT), default=0)


def find_report(workspace_id: int) -> QualityReport | None:
    """Return the newest report, if there is one. One query."""
    rows = QualityReport.objects.filter(workspace_id=workspace_id)
    return rows.order_by("-made_at", "-pk").first()


def numbers_of_items(workspace: str) -> dict[str, Any]:
    """Return what the newest report says of the numbers that items come with. One query."""
    rows = QualityReport.objects.filter(workspace__name=workspace).order_by("-made_at", "-pk")
    figures = rows.values_list("figures", flat=True).first() or {}
    return dict(figures.get("numbers", {}))


def oddities_about(user_id: int) -> list[dict[str, Any]]:
    """Return what is odd about a user, the verdicts among it. One query."""
    rows = Profile.objects.filter(pk=user_id).values_list("oddities", flat=True)
    return list(rows.first() or [])


def list_odd_users(workspace_id: int) -> list[OddUser]:
    """Return those who may be bots first, the most apart of them foremost. One query.

    At most MOST_USERS.
    """
    rows = (
        Profile.objects.filter(workspace_id=workspace_id)
        .exclude(oddities=[])
        .annotate(met=Count("user__interactions"))
        .values_list("pk", "user__external_id", "user__name", "met", "oddities")
    )
    found = [_odd_user(*row) for row in rows]
    found.sort(key=lambda user: (not user.is_suspect, -user.apart, -user.interactions, user.id))
    return found[:MOST_USERS]


def _odd_user(
    pk: int, external_id: str, name: str, met: int, oddities: list[dict[str, Any]]
) -> OddUser:
    kinds = {each["kind"] for each in oddities}
    return OddUser(
        id=pk,
        external_id=external_id,
        name=name,
        interactions=met,
        oddities=tuple(oddities),
        is_suspect=SUSPECT in kinds,
        is_left_out=LEFT_OUT["kind"] in kinds,
    )
