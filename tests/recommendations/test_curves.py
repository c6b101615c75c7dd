import numpy as np
from scipy.sparse import csr_array

from recommendations.engine.splits import Split
from recommendations.engine.validation import Cases
from recommendations.evaluation.curves import curves_of
from recommendations.evaluation.run import Measured, Outcome, slates_of
from tests.recommendations.engine.worlds import log_of

DAYS = 20


def cases_of(wanted, met=()):
    shape = (len(wanted), 30)
    table, known = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for user, item in enumerate(wanted):
        table[user, item] = 1
    for user, item in met:
        known[user, item] = 1
    return Cases(np.arange(len(wanted)), csr_array(known), csr_array(table))


def test_first_places_are_those_of_a_stable_sort_with_and_without_ties():
    rng = np.random.default_rng(2)
    cases = cases_of([0, 1, 2], met=[(0, 5), (1, 6), (2, 0), *((2, item) for item in range(4, 20))])
    for scores in (
        rng.normal(size=(3, 30)),
        rng.integers(1, 4, size=(3, 30)),
        np.where(rng.random((3, 30)) < 0.9, 0, -1),
        np.full((3, 30), 0.1),
    ):
        found = slates_of(cases, scores.astype(np.float32))
        for row in range(3):
            order = [i for i in np.argsort(-scores[row], kind="stable") if not cases.barred(row)[i]]
            order = order[:20] + [-1] * (20 - len(order))
            assert found[row].tolist() == order


def test_curves_part_users_by_their_past_items_by_who_met_them_and_days_by_tenths():
    test = log_of((0, 0, 1.0, 0.0), (1, 1, 1.0, 7.0), (2, 2, 1.0, DAYS), users=3, items=30)
    outcome = Outcome(
        measures=np.array([[0, 0.2, 0, 0], [0, 0.4, 0, 0], [0, 0.9, 0, 0]], dtype=np.float64),
        ranks=np.array([1.0, 20.0, 21.0]),
        slates=np.zeros((3, 20), dtype=np.int64),
        choices={},
        tries=0,
        seconds=0.0,
    )
    result = Measured(
        split=Split("time", test, test, test),
        cases=cases_of([0, 1, 2]),
        counts=np.array([3, 3, 120, *[0] * 27], dtype=np.float32),
        lengths=np.array([0, 12, 19]),
        vectors=None,
        outcomes={},
        seconds=0.0,
    )
    found = curves_of(outcome, result)
    assert found["history"] == {"groups": ["0", "10-19"], "values": [0.2, 0.65], "counts": [1, 2]}
    assert found["popularity"] == {
        "groups": ["1-4", "100+"],
        "values": [1.0, 0.0],
        "counts": [2, 1],
    }
    # Twenty days make tenths of two: day 0, day 7 and the last.
    days = found["day"]
    assert (days["groups"], days["values"]) == (["0", "6", "18"], [0.2, 0.4, 0.9])
