"""How staff are told what became of a fit, and what it makes use of."""

from recommendations.fit_words import brought_in_words, decision_in_words, why_in_a_word
from recommendations.models import Fit

FOUND = {"is_open": True, "value": 0.0512, "low": 0.02, "high": 0.0834, "users": 812}
LEAD = {"value": -0.012, "low": -0.02, "high": -0.004}


def test_what_is_in_use_is_told_with_what_it_brings():
    told = decision_in_words(FOUND)
    assert told == "in use: +5.1\u00a0% (+2.0\u00a0% to +8.3\u00a0%), 812 users compared"


def test_what_is_switched_off_is_told_too():
    told = decision_in_words(FOUND | {"is_open": False, "value": -0.006, "low": -0.0144})
    assert told == "not in use: -0.6\u00a0% (-1.4\u00a0% to +8.3\u00a0%), 812 users compared"


def test_a_fit_that_lost_says_against_which_and_by_how_much():
    lost = Fit(state=Fit.State.LOST, report={"against": 3, "lead": LEAD})
    assert "worse than fit 3 (-1.20 points, -2.00 to -0.40)" in brought_in_words(lost)
    assert why_in_a_word(lost) == "worse"


def test_a_fit_that_serves_says_why():
    better = {"served_because": "better", "against": 3, "lead": LEAD}
    assert brought_in_words(Fit(report=better)).startswith("better than fit 3")
    level = {"served_because": "level_and_newer", "against": 3, "lead": dict.fromkeys(LEAD, 0.0)}
    assert brought_in_words(Fit(report=level)) == (
        "level with fit 3 (the same for every user), and newer"
    )
    assert why_in_a_word(Fit(report=level)) == "level, and newer"
    assert brought_in_words(Fit(report={})) == "nothing to compare with"


def test_a_fit_that_another_overtook_says_so():
    overtaken = Fit(state=Fit.State.LOST, report={"overtaken": True})
    assert "another fit came to serve" in brought_in_words(overtaken)
    assert why_in_a_word(overtaken) == "overtaken"


def test_what_could_not_be_asked_is_told_apart_from_what_did_not_gain():
    told = decision_in_words({**FOUND, "low": 0.0, "high": 0.0, "is_offered": False})
    assert told == "not offered: users are too many to be compared"
