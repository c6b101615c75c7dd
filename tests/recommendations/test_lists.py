"""Lists beside “for you”, each about one thing."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Item
from core.errors import InvalidError
from profiles.models import LEFT_OUT, Profile, Segment
from recommendations.engine.trending import Trend, trending
from recommendations.lists import KINDS, ListsRequest
from recommendations.models import Fit, Neighbours, Popularity, Slate
from recommendations.queries import lists as finding
from recommendations.queries.arrivals import NEW_FOR_DAYS
from recommendations.services.learning import learn
from recommendations.services.lists import make_lists
from recommendations.services.serving import next_slate
from recommendations.wording import heading_of, sentence_of
from tests.factories import make_interaction, make_item, make_user
from tests.recommendations.worlds import (
    NOW,
    find_user,
    make_world,
    put_statement,
    put_taste,
    put_vector,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_hurry(settings):
    settings.SOURCE_MILLISECONDS = 60_000


@pytest.fixture
def world(db):
    """Readers of two shelves; "g1" and "t1" have company in segments, and the newest item is t9."""
    world = make_world(size=10, readers=4)
    Item.objects.filter(workspace=world.workspace).update(created_at=NOW - timedelta(days=90))
    learn(world.workspace.pk)
    for number, letter in enumerate("gt", start=1):
        segment = put_segment(world, number, world.tags["gothic" if letter == "g" else "travel"])
        for reader in range(4):
            put_member(find_user(world, f"{letter}{reader}"), segment)
    return world


def put_segment(world, number, tag):
    return Segment.objects.create(
        workspace=world.workspace,
        number=number,
        names={"en": tag.key, "zh": f"{tag.key}!"},
        tags=[tag.pk],
        space=world.space,
        centroid=[1.0, 0.0, 0.0],
        size=4,
        version="1",
    )


def put_member(user, segment, distance=0.1, **fields):
    return Profile.objects.create(
        workspace=user.workspace, user=user, segment=segment, segment_distance=distance, **fields
    )


def ask(world, user="g1", **fields):
    request = ListsRequest.parse({"user": user, "length": 5} | fields)
    return make_lists(workspace=world.workspace, request=request, now=NOW)


def ids(one):
    return [item.id for item in one.slate.items]


def of_kind(served, kind):
    return [one for one in served.lists if one.kind == kind]


def link(world, item, neighbours):
    fit = Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)
    Neighbours.objects.update_or_create(
        workspace=world.workspace,
        fit=fit,
        item=item,
        defaults={
            "neighbour_ids": [one.pk for one in neighbours],
            "weights": [1.0 - 0.1 * place for place in range(len(neighbours))],
        },
    )


def test_a_list_because_of_a_past_item_holds_what_goes_with_it_and_names_it(world):
    reader = make_user(world.workspace, "new")
    make_interaction(reader, world.gothic[0], happened_at=NOW - timedelta(days=1))
    link(world, world.gothic[0], world.travel[:4])
    [found] = ask(world, "new", kinds=["item"]).lists
    assert ids(found) == ["t0", "t1", "t2", "t3"]
    assert found.about == {"item": "g0", "title": "Gothic 0", "is_liked": True}
    assert heading_of("item", found.about) == "Because you enjoyed Gothic 0"
    for item in found.slate.items:
        assert [sentence_of(one) for one in item.reasons] == ["Because you enjoyed Gothic 0"]


def test_a_list_because_of_a_past_item_stays_when_the_user_looks_at_it_again(world):
    reader = make_user(world.workspace, "new")
    make_interaction(reader, world.gothic[0], happened_at=NOW - timedelta(days=1))
    make_interaction(reader, world.gothic[0], "click", happened_at=NOW)
    link(world, world.gothic[0], world.travel[:4])
    [found] = ask(world, "new", kinds=["item"]).lists
    assert found.about == {"item": "g0", "title": "Gothic 0", "is_liked": True}


def test_what_the_user_turned_from_makes_no_list(world):
    reader = make_user(world.workspace, "new")
    make_interaction(reader, world.gothic[0], "dismiss", happened_at=NOW)
    link(world, world.gothic[0], world.travel[:4])
    assert ask(world, "new", kinds=["item"]).lists == ()


def test_the_newest_like_heads_a_list_in_the_very_next_request(world):
    reader = make_user(world.workspace, "new")
    for place in (0, 1):
        link(world, world.gothic[place], world.travel[3 * place : 3 * place + 3])
    make_interaction(reader, world.gothic[0], "rate", value=4, happened_at=NOW)
    assert [one.about["item"] for one in ask(world, "new", kinds=["item"]).lists] == ["g0"]
    make_interaction(reader, world.gothic[1], "rate", value=5, happened_at=NOW)
    assert [one.about["item"] for one in ask(world, "new", kinds=["item"]).lists] == ["g1", "g0"]


def test_a_list_because_of_a_statement_holds_what_bears_its_tag(world):
    reader = make_user(world.workspace, "new")
    put_statement(reader, world.tags["gothic"], -1)
    stated = put_statement(reader, world.tags["travel"])
    put_taste(reader, world.space, [0.0, 1.0, 0.0])
    [found] = ask(world, "new", kinds=["statement"]).lists
    assert set(ids(found)) <= {f"t{n}" for n in range(10)}
    assert (found.about["statement"], found.about["tag"]) == (stated.pk, "travel")
    assert sentence_of(found.slate.items[0].reasons[0]) == "Fits your liking for travel"


def test_among_what_bears_a_tag_what_suits_the_user_comes_first(world):
    reader = make_user(world.workspace, "new")
    put_statement(reader, world.tags["travel"])
    put_taste(reader, world.space, [0.0, 0.0, 1.0])
    nearest = world.travel[7]
    nearest.vectors.all().delete()
    put_vector(nearest, world.space, [0.0, 0.0, 1.0])
    [found] = ask(world, "new", kinds=["statement"]).lists
    assert ids(found)[0] == "t7"


def test_favourites_are_those_of_others_in_the_segment(world):
    reader = make_user(world.workspace, "new")
    put_member(reader, Segment.objects.get(number=1))
    [found] = ask(world, "new", kinds=["segment"], length=10).lists
    # Each reader n left out item n, so that g4 to g9 have four fans and the others three.
    assert ids(found) == [*(f"g{n}" for n in range(4, 10)), *(f"g{n}" for n in range(4))]
    assert found.about == {"segment": 1, "name": {"en": "gothic", "zh": "gothic!"}}
    assert heading_of("segment", found.about) == "Favourites of those who like gothic"
    assert heading_of("segment", {"segment": 1}, "zh") == "与你口味相近的人的最爱"


def test_what_one_member_alone_took_to_is_no_favourite(world):
    reader = make_user(world.workspace, "new")
    put_member(reader, Segment.objects.get(number=1))
    make_interaction(find_user(world, "g1"), world.travel[0], happened_at=NOW)
    paused, out = find_user(world, "g2"), find_user(world, "g3")
    for user in (paused, out):
        make_interaction(user, world.travel[0], happened_at=NOW)
    paused.is_paused = True
    paused.save()
    Profile.objects.filter(user=out).update(oddities=[LEFT_OUT])
    [found] = ask(world, "new", kinds=["segment"], length=20).lists
    assert "t0" not in ids(found)
    Profile.objects.filter(user=out).update(oddities=[])
    [found] = ask(world, "new", kinds=["segment"], length=20).lists
    assert "t0" in ids(found)


def test_trending_is_what_is_taken_to_more_of_late(world):
    fit = Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)
    Popularity.objects.filter(fit=fit).update(overall=10.0, recent=1.0)
    risen = {"t2": 6.0, "t5": 9.0, "g3": 3.0}
    for name, recent in risen.items():
        rows = Popularity.objects.filter(fit=fit, item__external_id=name)
        rows.update(recent=recent)
    Popularity.objects.filter(fit=fit, item__external_id="t6").update(overall=90.0, recent=9.0)
    reader = make_user(world.workspace, "new")
    [found] = ask(world, reader.external_id, kinds=["trending"]).lists
    assert ids(found) == ["t5", "t2", "g3"]
    assert heading_of("trending", found.about, "zh") == "正在升温"


def test_a_new_item_is_listed_from_the_moment_it_came_in(world):
    for number in range(3):
        make_item(world.workspace, f"fresh{number}")
    rows = Item.objects.filter(external_id__startswith="fresh")
    rows.update(created_at=NOW - timedelta(minutes=2))
    [found] = ask(world, None, kinds=["new"]).lists
    assert set(ids(found)) == {"fresh0", "fresh1", "fresh2"}
    rows.update(created_at=NOW - timedelta(days=NEW_FOR_DAYS + 1))
    assert ask(world, None, kinds=["new"]).lists == ()


def test_among_what_is_new_what_the_user_is_averse_to_goes_down(world):
    reader = make_user(world.workspace, "new")
    put_taste(reader, world.space, [1.0, 0.0, 0.0])
    put_taste(reader, world.space, [0.0, 1.0, 0.0], slot=1, weight=-0.9)
    # The newest first, each a third of a point behind the one before it.
    places = {"averse": [0.66, 0.75, 0.0], "near": [0.6, 0.0, 0.8], "far": [0.3, -0.95, 0.0]}
    for age, (name, vector) in enumerate(places.items(), start=1):
        item = make_item(world.workspace, name)
        Item.objects.filter(pk=item.pk).update(created_at=NOW - timedelta(minutes=age))
        put_vector(item, world.space, vector)
    [found] = ask(world, "new", kinds=["new"], length=3).lists
    # 2/3 + 0.6, 1 + 0.66 - 0.9 * 0.75, and 1/3 + 0.3: away from an aversion is no nearer.
    assert ids(found) == ["near", "averse", "far"]
    scores = [one.score for one in found.slate.items]
    assert scores == pytest.approx([1.267, 0.985, 0.633], abs=0.002)


def test_an_item_stands_on_one_list_alone_and_nothing_barred_on_any(world):
    put_statement(find_user(world, "g1"), world.tags["travel"])
    gone = world.travel[9]
    gone.is_available = False
    gone.save()
    Item.objects.filter(workspace=world.workspace).update(created_at=NOW - timedelta(days=1))
    served = ask(world, kinds=["statement", "new"], length=5, exclude_ids=["t0"])
    named = [name for one in served.lists for name in ids(one)]
    assert len(served.lists) >= 2
    assert len(named) == len(set(named))
    met = {"t0", "t9"} | {f"g{n}" for n in range(10) if n != 1}
    assert not met & set(named)


def test_each_list_is_stored_as_a_slate_and_has_no_next_page(world):
    reader = make_user(world.workspace, "new")
    put_member(reader, Segment.objects.get(number=2))
    [found] = ask(world, "new", kinds=["segment"], placement="home").lists
    slate = Slate.objects.get(pk=found.slate.id)
    assert (slate.user, slate.placement, slate.query["list"]) == (reader, "home", "segment")
    names = dict(Item.objects.in_bulk(slate.item_ids))
    assert [names[pk].external_id for pk in slate.item_ids] == ids(found)
    assert slate.reasons[0][0]["segment"] == 2
    with pytest.raises(InvalidError, match="no next page"):
        next_slate(workspace=world.workspace, slate_id=slate.pk, now=NOW)


def test_of_a_paused_user_nothing_is_used(world):
    reader = find_user(world, "g1")
    put_statement(reader, world.tags["travel"])
    reader.is_paused = True
    reader.save()
    assert not {one.kind for one in ask(world).lists} & {"item", "statement", "segment"}


def test_a_kind_that_fails_is_left_out_with_a_warning(world, monkeypatch):
    def fail(*_args, **_more):
        raise RuntimeError

    put_member(make_user(world.workspace, "new"), Segment.objects.get(number=1))
    monkeypatch.setattr(finding, "load_trend", fail)
    served = ask(world, "new", kinds=["segment", "trending"])
    assert [one.kind for one in served.lists] == ["segment"]
    [failed] = [one.message for one in served.warnings if one.code == "part_failed"]
    assert failed.startswith("Served without lists of the kind trending, which failed just now")


def test_however_much_there_is_it_takes_as_many_queries():
    counts = []
    for size in (10, 40):
        world = make_world(size=size, readers=4)
        learn(world.workspace.pk)
        put_statement(find_user(world, "g1"), world.tags["travel"])
        put_taste(find_user(world, "g1"), world.space, [1.0, 0.0, 0.0])
        put_member(find_user(world, "g1"), put_segment(world, 1, world.tags["gothic"]))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask(world)
        counts.append(len(queries))
    # In a test, each kind, and what is popular, is asked between two savepoints.
    assert counts[0] == counts[1] <= 15 + 2 * (len(KINDS) + 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [("kinds", ["popular"]), ("length", 0), ("length", True), ("of_a_kind", 9), ("lenght", 3)],
)
def test_lists_that_cannot_be_are_refused_by_name(world, field, value):
    with pytest.raises(InvalidError) as refused:
        ask(world, **{field: value})
    assert refused.value.details["field"] == field


def test_a_lift_within_a_tenth_is_no_trend():
    trend = Trend(np.array([1, 2, 3]), np.array([10.0, 10.0, 10.0]), np.array([1.0, 1.0, 1.05]))
    assert trending(trend)[0].tolist() == []


def test_a_rise_is_scored_as_its_part_of_the_divergence():
    trend = Trend(np.array([1, 2, 3]), np.array([5.0, 4.0, 1.0]), np.array([1.0, 1.0, 2.0]))
    items, scores = trending(trend)
    assert items.tolist() == [3]
    assert scores == pytest.approx([0.5 * np.log(5.0)])
