"""What a shortlist becomes, for users with a past and for strangers."""

import numpy as np

from core.arrays import as_floats
from recommendations.engine.arrange import Shortlist, arrange
from recommendations.engine.blend import BlendConfig
from recommendations.engine.rules import NOTHING
from recommendations.engine.sources import Scored

ITEMS = np.array([1, 2], dtype=np.int64)
BLEND = BlendConfig(weights={"neighbours": 1.0, "recent": 0.15, "popular": 0.05})


def scored_by(source, scores):
    nobody = np.full((2, 2), -1, dtype=np.int64)
    return Scored(source, ITEMS, as_floats(scores), nobody, as_floats(np.zeros((2, 2))))


def first(said, recent, *, met):
    scored = [
        scored_by("said", said),
        scored_by("recent", recent),
        scored_by("popular", [1.0, 0.0]),
    ]
    shortlist = Shortlist(ITEMS, as_floats(np.zeros((2, 3))), np.zeros(2, dtype=np.bool_))
    arranged = arrange(scored, shortlist, BLEND, met=met, barred=NOTHING, length=2)
    return int(arranged.blended.items[arranged.picks][0])


def test_among_what_a_stranger_asks_for_others_taste_decides():
    asked = {"said": [1.0, 0.8], "recent": [0.1, 1.0]}
    assert first(**asked, met=0) == 2
    assert first(**asked, met=9) == 1


def test_what_a_stranger_asks_for_still_leads_over_what_is_popular():
    assert first([1.0, 0.0], [0.6, 1.0], met=0) == 1
