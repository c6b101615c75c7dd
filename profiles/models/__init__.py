"""Users, what they did and wrote, and what is believed about them because of it."""

from profiles.models.people import LOT, Interaction, Kind, User
from profiles.models.portraits import (
    LEFT_OUT,
    LatentTrial,
    Profile,
    ProfileVector,
    QualityReport,
    Segment,
    SegmentRun,
    SegmentSize,
)
from profiles.models.statements import Calibration, Evidence, Statement
from profiles.models.texts import AspectReading, Reading, Review, ReviewVector, Ruling

__all__ = [
    "LEFT_OUT",
    "LOT",
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
    "Ruling",
    "Segment",
    "SegmentRun",
    "SegmentSize",
    "Statement",
    "User",
]
