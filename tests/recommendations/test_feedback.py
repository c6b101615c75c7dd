"""What users answer to a slate, and what the next one makes of it."""

from datetime import timedelta

import pytest

from core.errors import InvalidError, NotFoundError
from profiles.models import Interaction, Kind
from recommendations.engine.history import HistoryConfig
from recommendations.queries.askers import load_met
from recommendations.rows import SlateRequest
from recommendations.services.feedback import respond
from recommendations.services.learning import learn
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_user, make_workspace
from tests.recommendations.worlds import NOW, find_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    world = make_world()
    learn(world.workspace.pk)
    return world


def slate_of(world, user, **fields):
    request = SlateRequest(user=user, **fields)
    return recommend(workspace=world.workspace, request=request, now=NOW)


def test_not_for_me_leaves_the_item_out_at_once(world):
    slate = slate_of(world, "g3")
    assert slate.items[0].id == "g3"
    reader = find_user(world, "g3")
    result = respond(
        user=reader, item=world.gothic[3], verdict="not_for_me", slate_id=slate.id, now=NOW
    )
    assert result.status == "created"
    assert "g3" not in {item.id for item in slate_of(world, "g3", length=16).items}


@pytest.mark.parametrize(
    ("verdict", "kind"), [("more", "like"), ("less", "less"), ("not_for_me", "dismiss")]
)
def test_an_answer_is_an_interaction_that_knows_its_slate(world, verdict, kind):
    slate = slate_of(world, "g3")
    reader = find_user(world, "g3")
    respond(user=reader, item=world.travel[0], verdict=verdict, slate_id=slate.id, now=NOW)
    stored = Interaction.objects.get(user=reader, item=world.travel[0])
    assert (stored.kind.name, stored.slate_id, stored.happened_at) == (kind, slate.id, NOW)


@pytest.mark.parametrize(("verdict", "comes_back"), [("less", True), ("not_for_me", False)])
def test_less_lets_an_item_rest_and_not_for_me_bars_it_for_good(world, verdict, comes_back):
    reader = find_user(world, "g3")
    respond(user=reader, item=world.gothic[3], verdict=verdict, now=NOW)

    def is_shown(days):
        request = SlateRequest(user="g3", length=16)
        later = NOW + timedelta(days=days)
        slate = recommend(workspace=world.workspace, request=request, now=later)
        return "g3" in {item.id for item in slate.items}

    assert not is_shown(days=0)
    assert not is_shown(days=29)
    assert is_shown(days=31) == comes_back


def test_an_item_met_otherwise_too_does_not_come_back(world):
    reader = find_user(world, "g3")
    respond(user=reader, item=world.gothic[0], verdict="less", now=NOW)
    request = SlateRequest(user="g3", length=16)
    slate = recommend(workspace=world.workspace, request=request, now=NOW + timedelta(days=99))
    assert "g0" not in {item.id for item in slate.items}


def test_less_says_half_of_what_a_dismissal_says_against_a_taste(world):
    reader = find_user(world, "g3")
    for verdict, item in (("less", world.travel[0]), ("not_for_me", world.travel[1])):
        respond(user=reader, item=item, verdict=verdict, now=NOW)
    past, _ = load_met(reader.pk, HistoryConfig(dislike=1.0), now=NOW)
    said = dict(zip(past.history.items.tolist(), past.history.weights.tolist(), strict=True))
    assert said[world.travel[0].pk] == pytest.approx(-0.3)
    assert said[world.travel[1].pk] == pytest.approx(-0.6)


def test_a_workspace_from_before_there_were_such_answers_can_store_them(world):
    Kind.objects.filter(workspace=world.workspace, name="less").delete()
    reader = find_user(world, "g3")
    assert respond(user=reader, item=world.travel[0], verdict="less", now=NOW).status == "created"


def test_more_of_this_brings_more_of_this(world):
    newcomer = make_user(world.workspace, "new")
    make_interaction(newcomer, world.gothic[0], happened_at=NOW)
    respond(user=newcomer, item=world.travel[0], verdict="more", now=NOW)
    found = slate_of(world, "new", sources=("neighbours",), length=14)
    assert {item.id[0] for item in found.items} == {"g", "t"}


def test_the_same_answer_counts_once(world):
    slate = slate_of(world, "g3")
    reader = find_user(world, "g3")
    answers = [
        respond(user=reader, item=world.travel[0], verdict="less", slate_id=slate.id, now=NOW)
        for _ in range(2)
    ]
    assert [one.status for one in answers] == ["created", "unchanged"]
    assert Interaction.objects.filter(user=reader, item=world.travel[0]).count() == 1


def test_the_portrait_is_told(world):
    reader = find_user(world, "g3")
    before = reader.evidence_revision
    respond(user=reader, item=world.travel[0], verdict="more", now=NOW)
    reader.refresh_from_db()
    assert reader.evidence_revision == before + 1


def test_an_unknown_verdict_is_refused_by_name(world):
    with pytest.raises(InvalidError) as refused:
        respond(user=find_user(world, "g3"), item=world.gothic[3], verdict="meh", now=NOW)
    assert refused.value.message.startswith("verdict is 'meh': choose among more, less")


def test_a_slate_of_another_workspace_is_not_found(world):
    other = recommend(workspace=make_workspace(), request=SlateRequest(), now=NOW)
    with pytest.raises(NotFoundError):
        respond(
            user=find_user(world, "g3"),
            item=world.gothic[3],
            verdict="more",
            slate_id=other.id,
            now=NOW,
        )
