"""Look over a workspace's data: what is missing, what is odd, and who may be no person."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import structlog
from django.db import transaction

from accounts.models import Workspace
from core.errors import NotFoundError
from profiles import versions
from profiles.modelling.numbers import far_from_mean, outside_fences
from profiles.modelling.quality import (
    Oddities,
    QualityConfig,
    oddities_of,
    outliers_by_name,
)
from profiles.models import LEFT_OUT, Profile, QualityReport, User
from profiles.queries import gaps
from profiles.queries.habits import load_habits
from profiles.queries.quality import SUSPECT
from profiles.services.places import ensure_profiles
from profiles.services.said import said_anew_by

log = structlog.get_logger(__name__)
CONFIG = QualityConfig()
KEPT_REPORTS = 30
MOST_NAMED = 10  # outliers of each number of the items


def look_over(workspace_id: int) -> QualityReport:
    """Make a report of the workspace's data, and note with each user what is odd about them.

    Nobody is left out of anything for it: that is for people to decide, with `leave_out`. Safe
    to repeat; the number of queries does not depend on how much there is.
    """
    workspace = Workspace.objects.get(pk=workspace_id)
    odd = oddities_of(load_habits(workspace_id), CONFIG)
    noted = _noted(odd)
    figures = _figures(workspace_id, odd, noted)
    with transaction.atomic():
        ensure_profiles(workspace_id, list(noted))
        _note(workspace_id, noted)
        report = QualityReport.objects.create(
            workspace=workspace, figures=figures, version=versions.QUALITY
        )
        older = QualityReport.objects.filter(workspace=workspace).order_by("-made_at", "-pk")
        out = list(older.values_list("pk", flat=True)[KEPT_REPORTS:])
        QualityReport.objects.filter(pk__in=out).delete()
    log.info(
        "quality.looked_over",
        workspace_id=workspace_id,
        odd=len(noted),
        suspects=int(odd.is_suspect.sum()),
    )
    return report


@transaction.atomic
def leave_out(*, user: User, is_out: bool) -> None:
    """Leave a user out of what everybody is compared with, or count them again.

    Their own portrait goes on being drawn: the verdict may be wrong, and they can be served.
    Raises NotFoundError where the user has no profile, and so nothing odd.
    """
    said_anew_by(user.pk)
    profile = Profile.objects.select_for_update(no_key=True).filter(user=user).first()
    if profile is None:
        raise NotFoundError(
            "Nothing is known to be odd about this user.", reason="not_odd", user=user.pk
        )
    others = [each for each in profile.oddities if each["kind"] != LEFT_OUT["kind"]]
    profile.oddities = [*others, LEFT_OUT] if is_out else others
    profile.save(update_fields=["oddities", "updated_at"])
    log.info("user.left_out", workspace_id=user.workspace_id, user_id=user.pk, is_out=is_out)


def _noted(odd: Oddities) -> dict[int, list[dict[str, Any]]]:
    """What to note with each user about whom anything is odd, in order of their ids."""
    noted: dict[int, list[dict[str, Any]]] = {}
    columns = (odd.user.tolist(), odd.signs, odd.apart.tolist(), odd.is_suspect.tolist())
    for user, signs, apart, is_suspect in zip(*columns, strict=True):
        if signs:
            noted[user] = [{"kind": kind, "value": value} for kind, value in signs]
        if is_suspect:
            noted[user].append({"kind": SUSPECT, "value": round(apart, 3)})
    return noted


def _note(workspace_id: int, noted: dict[int, list[dict[str, Any]]]) -> None:
    """Write what is odd about whom, and take back what no longer is. What staff said stays."""
    profiles = Profile.objects.filter(workspace_id=workspace_id).select_for_update(
        no_key=True, of=("self",)
    )
    rows = list(profiles.filter(pk__in=list(noted)).order_by("pk"))
    rows += list(profiles.exclude(oddities=[]).exclude(pk__in=list(noted)).order_by("pk"))
    changed = []
    for row in sorted(rows, key=lambda each: each.pk):
        said = [each for each in row.oddities if each["kind"] == LEFT_OUT["kind"]]
        found = noted.get(row.pk, []) + said
        if found != row.oddities:
            row.oddities = found
            changed.append(row)
    Profile.objects.bulk_update(changed, ["oddities"], batch_size=1_000)


def _figures(
    workspace_id: int, odd: Oddities, noted: dict[int, list[dict[str, Any]]]
) -> dict[str, Any]:
    counts, columns, ids = gaps.load_attributes(workspace_id)
    numbers = outliers_by_name(columns)
    suspects = [user for user, found in noted.items() if found[-1]["kind"] == SUSPECT]
    return {
        "items": gaps.count_items(workspace_id),
        "users": gaps.count_users(workspace_id),
        "interactions": gaps.count_interactions(workspace_id),
        "reviews": gaps.count_reviews(workspace_id),
        "languages": gaps.commonest_languages(workspace_id),
        "attributes": counts,
        "numbers": {
            name: band | {"outliers": _outliers(columns[name], ids)}
            for name, band in numbers.items()
        },
        "signs": _tally(odd),
        "odd_users": len(noted),
        "suspects": len(suspects),
    }


def _outliers(values: Sequence[float], ids: Sequence[str]) -> list[dict[str, Any]]:
    """Name the items whose number stands out by either rule, the farthest from the median first.

    At most MOST_NAMED, each with its number.
    """
    column = np.array(values, dtype=np.float64)
    found = np.flatnonzero(outside_fences(column) | far_from_mean(column)).tolist()
    middle = float(np.nanmedian(column))
    found.sort(key=lambda at: (-abs(column[at] - middle), ids[at]))
    return [{"id": ids[at], "value": float(column[at])} for at in found[:MOST_NAMED]]


def _tally(odd: Oddities) -> dict[str, int]:
    """How many users each rule speaks of."""
    found: dict[str, int] = {}
    for kind, _ in (sign for signs in odd.signs for sign in signs):
        found[kind] = found.get(kind, 0) + 1
    return dict(sorted(found.items()))
