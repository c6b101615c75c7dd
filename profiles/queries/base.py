"""Who stands for everybody: the users that the others are compared with."""

from django.db.models import Exists, OuterRef, QuerySet

from profiles.models import Profile, User

# What staff note with a user whom nobody is to be compared with: a bot, or a test.
LEFT_OUT = {"kind": "left_out"}


def compared_with(workspace_id: int) -> QuerySet[User]:
    """Return the workspace's users but for those whom staff have left out."""
    out = Profile.objects.filter(user=OuterRef("pk"), oddities__contains=[LEFT_OUT])
    return User.objects.filter(~Exists(out), workspace_id=workspace_id)
