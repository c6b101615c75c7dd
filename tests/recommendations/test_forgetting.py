"""After an erasure everything is learnt anew, without the one who left."""

import pytest

from profiles.models import Interaction, User
from profiles.services import corrections
from recommendations.models import Fit, Neighbours, Popularity, Slate
from recommendations.queries.due import learn_due
from recommendations.rows import InlineStatement, SlateRequest
from recommendations.services import learning
from recommendations.services.learning import learn
from recommendations.services.serving import next_slate, recommend
from tests.recommendations.worlds import NOW, World, find_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db) -> World:
    world = make_world(size=12, readers=11)
    learn(world.workspace.pk)
    return world


def leave(world: World) -> None:
    """Erase the user whose interactions are the newest."""
    last = Interaction.objects.filter(workspace=world.workspace).latest("pk")
    corrections.erase(user=last.user)


def is_due(world: World) -> bool:
    return learn_due(world.workspace.pk).exists()


def test_an_erasure_makes_learning_due_once(world):
    assert not is_due(world)
    leave(world)
    assert is_due(world)
    learn(world.workspace.pk)
    assert not is_due(world)


def test_what_was_learnt_from_the_erased_is_kept_by_no_fit(world):
    leave(world)
    learn(world.workspace.pk)
    fit = Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)
    assert fit.erasures == 1
    for rows in (Neighbours, Popularity):
        assert set(rows.objects.values_list("fit", flat=True)) == {fit.pk}


def test_the_choices_that_serve_are_fitted_anew_where_they_win(world, monkeypatch):
    first = Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)
    leave(world)
    lost = {"against": first.pk, "loses": True}
    monkeypatch.setattr(learning, "_compared", lambda *_: dict(lost))
    learn(world.workspace.pk)
    fit = Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)
    assert (fit.erasures, fit.config) == (1, first.config)
    assert fit.report["choices_of"] == first.pk


def test_where_nobody_is_left_nothing_learnt_is_left(world):
    for user in User.objects.filter(workspace=world.workspace):
        corrections.erase(user=user)
    assert is_due(world)
    assert learn(world.workspace.pk) == 0
    assert not Fit.objects.exists()
    assert not Neighbours.objects.exists()
    assert not is_due(world)


def test_a_stored_slate_says_nothing_of_a_stranger_that_no_erasure_would_find(world):
    stranger = SlateRequest(
        user="passer-by",
        text="I am ill",
        statements=(InlineStatement("gothic"),),
        sources=("tags",),
        length=2,
    )
    served = recommend(workspace=world.workspace, request=stranger, now=NOW)
    assert "unknown_user" in {one.code for one in served.warnings}
    stored = Slate.objects.values("user", "query", "warnings", "meta", "reasons").get()
    assert "passer-by" not in str(stored)
    assert "ill" not in stored["query"]["text"]
    later = next_slate(workspace=world.workspace, slate_id=served.id, now=NOW)
    assert [one.id for one in later.items] != [one.id for one in served.items]
    assert {one.id[0] for one in [*served.items, *later.items]} == {"g"}, "the tags are remembered"


def test_what_a_user_asked_for_is_kept_with_the_user_and_goes_with_them(world):
    known = SlateRequest(user="g0", text="something dark")
    recommend(workspace=world.workspace, request=known, now=NOW)
    assert Slate.objects.get().query["text"] == "something dark"
    corrections.erase(user=find_user(world, "g0"))
    assert not Slate.objects.exists()
