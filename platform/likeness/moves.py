"""A user's next list as staff look at it, and how it moves when something about them changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from likeness.pages.picks import Pick, picks_of
from likeness.pages.visitor import page_language
from profiles.models import User
from recommendations.rows import SlateRequest
from recommendations.services import serving

SHOWN = 8
ROW = 100  # units of a place's height in the picture of moves
WIDTH = 100
STUB = 30


@dataclass(frozen=True, slots=True)
class Place:
    """One item of the list as it would be served; `move` says how it changed, if it did."""

    pick: Pick
    move: str


@dataclass(frozen=True, slots=True)
class Slope:
    """The way of one item from the list before (left) to the list after (right), as a line.

    `way` is up, down or same. What leaves or comes has a stub at its own side: it goes down and
    away, or comes up from below.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    way: str
    title: str


def list_for(user: User) -> list[Pick]:
    """Return the list that the user would be shown now; it is only looked at."""
    asked = SlateRequest(
        user=user.external_id, length=SHOWN, placement="admin", language=page_language()
    )
    served = serving.recommend(
        workspace=user.workspace, request=asked, now=timezone.now(), is_stored=False
    )
    return picks_of(served, user.workspace)


def places_of(picks: Sequence[Pick], before: Sequence[str]) -> list[Place]:
    """Return the list with how far each item moved since `before`, the ids of an earlier one."""
    return [Place(pick, _move(pick, before)) for pick in picks]


def left_of(picks: Sequence[Pick], after: Sequence[str]) -> list[Place]:
    """Return the list with a word on what is not on the list `after` any more."""
    return [Place(pick, "" if pick.id in after else _("leaves")) for pick in picks]


def slopes_of(before: Sequence[Pick], after: Sequence[Pick]) -> list[Slope]:
    """Draw each item's way from one list to the other, a line for each item of either."""
    starts, ends = ({pick.id: pick.position for pick in picks} for picks in (before, after))
    titles = {pick.id: pick.title for pick in (*before, *after)}
    return [_slope(starts.get(key), ends.get(key), title) for key, title in titles.items()]


def _slope(start: int | None, end: int | None, title: str) -> Slope:
    left, right = (0 if place is None else ROW * place - ROW // 2 for place in (start, end))
    if end is None:
        return Slope(0, left, STUB, left + STUB, "down", title)
    if start is None:
        return Slope(WIDTH - STUB, right + STUB, WIDTH, right, "up", title)
    way = "same" if start == end else "up" if end < start else "down"
    return Slope(0, left, WIDTH, right, way, title)


def _move(pick: Pick, before: Sequence[str]) -> str:
    if pick.id not in before:
        return _("new")
    moved = before.index(pick.id) + 1 - pick.position
    if moved == 0:
        return ""
    return f"↑ {moved}" if moved > 0 else f"↓ {-moved}"
