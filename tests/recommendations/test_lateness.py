"""A source that takes too long is left out, by the clock of a real Postgres."""

import pytest
from django.db import connection, transaction

from recommendations.queries import finders
from recommendations.rows import SOURCES, SlateRequest
from recommendations.services.learning import learn
from recommendations.services.serving import recommend
from tests.recommendations.worlds import (
    NOW,
    find_user,
    make_world,
    put_factors,
    put_links,
    put_more,
    put_sequence,
    put_statement,
    put_taste,
)

pytestmark = pytest.mark.django_db


def ask(world, user):
    return recommend(workspace=world.workspace, request=SlateRequest(user=user), now=NOW)


@pytest.fixture
def world(db):
    world = make_world()
    learn(world.workspace.pk)
    put_factors(world)
    put_sequence(world)
    put_links(world)
    put_more(world)
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
    assert late == f"Served without {', '.join(names)}, which took more than 100 ms."
    assert set(slate.meta["sources"]) == set(SOURCES) - set(names)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db(transaction=True)
def test_a_source_that_waits_for_a_lock_is_late(settings):
    settings.SOURCE_MILLISECONDS = 300
    world = make_world()
    learn(world.workspace.pk)
    other = connection.copy()
    try:
        with transaction.atomic(), other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute("LOCK TABLE recommendations_neighbours")
            slate = ask(world, "g3")
            other.rollback()
    finally:
        other.close()
    assert "source_late" in {one.code for one in slate.warnings}
    assert slate.items
    assert "neighbours" not in slate.meta["sources"]
