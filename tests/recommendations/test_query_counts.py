"""How many queries a slate costs is said once, and the same at any size."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommendations.queries.kept import forget_all
from recommendations.rows import SlateRequest
from recommendations.services.learning import learn
from recommendations.services.serving import recommend
from tests.factories import make_item
from tests.recommendations.worlds import (
    NOW,
    find_user,
    make_world,
    put_factors,
    put_more,
    put_sequence,
    put_statement,
    put_taste,
    with_portrait,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    world = make_world()
    learn(world.workspace.pk)
    return world


def count_queries(world, readers_statements, *, is_new=True):
    reader = find_user(world, "g3")
    for tag in readers_statements:
        put_statement(reader, tag)
    if is_new:
        put_taste(reader, world.space, [1.0, 0.0, 0.0])
        forget_all()
    with CaptureQueriesContext(connection) as queries:
        request = SlateRequest(user="g3", length=5)
        recommend(workspace=world.workspace, request=request, now=NOW)
    return len([one for one in queries if "SAVEPOINT" not in (one["sql"] or "")])


@pytest.mark.parametrize(
    ("weight", "factors", "sequence", "more", "queries", "remembered"),
    [
        (0.0, 0.0, 0.0, 0.0, 13, 10),
        (0.5, 0.0, 0.0, 0.0, 14, 10),
        (0.0, 0.5, 0.0, 0.0, 17, 11),
        (0.0, 0.0, 0.5, 0.0, 17, 11),
        (0.0, 0.0, 0.0, 0.5, 18, 13),
    ],
)
def test_the_number_of_queries_is_the_same_at_any_size(
    world, weight, factors, sequence, more, queries, remembered
):
    with_portrait(world, weight)
    put_factors(world, factors)
    put_sequence(world, sequence)
    put_more(world, more)
    small = count_queries(world, [world.tags["gothic"]])
    large = make_world(size=40, readers=20)
    for number in range(30):
        make_item(large.workspace, f"more{number}")
    learn(large.workspace.pk)
    with_portrait(large, weight)
    put_factors(large, factors)
    put_sequence(large, sequence)
    put_more(large, more)
    assert small == count_queries(large, large.tags.values()) == queries
    assert count_queries(large, [], is_new=False) == remembered
