"""After an erasure everything is learnt anew, without the one who left."""

import pytest

from profiles.models import Interaction, User
from profiles.services import corrections
from recommendations.models import Fit, Neighbours, Popularity
from recommendations.queries.due import learn_due
from recommendations.services import learning
from recommendations.services.learning import learn
from tests.recommendations.worlds import World, make_world

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
