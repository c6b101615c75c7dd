"""What is learnt, when, and whether it may serve."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection, connections
from numpy.testing import assert_allclose

from accounts.models import Scenario
from catalog.models import ItemVector
from profiles.models import Interaction
from recommendations.models import Fit, Neighbours, Popularity
from recommendations.queries.due import learn_due
from recommendations.queries.lessons import load_content, load_lesson
from recommendations.queries.remembered import load_neighbours
from recommendations.rows import SlateRequest
from recommendations.services import learning
from recommendations.services.fits import choices_of
from recommendations.services.indexes import create_index, drop_index
from recommendations.services.learning import learn
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_item, make_user, make_workspace
from tests.recommendations.worlds import NOW, find_user, make_world, put_taste

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return make_world(size=12, readers=11)


def serving(world):
    return Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)


def test_a_lesson_holds_every_interaction_with_its_strength_and_time():
    workspace = make_workspace()
    items = [make_item(workspace) for _ in range(3)]
    anna, ben = make_user(workspace), make_user(workspace)
    make_interaction(ben, items[2], "dismiss", happened_at=NOW)
    make_interaction(anna, items[0], "rate", value=4.0, happened_at=NOW)
    last = make_interaction(anna, items[1], "like")  # without a date: when it was received
    make_interaction(make_user(make_workspace()), make_item(make_workspace()))
    lesson = load_lesson(workspace.pk)
    assert lesson.items.tolist() == [item.pk for item in items]
    assert lesson.log.items.tolist() == [2, 0, 1]
    assert lesson.log.users.tolist() == [1, 0, 0]
    # dismiss weighs .6 against; 4 stars of a middle of 3 and a best of 5 say half; like says .8
    assert_allclose(lesson.log.weights, [-0.6, 0.5, 0.8], rtol=1e-6)
    assert_allclose(lesson.log.times[:2], NOW.timestamp())
    assert (lesson.interactions, lesson.last_interaction_id) == (3, last.pk)


def test_a_purchase_counts_though_a_look_came_first():
    workspace = make_workspace(scenario=Scenario.ECOMMERCE)
    anna, book = make_user(workspace), make_item(workspace)
    make_interaction(anna, book, "view", happened_at=NOW - timedelta(days=2))
    make_interaction(anna, book, "purchase", happened_at=NOW)
    lesson = load_lesson(workspace.pk)
    assert lesson.log.weights.tolist() == [1.0]
    assert lesson.log.times.tolist() == [NOW.timestamp()]


def test_content_is_laid_out_in_the_order_of_the_lesson(world):
    ItemVector.objects.filter(item=world.gothic[1]).delete()
    lesson = load_lesson(world.workspace.pk)
    content = load_content(world.workspace.pk, lesson.items)
    assert content.vectors[:3].tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert content.vectors[12].tolist() == [0, 1, 0]
    assert content.tags.toarray()[[0, 12]].tolist() == [[1, 0], [0, 1]]


def test_neighbours_come_back_as_they_were_learnt(world):
    learn(world.workspace.pk)
    row = Neighbours.objects.get(item=world.gothic[0])
    assert set(row.neighbour_ids) <= {item.pk for item in world.gothic[1:]}
    assert row.weights == sorted(row.weights, reverse=True)
    read = load_neighbours(row.fit_id, np.array([world.travel[0].pk, world.gothic[0].pk]))
    count = len(row.neighbour_ids)
    assert read.ids[1][:count].tolist() == row.neighbour_ids
    assert_allclose(read.weights[1][:count], row.weights, rtol=1e-6)
    assert set(read.ids[1][count:].tolist()) <= {-1}


def test_every_item_gets_its_popularity(world):
    never_met = make_item(world.workspace)
    learn(world.workspace.pk)
    assert Popularity.objects.count() == 25
    assert Popularity.objects.get(item=never_met).overall == 0
    # g11 was liked by all eleven readers, g0 by ten of them, at .8 a like
    most = Popularity.objects.get(item=world.gothic[11]).overall
    assert most == pytest.approx(11 * 0.8, rel=1e-5)
    assert Popularity.objects.get(item=world.gothic[0]).overall == pytest.approx(8.0, rel=1e-5)


def test_the_first_fit_serves_and_says_what_it_was_learnt_from(world):
    assert learn(world.workspace.pk) == Interaction.objects.count() == 2 * 11 * 11
    fit = serving(world)
    assert fit.interactions == 242
    assert fit.last_interaction_id == Interaction.objects.latest("pk").pk
    assert fit.config["blend"]["weights"]
    assert fit.report["against"] is None
    assert fit.report["served_because"] == "nothing_to_compare"
    assert fit.report["items"] == 24


def test_older_fits_lose_their_rows_and_the_two_before_keep_them(world):
    for _ in range(4):
        learn(world.workspace.pk)
    oldest, *kept = Fit.objects.order_by("pk")
    assert [one.state for one in (oldest, *kept)] == [*["retired"] * 3, "serving"]
    for rows in (Popularity, Neighbours):
        assert set(rows.objects.values_list("fit_id", flat=True)) == {one.pk for one in kept}


@pytest.fixture
def long_world(db):
    """Enough readers that the newest 3 % of the likings come from twenty of them."""
    world = make_world(size=30, readers=60)
    learn(world.workspace.pk)
    return world


def test_a_fit_that_surely_loses_is_kept_as_a_report_only(long_world, monkeypatch):
    first = serving(long_world)
    monkeypatch.setattr(learning, "learn_choices", lambda *_, **__: worst_choices(first))
    learn(long_world.workspace.pk)
    assert serving(long_world) == first
    lost = Fit.objects.get(state=Fit.State.LOST)
    assert lost.report["against"] == first.pk
    assert lost.report["lead"]["high"] < 0
    assert not lost.report["served_because"]
    assert lost.report["merit"] < lost.report["merit_of_serving"]
    assert not Neighbours.objects.filter(fit=lost).exists()


def worst_choices(fit):
    """Choices that say the same of every item."""
    none = dict.fromkeys(fit.config["blend"]["weights"], 0.0)
    fit.config["blend"] |= {"weights": none, "buckets": []}
    return choices_of(fit)


def test_a_fit_that_is_no_worse_serves_and_its_lead_is_kept(long_world):
    first = serving(long_world)
    learn(long_world.workspace.pk)
    fit = serving(long_world)
    assert fit != first
    assert (fit.report["against"], fit.report["loses"]) == (first.pk, False)
    assert fit.report["served_because"] == "level_and_newer"
    assert fit.report["judged_by"] >= learning.LEAST_USERS
    lead = fit.report["lead"]
    assert lead["low"] <= lead["value"] <= lead["high"]
    assert fit.report["merit"] - fit.report["merit_of_serving"] == pytest.approx(lead["value"])


def test_what_it_is_compared_on_had_no_part_in_the_choices(long_world, monkeypatch):
    seen = []
    real = learning.learn_choices

    def watched(train, validation, **options):
        seen.append((len(train), len(validation)))
        return real(train, validation, **options)

    monkeypatch.setattr(learning, "learn_choices", watched)
    learn(long_world.workspace.pk)
    count = Interaction.objects.count()
    assert seen == [(round(0.9 * count), round(0.97 * count) - round(0.9 * count))]


def test_few_users_decide_nothing(world):
    for _ in range(2):
        learn(world.workspace.pk)
    assert serving(world).report["against"] is None
    assert Fit.objects.filter(state=Fit.State.RETIRED).count() == 1


def test_nothing_is_learnt_from_nothing():
    assert learn(make_workspace().pk) == 0
    assert not Fit.objects.exists()


def test_a_workspace_is_due_once_it_has_interactions_and_after_enough_new_ones(world):
    def is_due():
        return learn_due(world.workspace.pk).exists()

    assert not learn_due(make_workspace().pk).exists()
    assert is_due()
    learn(world.workspace.pk)
    assert not is_due()
    newcomer = make_user(world.workspace)
    for item in [*world.gothic, *world.travel[:7]]:  # nineteen
        make_interaction(newcomer, item)
    assert not is_due()
    make_interaction(newcomer, world.travel[8])
    assert is_due()


def test_growth_is_measured_against_what_was_learnt_from(world):
    learn(world.workspace.pk)
    Fit.objects.update(interactions=1_050)  # two per cent are twenty-one
    newcomer = make_user(world.workspace)
    for item in [*world.gothic, *world.travel[:8]]:
        make_interaction(newcomer, item)
    assert not learn_due(world.workspace.pk).exists()
    make_interaction(newcomer, world.travel[9])
    assert learn_due(world.workspace.pk).exists()


def test_a_fit_that_lost_counts_as_having_learnt(world):
    learn(world.workspace.pk)
    first = serving(world)
    Fit.objects.create(
        workspace=world.workspace,
        state=Fit.State.LOST,
        interactions=300,
        last_interaction_id=10**9,
    )
    newcomer = make_user(world.workspace)
    for item in [*world.gothic, *world.travel]:
        make_interaction(newcomer, item)
    assert first.last_interaction_id < 10**9
    assert not learn_due(world.workspace.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_that_learn_at_once_learn_once():
    world = make_world()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            name = f"likeness.learn.{world.workspace.pk}"
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
            assert learn(world.workspace.pk) == 0
            assert not Fit.objects.exists()
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
    finally:
        other.close()
    assert learn(world.workspace.pk) > 0


@pytest.mark.django_db(transaction=True)
def test_an_indexed_space_finds_what_reading_it_whole_finds():
    world = make_world()
    put_taste(find_user(world, "g3"), world.space, [1.0, 0.0, 0.0])
    learn(world.workspace.pk)

    def found():
        request = SlateRequest(user="g3", sources=("taste",), length=9)
        return {
            item.id for item in recommend(workspace=world.workspace, request=request, now=NOW).items
        }

    exact = found()
    assert create_index(world.space) == f"item_vector_near_{world.space.pk}"
    assert create_index(world.space) == ""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
        assert found() == exact == {"g3", *(f"t{n}" for n in range(8))}
    finally:
        drop_index(world.space)
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_seqscan")


def test_large_ids_and_empty_arrays_survive_the_wire(world):
    learn(world.workspace.pk)
    fit = serving(world)
    Neighbours.objects.filter(item=world.gothic[0]).update(
        neighbour_ids=[2**40 + 7], weights=[0.125]
    )
    Neighbours.objects.filter(item=world.gothic[1]).update(neighbour_ids=[], weights=[])
    read = load_neighbours(fit.pk, np.array([world.gothic[0].pk, world.gothic[1].pk]))
    assert read.ids.tolist() == [[2**40 + 7], [-1]]
    assert read.weights.tolist() == [[0.125], [0.0]]
