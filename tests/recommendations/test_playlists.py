"""Playlists: from a user's tastes, an item or a tag, each item close to the next."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import InvalidError, NotFoundError
from recommendations.lists import PlaylistRequest
from recommendations.models import Experiment, Slate
from recommendations.services.learning import learn
from recommendations.services.outcomes import record_impressions, results_of
from recommendations.services.playlists import make_playlist
from recommendations.wording import sentence_of
from tests.factories import make_item, make_user, make_workspace
from tests.recommendations.worlds import NOW, find_user, make_world, put_vector

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_hurry(settings):
    settings.SOURCE_MILLISECONDS = 60_000


@pytest.fixture
def world(db):
    world = make_world(size=10, readers=4)
    learn(world.workspace.pk)
    return world


def play(world, **fields):
    request = PlaylistRequest.parse({"length": 6} | fields)
    return make_playlist(workspace=world.workspace, request=request, now=NOW)


@pytest.fixture
def circle(db):
    """Twelve items round a circle, in an order that jumps; each bears the tag “round”."""
    world = make_world(size=1, readers=0)
    world.circle = [make_item(world.workspace, f"c{n}", title=f"At {30 * n}") for n in range(12)]
    for number, item in enumerate(world.circle):
        angle = np.radians(30 * (5 * number % 12))
        put_vector(item, world.space, [float(np.cos(angle)), float(np.sin(angle)), 0.0])
    return world


def test_a_playlist_goes_from_each_item_to_one_close_by(circle):
    names = [item.external_id for item in circle.circle]
    served = play(circle, length=12, exclude_ids=["g0", "t0"])
    assert sorted(one.id for one in served.items) == sorted(names)
    assert [one.position for one in served.items] == list(range(1, 13))
    assert served.meta["playlist"]["smoothness"] == pytest.approx(np.cos(np.radians(30)), abs=0.01)
    assert served.meta["playlist"]["by_score"] < served.meta["playlist"]["smoothness"]


def test_a_playlist_begins_with_the_best_match_and_keeps_the_reasons(world):
    served = play(world, user="g1")
    best = max(served.items, key=lambda one: one.score)
    assert served.items[0] == best
    assert all(one.reasons for one in served.items)
    slate = Slate.objects.get(pk=served.id)
    assert slate.user == find_user(world, "g1")
    assert slate.reasons == [list(one.reasons) for one in served.items]
    assert not {one.id for one in served.items} & {f"g{n}" for n in range(10) if n != 1}


def test_a_playlist_from_an_item_holds_what_goes_with_it_and_says_so(world):
    reader = make_user(world.workspace, "new")
    served = play(world, user="new", item="t3", length=4)
    assert {one.id for one in served.items} <= {f"t{n}" for n in range(10) if n != 3}
    assert len(served.items) == 4
    assert sentence_of(served.items[2].reasons[0]) == "Goes with Travel 3"
    assert reader.external_id == served.user


def test_a_playlist_from_a_tag_holds_what_bears_it_and_says_so(world):
    served = play(world, tag="Gothic")
    assert {one.id for one in served.items} <= {f"g{n}" for n in range(10)}
    assert sentence_of(served.items[0].reasons[0]) == "About gothic"
    assert sentence_of(served.items[0].reasons[0], "zh") == "有关“gothic”"


def test_a_tag_that_is_not_known_gives_an_empty_playlist_and_says_why(world):
    served = play(world, tag="nonsense")
    assert served.items == ()
    assert {"unknown_tags", "nothing_fits"} <= {one.code for one in served.warnings}


def test_a_playlist_from_an_item_that_nothing_goes_with_is_made_without_it_and_says_why(world):
    make_item(world.workspace, "just in", title="Just in")
    served = play(world, user="g1", item="just in")
    assert [one.id for one in served.items] == [one.id for one in play(world, user="g1").items]
    assert served.items
    assert "seed" not in {reason["kind"] for one in served.items for reason in one.reasons}
    [said] = [one.message for one in served.warnings if one.code == "nothing_similar"]
    assert "'just in'" in said
    [stored] = [one for one in Slate.objects.get(pk=served.id).warnings if one["message"] == said]
    assert stored["code"] == "nothing_similar"


def test_a_playlist_is_made_by_an_arm_and_says_which_where_it_is_kept(world):
    arms = [{"name": "as now", "weight": 0}, {"name": "popular", "without": ["neighbours"]}]
    experiment = Experiment.objects.create(
        workspace=world.workspace, name="lists", placement="playlist", arms=arms, state="running"
    )
    served = play(world, user="g1")
    slate = Slate.objects.get(pk=served.id)
    assert (slate.experiment, slate.arm) == (experiment, "popular")
    assert slate.meta["arm"] == "popular"
    record_impressions(slate=slate, items=None, now=NOW)
    assert [one.users for one in results_of(experiment)] == [0, 1]


def test_a_playlist_of_an_empty_workspace_is_empty(db):
    request = PlaylistRequest()
    assert make_playlist(workspace=make_workspace(), request=request, now=NOW).items == ()


def test_a_playlist_starts_from_one_thing_that_is_there(world):
    with pytest.raises(InvalidError):
        play(world, item="t1", tag="gothic")
    with pytest.raises(NotFoundError):
        play(world, item="nowhere")


def test_a_playlist_takes_as_many_queries_however_much_there_is():
    plain, seeded = [], []
    for size in (10, 40):
        world = make_world(size=size, readers=4)
        learn(world.workspace.pk)
        for counts, seed in ((plain, {}), (seeded, {"item": "t1"})):
            with CaptureQueriesContext(connection) as queries:
                play(world, user="g1", length=4, **seed)
            counts.append(len(queries))
    assert plain[0] == plain[1]
    assert seeded[0] == seeded[1] <= plain[0] + 9
