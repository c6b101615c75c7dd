"""What a request knows of the newest interaction at once, and what a worker must draw first."""

from datetime import timedelta

import pytest

from profiles.services.statements import state_users
from profiles.services.tastes import taste_users
from recommendations.queries.kept import forget_all
from recommendations.rows import SlateRequest
from recommendations.services.learning import learn
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_user
from tests.recommendations.worlds import NOW, make_world, put_factors, put_more, put_sequence

pytestmark = pytest.mark.django_db

# What follows from the interactions themselves, which every request reads.
AT_ONCE = ("neighbours", "factors", "sequence", "popular", "recent", "trending")


@pytest.fixture
def world(db):
    world = make_world()
    learn(world.workspace.pk)
    put_factors(world)
    put_sequence(world)
    put_more(world)
    return world


@pytest.fixture
def newcomer(world):
    newcomer = make_user(world.workspace, "new")
    for place in range(2):
        make_interaction(newcomer, world.gothic[place], happened_at=NOW - timedelta(days=3 - place))
    draw(newcomer)
    return newcomer


def draw(user):
    """Do all that a worker does for one user."""
    for work in (state_users, taste_users):
        work(user.workspace_id, [user.pk], now=NOW)


def shown(world, *sources):
    request = SlateRequest(user="new", length=20, sources=sources)
    slate = recommend(workspace=world.workspace, request=request, now=NOW)
    return {one.id: round(one.score, 6) for one in slate.items}


def test_what_follows_from_interactions_is_the_same_at_once_as_after_a_worker(world, newcomer):
    before = shown(world, *AT_ONCE)
    make_interaction(newcomer, world.travel[5], happened_at=NOW - timedelta(hours=1))
    at_once = shown(world, *AT_ONCE)
    draw(newcomer)
    forget_all()
    assert list(at_once.items()) == list(shown(world, *AT_ONCE).items())
    assert before["t0"] < at_once["t0"]


@pytest.mark.parametrize("source", ["taste", "tags"])
def test_what_a_portrait_says_is_that_of_the_last_drawing(world, newcomer, source):
    for place in range(1, 6):
        happened_at = NOW - timedelta(hours=place)
        make_interaction(newcomer, world.travel[place], happened_at=happened_at)
    at_once = shown(world, source)
    assert at_once.get("t0", 0.0) <= 0.0
    assert "t5" not in at_once  # what was met is not shown again, whoever drew what
    draw(newcomer)
    assert shown(world, source)["t0"] > 0.0
