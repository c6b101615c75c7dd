from dataclasses import asdict, replace
from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from profiles import versions
from profiles.calibration_admin import dots_of
from profiles.modelling.calibration import (
    Bin,
    Outcomes,
    calibration_error,
    cross_fitted,
    fit,
    log_loss,
    reliability,
    told_of,
)
from profiles.modelling.channels import everybody_of
from profiles.modelling.curves import GROUPS, KNOTS, SHIPPED, Curve, Curves, group_of, platt
from profiles.modelling.foretold import outcomes_of
from profiles.modelling.statements import StatementConfig
from profiles.models import Calibration, Statement, User
from profiles.queries import calibrations as queries
from profiles.queries.calibrations import calibration_used, calibrations_due
from profiles.queries.due import users_to_state
from profiles.services import calibrations
from profiles.services.statements import state_users
from tests.likeness.people import make_staff
from tests.profiles.readers import NOW, Room
from tests.profiles.test_claims import acts, bearings, mentions

LIKES, DISLIKES = GROUPS.index("observed+"), GROUPS.index("observed-")
NOTHING = mentions()


def outcomes(raw: list[float], confirmed: list[bool], *, group: int = LIKES) -> Outcomes:
    """One user an outcome."""
    count = len(raw)
    return Outcomes(
        user=np.arange(count),
        group=np.full(count, group),
        raw=np.array(raw),
        is_confirmed=np.array(confirmed, dtype=bool),
    )


def drawn(count: int, slope: float, *, seed: int = 5) -> Outcomes:
    """Outcomes whose chance is expit(slope * logit(raw)): by a slope of 1, raw is right."""
    rng = np.random.default_rng(seed)
    raw = rng.uniform(0.05, 0.95, count)
    odds = (raw / (1 - raw)) ** slope
    return outcomes(raw.tolist(), (rng.random(count) < odds / (1 + odds)).tolist())


def test_the_error_is_the_mean_gap_of_bins_by_their_numbers():
    table = [Bin(0.9, 0.7, 10), Bin(0.5, 0.6, 30)]
    assert_allclose(calibration_error(table), (10 * 0.2 + 30 * 0.1) / 40)
    assert calibration_error([]) == 0.0


def test_bins_hold_about_the_same_number_the_least_sure_first():
    told = np.array([0.9, 0.1, 0.5, 0.7, 0.3])
    table = reliability(told, np.array([True, False, True, False, False]), bins=2)
    assert [each.count for each in table] == [3, 2]
    assert_allclose([each.told for each in table], [0.3, 0.8])
    assert_allclose([each.confirmed for each in table], [1 / 3, 1 / 2])


def test_a_curve_is_found_again_from_what_it_drew():
    found = fit(drawn(20_000, 2.0), SHIPPED).by_group["observed+"]
    expected = platt(0.0, 2.0)
    assert_allclose(found.at(KNOTS), expected.at(KNOTS), atol=0.03)


def test_a_few_outcomes_hardly_move_the_curve_that_was_shipped():
    moved = fit(outcomes([0.8] * 3, [False] * 3), SHIPPED).by_group["observed+"]
    shipped = SHIPPED.by_group["observed+"]
    assert 0.0 < float(shipped.at(0.8) - moved.at(0.8)) < 0.25


def test_groups_without_outcomes_keep_the_shipped_curve():
    found = fit(drawn(500, 2.0), SHIPPED)
    assert found.by_group["observed-"] == SHIPPED.by_group["observed-"]


@given(st.integers(0, 30), st.floats(-2, 2))
def test_every_fitted_curve_rises(seed, slope):
    curve = fit(drawn(120, slope, seed=seed), SHIPPED).by_group["observed+"]
    assert (np.diff(curve.told) >= 0).all()
    assert 0 <= min(curve.told) <= max(curve.told) <= 1


def test_curves_of_others_mend_what_is_too_sure():
    sample = drawn(4_000, 0.4)
    before = calibration_error(reliability(sample.raw, sample.is_confirmed))
    told = cross_fitted(sample, Curves({}))
    after = calibration_error(reliability(told, sample.is_confirmed))
    assert before > 0.1
    assert after < 0.04
    assert log_loss(told, sample.is_confirmed) < log_loss(sample.raw, sample.is_confirmed)


def test_nobody_is_judged_by_a_curve_fitted_on_themselves():
    """Everybody's own outcomes all agree: only by looking at them could one be so sure."""
    rng = np.random.default_rng(3)
    user = np.repeat(np.arange(40), 25)
    sample = replace(
        outcomes([0.5] * 1_000, np.repeat(rng.random(40) < 0.5, 25).tolist()), user=user
    )
    told = cross_fitted(sample, Curves({}))
    assert (np.abs(told - 0.5) < 0.2).all()
    for one in np.unique(user):
        assert len(np.unique(told[user == one])) == 1


def test_curves_survive_being_stored():
    assert Curves.of_rows(SHIPPED.as_rows()) == SHIPPED


def test_what_no_curve_was_drawn_for_stays_as_it_is():
    assert Curves({}).told("observed+", 0.37) == 0.37
    bent = Curves({"observed+": Curve((0.0, 1.0), (0.2, 0.6))})
    assert_allclose(told_of(outcomes([0.5], [True]), bent), [0.4])


def test_where_people_only_say_yes_another_curve_is_meant():
    assert group_of("observed", -1, is_judging=True) == "observed-"
    assert group_of("observed", 1, is_judging=False) == "observed+!"


# Crime is tag 900, love 901. Users 1 and 2 rated five of each; user 1 loves crime.
BORNE = bearings(*[(at, 900 if at < 110 else 901, 1.0) for at in range(100, 120)])


def judged(future: list[tuple[int, float]]) -> dict[str, list[bool]]:
    """What becomes of user 1's statements where these items are met later, so rated."""
    past = [(at, 1, 100 + at, 1.0, 0) for at in range(4)]
    past += [(10 + at, 1, 110 + at, -1.0, 0) for at in range(4)]
    past += [(20 + at, 2, 100 + at, -1.0, 0) for at in range(4)]
    past += [(30 + at, 2, 110 + at, 1.0, 0) for at in range(4)]
    before = acts(*past)
    after = acts(*[(50 + at, 1, item, sign, 0) for at, (item, sign) in enumerate(future)])
    everybody = everybody_of(before, BORNE, NOTHING)
    found = outcomes_of(before, after, BORNE, NOTHING, everybody, StatementConfig())
    told: dict[str, list[bool]] = {}
    for user, group, is_confirmed in zip(
        found.user.tolist(), found.group.tolist(), found.is_confirmed.tolist(), strict=True
    ):
        if user == 1:
            told.setdefault(GROUPS[group], []).append(is_confirmed)
    return told


def test_a_like_is_confirmed_when_later_items_please_on_balance():
    assert judged([(105, 1.0)])["observed+"] == [True]
    assert judged([(105, 1.0), (106, -1.0), (107, -0.5)])["observed+"] == [False]


def test_a_dislike_is_confirmed_when_later_items_displease():
    assert judged([(115, -1.0)])["observed-"] == [True]
    assert judged([(115, 0.5)])["observed-"] == [False]


def test_a_dislike_is_confirmed_too_when_the_tag_is_kept_away_from():
    """Half of what everybody likes is love: three books without any are no accident."""
    kept_away = judged([(105, 1.0), (106, 1.0), (107, 1.0)])
    assert kept_away["observed-"] == [True]
    assert "observed-" not in judged([(105, 0.5)])


def test_a_tag_that_is_not_met_again_judges_no_like():
    assert "observed+" not in judged([(115, -1.0)])


def test_dots_are_placed_as_in_a_plot_and_grow_with_their_number():
    low, high = dots_of(
        [
            {"told": 0.0, "confirmed": 0.5, "count": 1},
            {"told": 1.0, "confirmed": 1.0, "count": 100},
        ]
    )
    assert (low.x, low.y) == (30.0, 130.0)
    assert (high.x, high.y) == (230.0, 30.0)
    assert high.radius > low.radius


@pytest.fixture
def room(workspace) -> Room:
    """Sixty readers who go on as they began: every statement of theirs is confirmed."""
    room = Room(workspace)
    for reader in room.crowd(60):
        turn = int(reader.external_id.split("-")[1])
        keys = list(room.tags)
        room.rates(reader, keys[turn % 3], 5, 5, 6, 7, after_days=90)
        room.rates(reader, keys[(turn + 1) % 3], 1, 3, 4, after_days=100)
    return room


def test_nobody_changes_folds_when_others_come():
    """Who is judged with the newcomer is judged by curves that know neither of them."""
    sample = drawn(200, 0.4)
    told = cross_fitted(sample, SHIPPED)
    newcomer = replace(outcomes([0.5] * 40, [True] * 40), user=np.full(40, 200))
    grown = Outcomes(
        *(
            np.concatenate([getattr(each, name) for each in (newcomer, sample)])
            for name in ("user", "group", "raw", "is_confirmed")
        )
    )
    after = cross_fitted(grown, SHIPPED)[40:]
    beside = sample.user % 5 == 0
    np.testing.assert_array_equal(after[beside], told[beside])
    assert (after[~beside] > told[~beside]).all()


def test_a_single_user_is_judged_by_the_curves_that_were_shipped():
    sample = replace(outcomes([0.3, 0.8], [True, False]), user=np.full(2, 7))
    np.testing.assert_array_equal(cross_fitted(sample, SHIPPED), told_of(sample, SHIPPED))


@pytest.mark.django_db
def test_a_workspace_learns_how_sure_to_be_and_restates_everybody(room):
    workspace, user = room.workspace, User.objects.get(external_id="crowd-0")
    everybody = list(User.objects.filter(workspace=workspace).values_list("pk", flat=True))
    state_users(workspace.pk, everybody, now=NOW)
    before = Statement.objects.get(user=user, tag__key="love", valid_until=None).confidence
    assert not users_to_state(workspace.pk).exists()
    assert calibrations.calibrate(workspace.pk, now=timezone.now()) == 120
    used = Calibration.objects.get(workspace=workspace)
    assert used.is_used
    assert used.error < 0.15
    assert calibration_used(workspace.pk).curves == Curves.of_rows(used.knots)
    assert users_to_state(workspace.pk).count() == 60
    state_users(workspace.pk, everybody, now=NOW)
    after = Statement.objects.get(user=user, tag__key="love", valid_until=None).confidence
    assert after > before + 0.2


@pytest.mark.django_db
def test_a_small_workspace_tells_by_the_shipped_curves(workspace):
    assert not calibrations_due(workspace.pk).exists()  # nothing has happened yet
    Room(workspace).crowd(6)
    assert calibrations_due(workspace.pk).exists()
    calibrations.calibrate(workspace.pk, now=timezone.now())
    assert not Calibration.objects.get(workspace=workspace).is_used
    assert calibration_used(workspace.pk).curves == SHIPPED
    assert not calibrations_due(workspace.pk).exists()


@pytest.mark.django_db
def test_the_same_data_give_the_same_curves_whatever_was_in_use_before(room):
    workspace = room.workspace
    calibrations.calibrate(workspace.pk, now=timezone.now())
    first = calibration_used(workspace.pk)
    Calibration.objects.filter(workspace=workspace).update(
        knots=Curves({"observed+": Curve((0.0, 1.0), (0.2, 0.6))}).as_rows()
    )
    assert calibration_used(workspace.pk) != first
    calibrations.calibrate(workspace.pk, now=timezone.now())
    assert calibration_used(workspace.pk) == first, "the same curves are the same version"
    tables = [row.table for row in Calibration.objects.filter(workspace=workspace)]
    assert tables[0] == tables[1]


@pytest.mark.django_db
def test_curves_that_were_in_use_go_where_the_shipped_ones_do_as_well(workspace):
    Room(workspace).crowd(6)
    bent = Curves({"observed+": Curve((0.0, 1.0), (0.2, 0.6))})
    Calibration.objects.create(
        workspace=workspace,
        knots=bent.as_rows(),
        error=0.1,
        statements=500,
        is_used=True,
        version=versions.CALIBRATION,
    )
    assert calibration_used(workspace.pk).curves == bent
    calibrations.calibrate(workspace.pk, now=timezone.now())
    assert calibration_used(workspace.pk).curves == SHIPPED


@pytest.mark.django_db
def test_what_is_shown_of_own_curves_is_how_they_do_with_others_users(room):
    calibrations.calibrate(room.workspace.pk, now=timezone.now())
    made = Calibration.objects.get(workspace=room.workspace)
    found = calibrations._outcomes(room.workspace.pk)
    honest = reliability(cross_fitted(found, SHIPPED), found.is_confirmed)
    flattering = reliability(told_of(found, Curves.of_rows(made.knots)), found.is_confirmed)
    assert made.table == [asdict(each) for each in honest]
    assert made.error == calibration_error(honest)
    assert made.error > calibration_error(flattering)


@pytest.mark.django_db
def test_curves_are_drawn_again_when_a_tenth_more_has_happened_and_they_have_rested(
    workspace, monkeypatch
):
    room = Room(workspace)
    room.crowd(6)
    monkeypatch.setattr(queries, "LEAST_NEW", 2)
    calibrations.calibrate(workspace.pk, now=timezone.now() - timedelta(hours=2))
    assert Calibration.objects.get(workspace=workspace).interactions == 48
    newcomer = room.reader("newcomer")
    room.rates(newcomer, "love", 5, *range(4))
    assert not calibrations_due(workspace.pk).exists()
    room.rates(newcomer, "crime", 5, 1)
    assert calibrations_due(workspace.pk).exists()
    Calibration.objects.filter(workspace=workspace).update(made_at=timezone.now())
    assert not calibrations_due(workspace.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("curves", "is_used", "said"),
    [
        (Curves({"observed+": Curve((0.0, 1.0), (0.2, 0.6))}), True, "own curve, in use"),
        (Curves({"observed+": Curve((0.0, 1.0), (0.2, 0.6))}), False, "since replaced"),
        (SHIPPED, False, "shipped with"),
    ],
)
def test_staff_read_whose_curve_a_plot_is_of(client, workspace, curves, is_used, said):
    made = Calibration.objects.create(
        workspace=workspace,
        knots=curves.as_rows(),
        error=0.1,
        statements=500,
        is_used=is_used,
        version=versions.CALIBRATION,
    )
    client.force_login(make_staff("staff", workspace))
    page = client.get(reverse("admin:profiles_calibration_change", args=[made.pk]))
    assert said in page.content.decode()
