"""How far one interaction can be trusted, beside what more of them bear."""

import numpy as np
import pytest

from profiles.modelling.calibration import Outcomes
from profiles.modelling.curves import GROUPS
from profiles.modelling.statements import StatementConfig
from recommendations.evaluation.portrait.truth import by_pieces

CONFIG = StatementConfig()


def drawn(count: int, raw: float, chance: float, *, group: str) -> Outcomes:
    """Outcomes of as many users, of one confidence, of which so large a part came true."""
    return Outcomes(
        user=np.arange(count),
        group=np.full(count, GROUPS.index(group)),
        raw=np.full(count, raw),
        is_confirmed=np.random.default_rng(3).permutation(count) < chance * count,
    )


def joined(*parts: Outcomes) -> Outcomes:
    return Outcomes(
        *(np.concatenate([getattr(one, name) for one in parts]) for name in Outcomes.__slots__)
    )


def test_what_one_interaction_bears_is_judged_apart():
    few = drawn(400, 0.6, 0.5, group="observed+1")
    many = drawn(400, 0.6, 0.9, group="observed+")
    found = by_pieces(joined(few, many), CONFIG)
    assert found["one"]["confirmed"]["value"] == pytest.approx(0.5)
    assert found["more"]["confirmed"]["value"] == pytest.approx(0.9)
    assert found["one"]["told"] == pytest.approx(0.5, abs=0.05)  # each by a curve of its own
    assert found["more"]["told"] == pytest.approx(0.9, abs=0.05)


def test_what_is_too_unsure_to_be_proposed_and_what_rests_on_words_is_not_asked():
    unsure = drawn(400, 0.1, 0.1, group="observed+1")
    words = drawn(400, 0.8, 0.8, group="inferred+")
    found = by_pieces(joined(unsure, words), CONFIG)
    assert (found["one"]["value"], found["more"]["value"]) == (None, None)
