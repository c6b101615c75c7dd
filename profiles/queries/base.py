"""Who stands for everybody: the users that the others are compared with."""

from django.db.models import QuerySet

from profiles.models import LEFT_OUT, Profile, User


def left_out_of(workspace_id: int) -> list[int]:
    """Return the users of a workspace whom staff have left out. One query."""
    return list(_left_out(workspace_id).order_by("pk").values_list("user_id", flat=True))


def compared_with(workspace_id: int) -> QuerySet[User]:
    """Return the workspace's users but for those whom staff have left out."""
    out = _left_out(workspace_id).values("user_id")
    return User.objects.filter(workspace_id=workspace_id).exclude(pk__in=out)


def _left_out(workspace_id: int) -> QuerySet[Profile]:
    return Profile.objects.filter(workspace_id=workspace_id, oddities__contains=[LEFT_OUT])
