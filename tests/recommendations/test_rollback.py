"""A fit that served before serves again: at once, everywhere, and only if it may."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from catalog.models import Item
from core.errors import ConflictError, NotFoundError
from profiles.services import corrections
from recommendations.lists import PlaylistRequest
from recommendations.models import Fit, Neighbours, Popularity
from recommendations.queries.due import learn_due
from recommendations.queries.fits import list_fits
from recommendations.rows import SlateRequest
from recommendations.services import learning
from recommendations.services.fits import choices_of
from recommendations.services.learning import learn
from recommendations.services.playlists import make_playlist
from recommendations.services.rollback import roll_back
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_workspace
from tests.recommendations.worlds import NOW, World, find_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db) -> World:
    world = make_world(size=12, readers=11)
    learn(world.workspace.pk)
    return world


def serving(world: World) -> Fit:
    return Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)


def shown(world: World) -> tuple[int, list[tuple[str, float]]]:
    request = SlateRequest(user="g3", length=5, sources=("neighbours", "popular"))
    slate = recommend(workspace=world.workspace, request=request, now=NOW, is_stored=False)
    return slate.meta["fit"]["id"], [(one.id, one.score) for one in slate.items]


def back(world: World, to: int | None = None):
    return roll_back(workspace=world.workspace, now=timezone.now(), to=to)


def test_lists_and_playlists_are_made_by_the_earlier_fit_again(world):
    first, before = serving(world), shown(world)
    for number in range(4, 11):  # some readers of the other shelf take to gothic 3
        make_interaction(find_user(world, f"t{number}"), world.gothic[3], happened_at=NOW)
    learn(world.workspace.pk)
    second = serving(world)
    assert shown(world) != before
    done = back(world)
    assert (done.fit, done.instead_of) == (first, second)
    assert shown(world) == before
    playlist = make_playlist(
        workspace=world.workspace, request=PlaylistRequest(user="g3", length=4), now=NOW
    )
    assert playlist.meta["fit"]["id"] == first.pk
    assert serving(world).report["served_again"]["instead_of"] == second.pk


def test_to_go_back_twice_is_to_go_back_once(world):
    learn(world.workspace.pk)
    learn(world.workspace.pk)
    one, two, three = Fit.objects.order_by("pk")
    assert back(world).fit == two
    assert back(world).instead_of is None
    assert serving(world) == two
    assert back(world, to=one.pk).instead_of == two
    assert back(world, to=three.pk).fit == serving(world) == three


def test_the_fit_before_a_new_one_is_the_one_that_was_gone_back_to(world):
    learn(world.workspace.pk)
    one, _two = Fit.objects.order_by("pk")
    back(world)
    learn(world.workspace.pk)
    assert back(world).fit == serving(world) == one


def test_with_one_fit_there_is_nothing_to_go_back_to(world):
    with pytest.raises(ConflictError, match="has served before"):
        back(world)
    with pytest.raises(NotFoundError, match="no fit"):
        back(world, to=10**6)
    elsewhere = make_workspace("elsewhere")
    with pytest.raises(NotFoundError):
        roll_back(workspace=elsewhere, now=NOW, to=serving(world).pk)


def test_a_fit_from_before_an_erasure_knows_what_was_erased(world):
    first = serving(world)
    learn(world.workspace.pk)
    corrections.erase(user=find_user(world, "g3"))
    with pytest.raises(ConflictError, match="erased"):
        back(world)
    learn(world.workspace.pk)
    with pytest.raises(ConflictError, match="erased"):
        back(world, to=first.pk)
    assert serving(world).erasures == 1


def test_a_fit_whose_items_are_gone_does_not_come_back(world):
    first = serving(world)
    learn(world.workspace.pk)
    Item.objects.filter(pk__in=[one.pk for one in world.gothic[:3]]).delete()
    assert back(world).fit == first  # three of twenty-four are no reason
    back(world, to=Fit.objects.latest("pk").pk)
    Item.objects.filter(pk__in=[one.pk for one in [*world.gothic, *world.travel[:2]]]).delete()
    with pytest.raises(ConflictError, match=r"24 items .* only 10 are"):
        back(world)


def test_three_fits_keep_their_rows_and_no_older_one_comes_back(world):
    for _ in range(3):
        learn(world.workspace.pk)
    oldest, *kept = Fit.objects.order_by("pk")
    with pytest.raises(ConflictError, match="not kept any more"):
        back(world, to=oldest.pk)
    assert back(world, to=kept[0].pk).fit == kept[0]
    for rows in (Neighbours, Popularity):
        assert set(rows.objects.values_list("fit", flat=True)) == {one.pk for one in kept}


def test_a_fit_of_another_version_cannot_be_read(world):
    learn(world.workspace.pk)
    Fit.objects.update(version="0")
    with pytest.raises(ConflictError, match="version 0"):
        back(world)


def test_learning_waits_for_news_and_then_compares_with_what_serves():
    world = make_world(size=30, readers=60)
    learn(world.workspace.pk)
    learn(world.workspace.pk)
    back(world)
    assert not learn_due(world.workspace.pk).exists()
    went_back_to = serving(world)
    learn(world.workspace.pk)
    assert serving(world).report["against"] == went_back_to.pk


def test_a_fit_that_is_learnt_while_one_goes_back_does_not_undo_it(world, monkeypatch):
    learn(world.workspace.pk)
    one, two = Fit.objects.order_by("pk")
    real = learning.with_newcomers

    def meanwhile(*given):
        if serving(world) == two:
            back(world)
        return real(*given)

    monkeypatch.setattr(learning, "with_newcomers", meanwhile)
    learn(world.workspace.pk)
    assert serving(world) == one
    overtaken = Fit.objects.latest("pk")
    assert overtaken.state == Fit.State.LOST
    assert overtaken.report["overtaken"]
    assert not Popularity.objects.filter(fit=overtaken).exists()


def test_a_fit_that_lost_has_only_its_report(world):
    first = serving(world)
    lost = Fit.objects.create(workspace=world.workspace, version="1", state=Fit.State.LOST)
    with pytest.raises(ConflictError, match="only its report"):
        back(world, to=lost.pk)
    rows = {row.fit: row for row in list_fits(world.workspace)}
    assert rows[first].is_serving
    assert not rows[lost].can_serve_again
    assert choices_of(first).blend


def run(*given: str) -> str:
    out = StringIO()
    call_command("fits", *given, stdout=out)
    return out.getvalue()


def test_the_command_lists_and_goes_back(world, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    learn(world.workspace.pk)
    one, two = Fit.objects.order_by("pk")
    here = f"--workspace={world.workspace.name}"
    listed = json.loads(run("list", here, "--json"))
    assert [row["id"] for row in listed] == [two.pk, one.pk]
    assert [row["can_serve_again"] for row in listed] == [False, True]
    assert "serves now" in run("list", here)
    assert run("rollback", here).strip() == f"Fit {one.pk} serves again, instead of fit {two.pk}."
    assert run("rollback", here).strip() == f"Fit {one.pk} serves."
    told = json.loads(run("rollback", here, f"--to={two.pk}", "--json"))
    assert told == {"serving": two.pk, "instead_of": one.pk}
    with pytest.raises(CommandError, match="no fit"):
        run("rollback", here, "--to=999999")
    with pytest.raises(CommandError, match="no workspace"):
        run("list", "--workspace=nowhere")
    assert "Nothing was learnt" in run("list", f"--workspace={make_workspace('bare').name}")
