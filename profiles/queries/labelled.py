"""What a workspace's own users wrote and meant: texts to train on."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, FloatField, QuerySet, When

from profiles.models import Interaction, Review
from profiles.queries.verdicts import verdicts

MOST = 20_000
# A tenth of so many writers' reviews, of either verdict, is enough to calibrate a head on.
LEAST = 240
PLEASED, DISPLEASED = verdicts("interaction__")


@dataclass(frozen=True, slots=True)
class JudgedReview:
    """A review whose writer said how pleased they were. `label` is 1 for pleased, 0 for not.

    `score` says how much, in [0, 1], where the writer told that too: as a rating on its kind's
    scale, or as a value from 0 to 1 beside a verdict. `writer` is the user's id as the
    workspace's own system names them.
    """

    text: str
    language: str
    label: float
    score: float | None
    writer: str
    happened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Judged:
    """How many reviews say that their writers were pleased, and that they were not."""

    pleased: int
    displeased: int
    least: int = LEAST

    @property
    def are_enough(self) -> bool:
        """Return whether there are enough of both to train a head on and to judge it by."""
        return min(self.pleased, self.displeased) >= self.least


def list_judged_reviews(workspace_id: int, *, most: int = MOST) -> list[JudgedReview]:
    """Return the newest reviews that carry a verdict or a rating, copies left out. One query.

    A rating at the middle of its scale says neither, and is left out.
    """
    rows = (
        _judged(workspace_id)
        .annotate(label=Case(When(PLEASED, then=1.0), default=0.0, output_field=FloatField()))
        .order_by("-interaction__happened_at", "-pk")
        .values_list(
            "clean_text",
            "language",
            "label",
            "interaction__value",
            "interaction__kind__value_middle",
            "interaction__kind__value_best",
            "interaction__user__external_id",
            "interaction__happened_at",
        )[:most]
    )
    return [
        JudgedReview(
            text,
            language,
            label,
            _score_of(value, middle, best),
            writer,
            happened_at,
        )
        for text, language, label, value, middle, best, writer, happened_at in rows
    ]


def count_judged_reviews(workspace_id: int) -> Judged:
    """Return how many reviews a head could learn from, by their verdicts. One query."""
    counted = _judged(workspace_id).aggregate(
        pleased=Count("pk", filter=PLEASED), displeased=Count("pk", filter=DISPLEASED)
    )
    return Judged(**counted)


def _judged(workspace_id: int) -> QuerySet[Review]:
    """The reviews that carry a verdict or a rating that is not at the middle, without copies."""
    own = Review.objects.filter(workspace_id=workspace_id, duplicate_of=None)
    return own.exclude(clean_text="").filter(PLEASED | DISPLEASED)


def _score_of(value: float | None, middle: float | None, best: float | None) -> float | None:
    """Return how pleased a value is, in [0, 1]; None where it tells nothing of the kind."""
    if value is None:
        return None
    if middle is None or best is None:
        return value if 0.0 <= value <= 1.0 else None
    return min(1.0, max(0.0, 0.5 + 0.5 * (value - middle) / (best - middle)))


def list_texts(workspace_id: int, *, most: int = MOST) -> list[str]:
    """Return the newest clean reviews of a workspace, copies left out. One query."""
    rows = Review.objects.filter(workspace_id=workspace_id, duplicate_of=None).exclude(
        clean_text=""
    )
    return list(rows.order_by("-pk").values_list("clean_text", flat=True)[:most])


def newest_interaction(workspace_id: int) -> datetime | None:
    """Return when the latest interaction happened that a model can have learnt from. One query."""
    return (
        Interaction.objects.filter(workspace_id=workspace_id, happened_at__isnull=False)
        .order_by("-happened_at")
        .values_list("happened_at", flat=True)
        .first()
    )
