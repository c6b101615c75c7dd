"""A statement as it is shown: the terminal, the API, the pages and the admin all take it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from profiles.models import Evidence, Statement
from profiles.queries.rulings import is_away, shown_quote


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """An interaction that a statement rests on, with the user's words where there are any.

    `weight` is signed as the interaction speaks for or against the tag; `sentiment` is that of
    the whole review, in [-1, 1], or None. `is_hidden` says that staff have hidden the review.
    """

    interaction: int
    item: str
    title: str
    kind: str
    value: float | None
    happened_at: datetime | None
    weight: float
    quote: str
    sentiment: float | None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class StatementView:
    """One belief about the user. `tag` is the key, `name` and `parent` are for people.

    `id` is 0 where nothing of the kind is stored: a past day's belief, drawn again. `can_undo`
    says that somebody's last word on it can be taken back.
    """

    id: int
    tag: str
    name: str
    parent: str
    polarity: int
    strength: float
    confidence: float
    level: str
    status: str
    is_hidden: bool
    is_reviewed: bool
    valid_from: datetime
    valid_until: datetime | None
    evidence: tuple[EvidenceView, ...]
    can_undo: bool = False

    @property
    def is_guess(self) -> bool:
        """Whether this was only expected from others, and nobody has said that it is true."""
        return self.level == Statement.Level.LATENT and self.status == Statement.Status.PROPOSED


def view_of(row: Statement, evidence: Iterable[EvidenceView], language: str) -> StatementView:
    """Return a stored statement as it is shown, in words of `language`."""
    return StatementView(
        id=row.pk,
        tag=row.tag.key,
        name=row.tag.name_in(language),
        parent=row.tag.parent.name_in(language) if row.tag.parent else "",
        polarity=row.polarity,
        strength=row.strength,
        confidence=row.confidence,
        level=row.level,
        status=row.status,
        is_hidden=row.is_hidden,
        is_reviewed=row.reviewed_at is not None,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        evidence=tuple(evidence),
        can_undo=row.valid_until is None and row.before is not None,
    )


def evidence_of(rows: Sequence[Statement]) -> dict[int, list[EvidenceView]]:
    """Return evidence by statement: what agrees with it first, the heaviest first. One query."""
    found: dict[int, list[EvidenceView]] = defaultdict(list)
    lines = (
        Evidence.objects.filter(statement__in=[row.pk for row in rows])
        .order_by("statement_id", "-pk")
        .values_list(
            "statement_id",
            "interaction_id",
            "interaction__item__external_id",
            "interaction__item__title",
            "interaction__kind__name",
            "interaction__value",
            "interaction__happened_at",
            "weight",
            shown_quote(),
            "interaction__review__reading__sentiment",
            is_away(),
        )
    )
    for line in lines:
        found[line[0]].append(EvidenceView(*line[1:]))
    polarity = {row.pk: row.polarity for row in rows}
    for pk, views in found.items():
        sign = polarity[pk]
        views.sort(key=lambda view: (view.weight * sign < 0, -abs(view.weight), -view.interaction))
    return found
