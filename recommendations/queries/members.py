"""Who stands in which segment, for learning what segments take to."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from core.arrays import Ids
from profiles.models import Segment
from recommendations.binary import copied_row
from recommendations.engine.favourites import Groups
from recommendations.engine.learned import Content
from recommendations.engine.log import Log
from recommendations.queries.copying import gathered
from recommendations.queries.grouping import Grouper

# Of who is paused nothing is concluded, and so nothing of what they took to either.
MEMBERS = """
SELECT profile.user_id, profile.segment_id FROM profiles_profile AS profile
JOIN profiles_user AS person ON person.id = profile.user_id
WHERE profile.workspace_id = {workspace} AND profile.segment_id IS NOT NULL
  AND NOT person.is_paused
"""
MEMBER = copied_row(("user", ">i8"), ("segment", ">i8"))


@dataclass(frozen=True, slots=True)
class Members:
    """The segments of a workspace, and where each of some users stands.

    Shapes: segments (S,), ids ascending; labels (U,), positions in them, -1 for nowhere.
    """

    segments: Ids
    labels: Ids

    def within(self, content: Content) -> Content:
        """Let users stand where they do now, in place of parting them anew."""
        return replace(content, group=partial(_as_they_stand, self))


def _as_they_stand(members: Members, log: Log) -> Groups:
    return Groups(members.labels, len(members.segments))


def load_members(workspace_id: int, people: Ids) -> Members:
    """Return where users stand now. One query. Shapes: people (U,), ids ascending."""
    rows = gathered(MEMBERS, {"workspace": workspace_id}, MEMBER)
    users = rows["user"].astype(np.int64)
    known = np.isin(users, people)
    segments, place = np.unique(rows["segment"][known].astype(np.int64), return_inverse=True)
    labels = np.full(len(people), -1, dtype=np.int64)
    labels[np.searchsorted(people, users[known])] = place
    return Members(segments, labels)


def load_grouper(workspace_id: int) -> Grouper | None:
    """Return what parts users into as many groups as there are segments; None below two of them."""
    count = Segment.objects.filter(workspace_id=workspace_id, size__gt=0).count()
    return Grouper(count) if count > 1 else None
