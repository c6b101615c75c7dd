"""How far one interaction can be trusted, beside what more of them bear."""

from dataclasses import replace

import numpy as np
import pytest

from profiles.modelling.calibration import Outcomes
from profiles.modelling.channels import everybody_of
from profiles.modelling.curves import GROUPS
from profiles.modelling.foretold import outcomes_of
from profiles.modelling.statements import StatementConfig
from recommendations.evaluation.portrait.truth import by_pieces
from tests.profiles.test_claims import acts, bearings, mentions

CONFIG = StatementConfig()


def drawn(count: int, raw: float, chance: float, *, is_met: bool, group: str) -> Outcomes:
    """Outcomes of as many users, of one confidence, of which so large a part came true."""
    return Outcomes(
        user=np.arange(count),
        group=np.full(count, GROUPS.index(group)),
        raw=np.full(count, raw),
        is_confirmed=np.random.default_rng(3).permutation(count) < chance * count,
        is_met=np.full(count, is_met),
    )


def joined(*parts: Outcomes) -> Outcomes:
    return Outcomes(
        *(np.concatenate([getattr(one, name) for one in parts]) for name in Outcomes.__slots__)
    )


def test_what_one_interaction_bears_is_judged_apart():
    few = drawn(400, 0.6, 0.3, is_met=False, group="observed+")
    many = drawn(400, 0.6, 0.9, is_met=True, group="observed+")
    found = by_pieces(joined(few, many), CONFIG)
    assert found["one"]["confirmed"]["value"] == pytest.approx(0.3)
    assert found["more"]["confirmed"]["value"] == pytest.approx(0.9)
    assert found["one"]["told"] == pytest.approx(0.6, abs=0.05)  # both by one curve
    assert found["one"]["value"] == pytest.approx(0.3, abs=0.05)


def test_what_is_too_unsure_to_be_proposed_and_what_rests_on_words_is_not_asked():
    unsure = drawn(400, 0.1, 0.1, is_met=False, group="observed+")
    words = drawn(400, 0.8, 0.8, is_met=True, group="inferred+")
    found = by_pieces(joined(unsure, words), CONFIG)
    assert (found["one"]["value"], found["more"]["value"]) == (None, None)


def test_outcomes_say_whether_more_than_one_piece_bears_them():
    borne = bearings((100, 900, 1.0), (101, 900, 1.0), (102, 901, 1.0), (103, 902, 1.0))
    past = acts((1, 1, 100, 1.0, 0), (2, 1, 101, 1.0, 0), (3, 1, 102, 1.0, 0), (4, 2, 103, -1.0, 0))
    later = acts((5, 1, 100, 1.0, 0), (6, 1, 102, 1.0, 0))
    everybody = everybody_of(past, borne, mentions())
    one = replace(CONFIG, least_observed=1)
    found = outcomes_of(past, later, borne, mentions(), everybody, one)
    assert sorted(found.is_met.tolist()) == [False, True]
    assert outcomes_of(past, later, borne, mentions(), everybody, CONFIG).is_met.all()
