"""Users, what they did and wrote, and what is believed about them because of it."""

from profiles.models.people import Interaction, Kind, User
from profiles.models.portraits import (
    LatentTrial,
    Profile,
    ProfileVector,
    QualityReport,
    Segment,
    SegmentRun,
    SegmentSize,
)
from profiles.models.statements import Calibration, Evidence, Statement
from profiles.models.texts import AspectReading, Reading, Review, ReviewVector

__all__ = [
    "AspectReading",
    "Calibration",
    "Evidence",
    "Interaction",
    "Kind",
    "LatentTrial",
    "Profile",
    "ProfileVector",
    "QualityReport",
    "Reading",
    "Review",
    "ReviewVector",
    "Segment",
    "SegmentRun",
    "SegmentSize",
    "Statement",
    "User",
]
