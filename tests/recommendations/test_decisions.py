"""How staff are told what a fit makes use of."""

from recommendations.admin import decision_of
from recommendations.models import Fit

FOUND = {"is_open": True, "value": 0.0512, "low": 0.02, "high": 0.0834, "users": 812}


def test_what_is_in_use_is_told_with_what_it_brings():
    fit = Fit(report={"gates": {"portrait": FOUND}})
    assert decision_of(fit, "portrait") == "in use: +5.1 % (+2.0 % to +8.3 %), 812 users compared"


def test_what_is_switched_off_is_told_too():
    shut = FOUND | {"is_open": False, "value": -0.006, "low": -0.0144}
    told = decision_of(Fit(report={"gates": {"sentiment": shut}}), "sentiment")
    assert told == "not in use: -0.6 % (-1.4 % to +8.3 %), 812 users compared"


def test_what_nobody_asked_about_is_left_empty():
    assert decision_of(Fit(report={}), "portrait") == decision_of(
        Fit(report={"gates": {}}), "sentiment"
    )
