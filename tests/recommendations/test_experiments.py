"""Experiments: who is served by which arm, what it changes, and how arms compare."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import ConflictError, InvalidError
from recommendations.experiments import arms_of
from recommendations.models import Experiment, ServingSettings, Slate
from recommendations.rows import SlateRequest
from recommendations.services.learning import learn
from recommendations.services.outcomes import (
    record_impressions,
    results_of,
    start_experiment,
    stop_experiment,
)
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_user
from tests.recommendations.worlds import NOW, find_user, make_world, put_statement

pytestmark = pytest.mark.django_db
TWO_ARMS = [{"name": "as now"}, {"name": "popular only", "without": ["neighbours", "taste"]}]


@pytest.fixture
def world(db):
    world = make_world(size=20, readers=4)
    learn(world.workspace.pk)
    return world


def ask(world, user="g1", **fields):
    request = SlateRequest.parse({"user": user, "placement": "home", "length": 5} | fields)
    return recommend(workspace=world.workspace, request=request, now=NOW)


def experiment_of(world, arms=None, **fields):
    return Experiment.objects.create(
        workspace=world.workspace,
        name=f"x{Experiment.objects.count()}",
        arms=arms or TWO_ARMS,
        **fields,
    )


def test_an_arm_changes_the_sources_and_is_named(world):
    experiment = experiment_of(world)
    assert "arm" not in ask(world).meta
    start_experiment(experiment=experiment, now=NOW)
    arms = {}
    for number in range(12):
        make_user(world.workspace, f"n{number}")
        served = ask(world, f"n{number}")
        arms[served.meta["arm"]] = served.meta["sources"]
        again = Slate.objects.get(pk=ask(world, f"n{number}").id)
        assert (again.experiment_id, again.arm) == (experiment.pk, served.meta["arm"])
    assert set(arms) == {"as now", "popular only"}
    assert "neighbours" not in arms["popular only"]
    stop_experiment(experiment=experiment, now=NOW)
    assert "arm" not in ask(world).meta


def test_who_cannot_be_told_again_takes_part_in_nothing(world):
    start_experiment(experiment=experiment_of(world), now=NOW)
    assert "arm" not in ask(world, None).meta
    reader = find_user(world, "g1")
    reader.is_paused = True
    reader.save()
    assert "arm" not in ask(world).meta


def test_who_is_not_known_takes_part_once_they_are(world):
    start_experiment(experiment=experiment_of(world), now=NOW)
    assert "arm" not in ask(world, "newcomer").meta
    make_user(world.workspace, "newcomer")
    assert "arm" in ask(world, "newcomer").meta


def test_an_experiment_runs_at_its_placement_once_and_alone(world):
    first, second = experiment_of(world, placement="home"), experiment_of(world, placement="home")
    start_experiment(experiment=first, now=NOW)
    assert "arm" not in ask(world, placement="mail").meta
    for refused in (first, second):
        with pytest.raises(ConflictError):
            start_experiment(experiment=refused, now=NOW)
    stop_experiment(experiment=first, now=NOW)
    with pytest.raises(ConflictError):
        stop_experiment(experiment=first, now=NOW)
    start_experiment(experiment=second, now=NOW)


@pytest.mark.parametrize(
    ("arms", "path"),
    [
        ([{"name": "a"}], "arms"),
        ([{"name": "a"}, {"name": "a"}], "arms"),
        ([{"name": "a"}, {"name": ""}], "arms[1].name"),
        ([{"name": "a"}, {"name": "b", "without": ["magic"]}], "arms[1].without"),
        ([{"name": "a"}, {"name": "b", "blend": {"tags": -1}}], "arms[1].blend.tags"),
        ([{"name": "a"}, {"name": "b", "explored_share": 0.9}], "arms[1].explored_share"),
        ([{"name": "a", "weight": 0}, {"name": "b", "weight": 0}], "arms"),
    ],
)
def test_wrong_arms_are_refused_by_path(arms, path):
    with pytest.raises(InvalidError) as refused:
        arms_of(arms)
    assert refused.value.details["field"] == path


def test_results_compare_each_arm_with_the_first(world):
    experiment = experiment_of(world)
    start_experiment(experiment=experiment, now=NOW - timedelta(hours=1))
    item = world.travel[0]
    for number in range(40):
        user = make_user(world.workspace, f"n{number}")
        arm = TWO_ARMS[number % 2]["name"]
        slate = Slate.objects.create(
            workspace=world.workspace,
            user=user,
            experiment=experiment,
            arm=arm,
            item_ids=[item.pk, world.travel[1].pk],
            scores=[1.0, 0.5],
        )
        Slate.objects.filter(pk=slate.pk).update(created_at=NOW)
        record_impressions(slate=slate, items=None, now=NOW)
        if number % 2 or number == 0:
            make_interaction(user, item, slate_id=slate.pk, happened_at=NOW)
    base, tried = results_of(experiment)
    assert (base.users, base.shown, tried.users, tried.shown) == (20, 40, 20, 40)
    assert base.clicked.value == pytest.approx(1 / 40)
    assert tried.clicked.value == 0.5
    assert base.clicked_lead is None
    assert tried.clicked_lead.low > 0.2


def serve(experiment, arm, items, user=None):
    slate = Slate.objects.create(
        workspace=experiment.workspace,
        user=user,
        experiment=experiment,
        arm=arm,
        item_ids=[item.pk for item in items],
        scores=[1.0] * len(items),
    )
    record_impressions(slate=slate, items=None, now=NOW)
    return slate


def test_no_lead_is_told_with_fewer_than_two_users_in_an_arm(world):
    experiment = experiment_of(world)
    start_experiment(experiment=experiment, now=NOW - timedelta(hours=1))
    users = [make_user(world.workspace, f"n{number}") for number in range(4)]
    for user, arm in zip(users[:3], ("as now", "as now", "popular only"), strict=True):
        slate = serve(experiment, arm, world.travel, user)
        make_interaction(user, world.travel[0], slate_id=slate.pk, happened_at=NOW)
    _, tried = results_of(experiment)
    assert (tried.users, tried.shown) == (1, 20)
    assert (tried.clicked_lead, tried.positive_lead) == (None, None)
    assert tried.clicked.high > 0.5
    serve(experiment, "popular only", world.travel, users[3])
    _, tried = results_of(experiment)
    assert tried.clicked_lead is not None


def test_strangers_lists_are_no_users_of_an_experiment(world):
    experiment = experiment_of(world)
    start_experiment(experiment=experiment, now=NOW - timedelta(hours=1))
    for _ in range(3):
        serve(experiment, "as now", world.travel[:2])
    base, _ = results_of(experiment)
    assert (base.users, base.shown) == (0, 0)


def test_an_experiment_that_nobody_met_has_results_that_say_so(world):
    base, _ = results_of(experiment_of(world))
    assert (base.users, base.shown, base.clicked) == (0, 0, (0.0, 0.0, 1.0))


def test_an_arm_sets_its_own_share(world):
    arms = [{"name": "a", "explored_share": 0.5}, {"name": "b", "weight": 0}]
    start_experiment(experiment=experiment_of(world, arms), now=NOW)
    assert sum(item.explored for item in ask(world, length=10).items) == 5


def count_queries(world):
    with CaptureQueriesContext(connection) as queries:
        ask(world)
    return len([one for one in queries if "SAVEPOINT" not in (one["sql"] or "")])


def test_experiments_cost_no_query_and_exploring_one(world):
    put_statement(find_user(world, "g1"), world.tags["travel"])
    ask(world)  # from here on, what was learnt is remembered
    plain = count_queries(world)
    start_experiment(experiment=experiment_of(world, [{"name": "a"}, {"name": "b"}]), now=NOW)
    assert count_queries(world) == plain
    ServingSettings.objects.create(workspace=world.workspace, explored_share=0.2)
    assert count_queries(world) == plain + 1
