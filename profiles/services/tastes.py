"""Keep where each user's taste points in the workspace's active space."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import structlog
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Workspace
from catalog.models import ItemVector, Space
from catalog.queries.spaces import find_active_space
from core.arrays import Floats, as_floats
from profiles import versions
from profiles.modelling.taste import Direction, TasteConfig, directions_of
from profiles.models import Interaction, ProfileVector, User
from profiles.queries.due import taste_version
from profiles.queries.evidence import Happenings, load_happenings
from profiles.services.places import place_new
from profiles.services.provisional import place_by_words
from profiles.services.users import raise_evidence

log = structlog.get_logger(__name__)
CONFIG = TasteConfig()
DECIMALS = 7
AT_ONCE = 500

MARK_TASTED = """
    UPDATE profiles_user SET tasted_revision = seen.revision, tasted_version = %s
    FROM unnest(%s::bigint[], %s::bigint[]) AS seen (id, revision)
    WHERE profiles_user.id = seen.id
"""

STAND_IN = """
    UPDATE profiles_user SET tasted_revision = seen.revision, tasted_version = %s
    FROM unnest(%s::bigint[], %s::bigint[]) AS seen (id, revision)
    WHERE profiles_user.id = seen.id AND profiles_user.evidence_revision = seen.revision
"""


def taste_users(workspace_id: int, user_ids: Sequence[int], *, now: datetime) -> int:
    """Work out these users' directions of taste, and place each in the nearest segment.

    Who took to nothing that others took to is placed by what is stated of them. Returns how many
    users were brought up to date. `now` is unused: taste, like statements, fades against a user's
    own newest interaction. A fixed number of queries; safe to repeat.
    """
    del now
    space = find_active_space(workspace_id)
    seen = dict(
        User.objects.filter(
            workspace_id=workspace_id, pk__in=list(user_ids), is_paused=False
        ).values_list("pk", "evidence_revision")
    )
    if space is None or not seen:
        return 0
    directions = _directions(space, load_happenings(workspace_id, sorted(seen)))
    with transaction.atomic():
        kept = _lock(seen, taste_version(space.pk))
        _store(space, {user: directions.get(user, []) for user in kept})
        place_new(workspace_id, kept)
        place_by_words(workspace_id, kept)
        with connection.cursor() as cursor:
            cursor.execute(
                MARK_TASTED, [taste_version(space.pk), kept, [seen[user] for user in kept]]
            )
        Workspace.objects.filter(pk=workspace_id).update(
            portraits_revision=F("portraits_revision") + 1
        )
    log.info("users.tasted", workspace_id=workspace_id, users=len(kept))
    return len(kept)


def draw_ahead(space: Space) -> dict[int, int]:
    """Draw everybody's taste in a space that is full and does not serve yet.

    Nobody's taste is gone, then, in the moment in which it takes over. Returns by user the
    revision of the evidence that was gone by; give it to `stand_in` once the space serves. Three
    queries per 500 users; safe to repeat.
    """
    drawn: dict[int, int] = {}
    users = User.objects.filter(workspace_id=space.workspace_id, is_paused=False).order_by("pk")
    revisions = users.values_list("pk", "evidence_revision")
    last = 0
    while some := dict(revisions.filter(pk__gt=last)[:AT_ONCE]):
        last = max(some)
        directions = _directions(space, load_happenings(space.workspace_id, sorted(some)))
        with transaction.atomic():
            _store(space, {user: directions.get(user, []) for user in _there(some)})
        drawn |= some
    return drawn


def stand_in(space: Space, drawn: dict[int, int]) -> int:
    """Say that the tastes `draw_ahead` drew are those of today, but where evidence has changed.

    Returns how many are. Two queries; call it in the transaction that lets the space serve.
    """
    with connection.cursor() as cursor:
        cursor.execute(STAND_IN, [taste_version(space.pk), [*drawn], [*drawn.values()]])
        told = int(cursor.rowcount)
    Workspace.objects.filter(pk=space.workspace_id).update(
        portraits_revision=F("portraits_revision") + 1
    )
    return told


def raise_tasted(space: Space, item_ids: Sequence[int]) -> int:
    """Say that these items have come to stand elsewhere, to all whose taste rests on them.

    Nobody is told while a space is first filled: who has no taste in it is due anyway. Returns
    how many users were raised. Four queries; call it in the transaction of the change.
    """
    drawn = Exists(ProfileVector.objects.filter(space=space, user=OuterRef("user")))
    met = Interaction.objects.filter(
        Q(user__tasted_version=taste_version(space.pk)) | drawn, item_id__in=item_ids
    )
    return raise_evidence(met.values_list("user_id", flat=True).distinct())


def _there(seen: dict[int, int]) -> list[int]:
    """Lock the rows of those users who are still there and not paused, in one order."""
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=list(seen), is_paused=False)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _lock(seen: dict[int, int], version: str) -> list[int]:
    """Lock the users' rows in one order; pass over those with a newer taste in this space."""
    rows = (
        User.objects.select_for_update(no_key=True)
        .filter(pk__in=list(seen), is_paused=False)
        .order_by("pk")
        .values_list("pk", "tasted_revision", "tasted_version")
    )
    return [pk for pk, tasted, made in rows if tasted <= seen[pk] or made != version]


def _directions(space: Space, happenings: Happenings) -> dict[int, list[Direction]]:
    acts = happenings.acts.settled()
    says = acts.signed != 0
    table = _load_vectors(space, sorted(set(acts.item[says].tolist())))
    found: dict[int, list[Direction]] = {}
    rows = np.array([item in table for item in acts.item.tolist()], dtype=bool) & says
    for user in np.unique(acts.user[rows]).tolist():
        own = np.flatnonzero(rows & (acts.user == user))
        vectors = as_floats([table[item] for item in acts.item[own].tolist()])
        found[user] = directions_of(vectors, acts.signed[own] * acts.fade[own], CONFIG)
    return found


def _load_vectors(space: Space, item_ids: Sequence[int]) -> dict[int, Floats]:
    rows = ItemVector.objects.filter(space=space, item_id__in=list(item_ids))
    return {item: as_floats(vector) for item, vector in rows.values_list("item_id", "vector")}


def _store(space: Space, directions: dict[int, list[Direction]]) -> None:
    """Put these directions in place of those that were stored for the same space."""
    ProfileVector.objects.filter(space=space, user__in=list(directions)).delete()
    ProfileVector.objects.bulk_create(
        [
            ProfileVector(
                workspace_id=space.workspace_id,
                space=space,
                user_id=user,
                slot=each.slot,
                vector=np.round(each.vector, DECIMALS),
                weight=each.weight,
                version=versions.TASTE,
            )
            for user, own in directions.items()
            for each in own
        ],
        batch_size=1_000,
    )
