"""Who stands for everybody: the users that the others are compared with."""

from django.db.models import Exists, OuterRef, QuerySet

from profiles.models import Profile, User

# What staff note with a user whom nobody is to be compared with: a bot, or a test.
LEFT_OUT = {"kind": "left_out"}


def left_out_of(workspace_id: int) -> list[int]:
    """Return the users of a workspace whom staff have left out. One query."""
    rows = Profile.objects.filter(workspace_id=workspace_id, oddities__contains=[LEFT_OUT])
    return list(rows.order_by("pk").values_list("user_id", flat=True))


def compared_with(workspace_id: int) -> QuerySet[User]:
    """Return the workspace's users but for those whom staff have left out."""
    out = Profile.objects.filter(user=OuterRef("pk"), oddities__contains=[LEFT_OUT])
    return User.objects.filter(~Exists(out), workspace_id=workspace_id)
