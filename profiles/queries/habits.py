"""How each user of a workspace acts: what a rule against machines can look at."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime

import numpy as np

from profiles.modelling.quality import Habits
from profiles.models import Interaction


def load_habits(workspace_id: int) -> Habits:
    """Return the habits of all users who did anything, by key. One query."""
    rows = Interaction.objects.filter(workspace_id=workspace_id).order_by("user_id", "happened_at")
    deeds: dict[int, list[tuple[datetime | None, float | None, bool, bool]]] = defaultdict(list)
    columns = ("user_id", "happened_at", "value", "review__pk", "review__duplicate_of_id")
    for user, at, value, review, earlier in rows.values_list(*columns).iterator():
        deeds[user].append((at, value, review is not None, earlier is not None))
    users = sorted(deeds)
    figures = np.array([_figures(deeds[user]) for user in users], dtype=np.float64).reshape(-1, 9)
    return Habits(np.array(users, dtype=np.int64), *figures.T)


def _figures(
    deeds: list[tuple[datetime | None, float | None, bool, bool]],
) -> tuple[float, ...]:
    """The columns of one user, in the order of `Habits`."""
    moments = sorted(at.astimezone(UTC).timestamp() for at, *_ in deeds if at is not None)
    gaps = np.diff(moments)
    reviews = sum(has_text for _, _, has_text, _ in deeds)
    copies = sum(is_copy for *_, is_copy in deeds)
    values = Counter(value for _, value, _, _ in deeds if value is not None)
    return (
        float(len(deeds)),
        float(max(Counter(int(at // 60) for at in moments).values(), default=0)) or np.nan,
        float(len(gaps)),
        float(gaps.std() / gaps.mean()) if len(gaps) and gaps.mean() > 0 else np.nan,
        _most_hours(moments),
        float(reviews),
        copies / reviews if reviews else np.nan,
        float(values.total()),
        max(values.values()) / values.total() if values else np.nan,
    )


def _most_hours(moments: list[float]) -> float:
    """The most different hours of one day, UTC; NaN where nothing is dated."""
    hours: dict[date, set[int]] = defaultdict(set)
    for moment in moments:
        at = datetime.fromtimestamp(moment, UTC)
        hours[at.date()].add(at.hour)
    return float(max((len(each) for each in hours.values()), default=0)) or np.nan
