"""A source that takes too long is left out, by the clock of a real Postgres."""

from contextlib import contextmanager, nullcontext

import pytest
from django.db import connection, transaction

from recommendations.lists import ListsRequest
from recommendations.models import ServingSettings
from recommendations.queries import availability, candidates, fetching, finders
from recommendations.queries.fetching import LateError, fetch, hurried, within
from recommendations.queries.kept import forget_all
from recommendations.rows import SOURCES, SlateRequest
from recommendations.services import narrowing
from recommendations.services.learning import learn
from recommendations.services.lists import make_lists
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_user
from tests.recommendations.worlds import (
    NOW,
    find_user,
    make_world,
    put_everything,
    put_statement,
    put_taste,
)

pytestmark = pytest.mark.django_db


def timeout():
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return cursor.fetchone()[0]


def ask(world, user):
    return recommend(workspace=world.workspace, request=SlateRequest(user=user), now=NOW)


@pytest.fixture
def world(db):
    world = make_world()
    learn(world.workspace.pk)
    put_everything(world)
    return world


@pytest.mark.parametrize("slow", list(finders.FINDERS))
def test_a_source_that_is_late_is_left_out_and_the_rest_serve(world, slow, monkeypatch, settings):
    settings.SOURCE_MILLISECONDS = 100

    def dawdle(asker):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    names = finders.FINDERS[slow]
    put_statement(find_user(world, "g3"), world.tags["gothic"])
    put_taste(find_user(world, "g3"), world.space, [1.0, 0.0, 0.0])
    swapped = {dawdle if find is slow else find: one for find, one in finders.FINDERS.items()}
    monkeypatch.setattr(finders, "FINDERS", swapped)
    slate = ask(world, "g3")
    assert slate.items
    [late] = [one.message for one in slate.warnings if one.code == "source_late"]
    assert (
        late
        == f"Served without {', '.join(names)}: late, with 100 ms at most. Ask again in a moment."
    )
    assert set(slate.meta["sources"]) == set(SOURCES) - set(names)
    assert timeout() == "0"


def late_ones(slate):
    return [one.message for one in slate.warnings if one.code == "source_late"]


def test_queries_of_one_source_share_its_time_and_leave_the_next_its_own(
    world, monkeypatch, settings
):
    settings.SOURCE_MILLISECONDS = 500

    def dawdle(asker):
        for _ in range(3):  # none of them is late by itself
            fetch("SELECT pg_sleep(0.2)", {})
        return []

    propose = finders.propose_neighbours
    swapped = {dawdle if find is propose else find: one for find, one in finders.FINDERS.items()}
    monkeypatch.setattr(finders, "FINDERS", swapped)
    slate = ask(world, "g3")
    [late] = late_ones(slate)
    assert named_in(late) == ["neighbours"]
    assert "popular" in slate.meta["sources"]
    assert timeout() == "0"


@pytest.mark.parametrize("is_local", [True, False])
@pytest.mark.django_db(transaction=True)
def test_what_is_asked_within_one_budget_gets_less_and_less_time(is_local):
    with transaction.atomic() if is_local else nullcontext(), hurried(10_000):
        assert timeout() == "9s"
        with within(["one"]):
            fetch("SELECT 1", {})
            assert timeout() == "9s"  # hardly anything is spent
        for left in ("7s", "5s"):
            with within(["one"]):
                budget_of("one").spent = 10_000 - 1_000 * int(left[0]) - 0.5
                fetch("SELECT 1", {})
                assert timeout() == left
            assert timeout() == "9s"
        with within(["one"]):
            budget_of("one").spent = 10_000
            with pytest.raises(LateError):
                fetch("SELECT 1", {})
        with within(["another"]):
            assert fetch("SELECT 1", {}) == [(1,)]
    assert timeout() == "0"


def budget_of(name):
    return fetching._hurry.get().budgets[(name,)]


def test_where_one_source_names_what_is_slow_to_look_up_the_others_serve(
    world, monkeypatch, settings
):
    settings.SOURCE_MILLISECONDS = 1_000
    put_statement(find_user(world, "g3"), world.tags["travel"])
    slow, found, asked = world.gothic[3].pk, candidates.find_open, []

    def find_open(items, *rest, **named):
        asked.append(items)
        if slow in items:
            fetch("SELECT pg_sleep(60)", {})
        return found(items, *rest, **named)

    plain = ask(world, "g3")
    monkeypatch.setattr(candidates, "find_open", find_open)
    slate = ask(world, "g3")
    assert len(asked) > 2
    serving = set(slate.meta["sources"])
    late = {name for one in late_ones(slate) for name in named_in(one)}
    assert "tags" in serving
    assert "neighbours" in late
    assert serving | late == set(plain.meta["sources"])
    assert not serving & late
    assert timeout() == "0"


def named_in(message):
    return message.removeprefix("Served without ").split(":")[0].split(", ")


@contextmanager
def locked(table):
    """Let another connection hold a table, so that whoever reads it waits."""
    other = connection.copy()
    try:
        with transaction.atomic(), other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute(f"LOCK TABLE {table}")
            yield
            other.rollback()
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_a_source_that_waits_for_a_lock_is_late(settings):
    settings.SOURCE_MILLISECONDS = 300
    world = make_world()
    learn(world.workspace.pk)
    with locked("recommendations_neighbours"):
        slate = ask(world, "g3")
    assert "source_late" in {one.code for one in slate.warnings}
    assert slate.items
    assert "neighbours" not in slate.meta["sources"]


def parts_left_out(served):
    return [named_in(one.message) for one in served.warnings if one.code == "part_late"]


@pytest.mark.django_db(transaction=True)
def test_where_nobody_knows_what_is_popular_lists_are_served_without_marks(settings):
    settings.SOURCE_MILLISECONDS = 300
    world = make_world()
    learn(world.workspace.pk)
    make_interaction(make_user(world.workspace, "new"), world.gothic[0], happened_at=NOW)
    forget_all()
    request = ListsRequest.parse({"user": "new", "kinds": ["item"]})
    with locked("recommendations_popularity"):
        slate = ask(world, "g3")
        lists = make_lists(workspace=world.workspace, request=request, now=NOW)
    assert "neighbours" in slate.meta["sources"]
    assert ["popular", "recent"] in [named_in(one) for one in late_ones(slate)]
    for served in (slate, lists):
        assert parts_left_out(served) == [["marks of cold items"]]
    assert slate.items
    assert lists.lists
    assert not any(item.cold for item in slate.items)
    assert timeout() == "0"


@pytest.mark.django_db(transaction=True)
def test_where_nobody_knows_what_is_clicked_nothing_is_tried_out(settings):
    settings.SOURCE_MILLISECONDS = 300
    world = make_world()
    learn(world.workspace.pk)
    ServingSettings.objects.create(workspace=world.workspace, explored_share=0.4)
    request = SlateRequest(user="g3", length=4)
    with locked("recommendations_itemrate"):
        slate = recommend(workspace=world.workspace, request=request, now=NOW)
    assert parts_left_out(slate) == [["places for what is to be learnt about"]]
    assert slate.items
    assert not any(item.explored for item in slate.items)
    again = recommend(workspace=world.workspace, request=request, now=NOW)
    assert any(item.explored for item in again.items)


def test_a_short_list_is_served_without_what_is_slow_to_find_or_to_count(
    world, monkeypatch, settings
):
    """It is remembered that much fits, so what fits is only looked for to fill the list up."""
    settings.SOURCE_MILLISECONDS = 300

    def find_matching(*_, **__):
        return fetch("SELECT pg_sleep(60)", {})

    monkeypatch.setattr(narrowing, "MOST_KNOWN", 0)
    body = {"user": "g3", "filters": {"ids": ["g3", "g4"]}, "sources": ["neighbours"]}
    request = SlateRequest.parse(body)
    first = recommend(workspace=world.workspace, request=request, now=NOW)
    assert "0 not available" in first.warnings[-1].message
    monkeypatch.setattr(narrowing, "find_matching", find_matching)
    monkeypatch.setattr(availability, "UNAVAILABLE", "SELECT count(*) FROM pg_sleep(60)")
    slate = recommend(workspace=world.workspace, request=request, now=NOW)
    assert parts_left_out(slate) == [["what would fill the list up"]]
    assert "whatever is not available" in slate.warnings[-1].message
    assert [item.id for item in slate.items] == [item.id for item in first.items]
