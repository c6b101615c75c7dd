"""Which users and workspaces have portrait work waiting: what the sweep reads."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Workspace
from catalog.models import Space
from profiles import versions
from profiles.models import Segment, User
from profiles.queries.calibrations import calibration_used


def users_to_state(workspace_id: int) -> QuerySet[User]:
    """Users whose evidence, or the workspace's calibration, is newer than their statements.

    Paused users are left alone.
    """
    version = calibration_used(workspace_id).version
    stale = Q(stated_revision__lt=F("evidence_revision")) | ~Q(stated_version=version)
    return _profiled(workspace_id).filter(stale)


def users_to_taste(workspace_id: int) -> QuerySet[User]:
    """Users whose evidence, or the workspace's active space, is newer than their taste.

    Nobody is due while the workspace has no active space.
    """
    space_id = (
        Space.objects.filter(workspace_id=workspace_id, state=Space.State.ACTIVE)
        .values_list("pk", flat=True)
        .first()
    )
    if space_id is None:
        return User.objects.none()
    stale = Q(tasted_revision__lt=F("evidence_revision")) | ~Q(
        tasted_version=taste_version(space_id)
    )
    return _profiled(workspace_id).filter(stale)


def users_to_describe(workspace_id: int) -> QuerySet[User]:
    """Users whose statements are newer than their description."""
    of_today = Q(described_version=versions.DESCRIPTIONS) | Q(
        described_version__startswith=f"{versions.DESCRIPTIONS}+"  # a generator was asked too
    )
    stale = Q(described_revision__lt=F("portrait_revision")) | ~of_today
    return _profiled(workspace_id).filter(stale)


def segments_due(workspace_id: int) -> QuerySet[Workspace]:
    """The workspace, where portraits have changed since its users were last segmented.

    Or where they were segmented by another version.
    """
    other = Segment.objects.filter(workspace=OuterRef("pk"), size__gt=0).exclude(
        version=versions.SEGMENTS
    )
    stale = Q(segmented_revision__lt=F("portraits_revision")) | Exists(other)
    return Workspace.objects.filter(stale, pk=workspace_id)


def latents_due(workspace_id: int) -> QuerySet[Workspace]:
    """The workspace, where portraits have changed since latent interests were last foretold."""
    return Workspace.objects.filter(pk=workspace_id, latents_revision__lt=F("portraits_revision"))


def taste_version(space_id: int) -> str:
    """Return what a user's `tasted_version` reads when their taste stands in this space."""
    return f"{versions.TASTE}.{space_id}"


def _profiled(workspace_id: int) -> QuerySet[User]:
    return User.objects.filter(workspace_id=workspace_id, is_paused=False).order_by("pk")
