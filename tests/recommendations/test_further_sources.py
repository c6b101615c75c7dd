"""Sources that must earn their place, as a request asks them."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from numpy.testing import assert_allclose

from catalog.models import Item
from profiles.models import Interaction, Profile, User
from recommendations.engine.blend import BlendConfig, scaled
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import MORE, Learned, source_rows
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.models import Popularity, SegmentFavourites
from recommendations.queries.fits import serving_fit
from recommendations.queries.kept import forget_all
from recommendations.queries.lessons import load_content, load_lesson
from recommendations.queries.members import load_members
from recommendations.rows import SlateRequest
from recommendations.services.fits import choices_of, store_serving
from recommendations.services.serving import recommend
from recommendations.wording import sentence_of
from tests.factories import make_interaction, make_item, make_user
from tests.recommendations.worlds import (
    NOW,
    find_user,
    make_world,
    put_segment,
    put_statement,
    put_tag,
)

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - timedelta(days=60)


@pytest.fixture
def world(db):
    world = make_world(size=12, readers=6)
    Item.objects.filter(workspace=world.workspace).update(created_at=NOW - timedelta(days=9))
    make_interaction(make_user(world.workspace, "early"), world.gothic[0], happened_at=LONG_AGO)
    for reader in range(5):  # all at once everybody turns to t11, and some to t10
        who = make_user(world.workspace, f"late{reader}")
        make_interaction(who, world.travel[11], happened_at=NOW)
        if reader < 3:
            make_interaction(who, world.travel[10], happened_at=NOW)
    return world


def learnt(world, *, more=MORE):
    """Fit on everything, as `learn` does once it has found that these count."""
    lesson = load_lesson(world.workspace.pk)
    learned = Learned.of_choices(
        NeighboursConfig("cosine", length=20),
        HistoryConfig(),
        PopularityConfig(window_share=0.1),
        BlendConfig(weights={"popular": 0.1, **dict.fromkeys(more, 1.0)}),
        {},
        more=more,
    )
    members = load_members(world.workspace.pk, lesson.people)
    content = members.within(load_content(world.workspace.pk, lesson.items))
    fitted = refit(learned, lesson.log, content=content)
    serving = serving_fit(world.workspace.pk)
    fit = store_serving(
        workspace_id=world.workspace.pk,
        lesson=lesson,
        learned=fitted,
        report={},
        now=NOW,
        instead_of=serving and serving.pk,
        segments=members.segments,
    )
    forget_all()
    return fit, fitted, lesson


def ask(world, user=None, **fields):
    request = SlateRequest(user=user, length=fields.pop("length", 10), **fields)
    return recommend(workspace=world.workspace, request=request, now=NOW, is_stored=False)


def alone(fitted, source):
    """Ask one of them only: where users stand now, no history says."""
    return replace(fitted, more=(source,))


def expected(rows, lesson):
    return dict(zip(lesson.items.tolist(), scaled(rows, "max").tolist(), strict=True))


def by_name(world):
    return dict(Item.objects.filter(workspace=world.workspace).values_list("external_id", "pk"))


def test_what_trends_is_served_as_it_was_learnt(world):
    _, fitted, lesson = learnt(world)
    past = histories(lesson.log, fitted.history)[[0]]
    rows = source_rows(alone(fitted, "trending"), past)["trending"][0]
    slate = ask(world, sources=("trending",), length=5)
    assert slate.items[0].id == "t11"
    names, wanted = by_name(world), expected(rows, lesson)
    for one in slate.items:
        assert_allclose(one.score, wanted[names[one.id]], atol=1e-5)
    assert slate.items[0].reasons[0]["kind"] == "trending"


def test_what_is_new_is_served_as_it_was_learnt(world):
    """A reader whose one statement is what the tags of their past say."""
    fresh = make_item(world.workspace, "g99", title="Gothic 99")
    put_tag(fresh, world.tags["gothic"])
    Item.objects.filter(pk=fresh.pk).update(created_at=NOW - timedelta(days=1))
    make_interaction(make_user(world.workspace, "first"), fresh, happened_at=NOW)
    _, fitted, lesson = learnt(world)
    content = load_content(world.workspace.pk, lesson.items)
    users = User.objects.filter(workspace=world.workspace).order_by("pk")
    reader = list(users.values_list("external_id", flat=True)).index("g2")
    past = histories(lesson.log, fitted.history)[[reader]]
    rows = np.array(source_rows(alone(fitted, "new"), past, content)["new"][0])
    rows[past.indices] = -np.inf
    put_statement(find_user(world, "g2"), world.tags["gothic"])
    slate = ask(world, "g2", sources=("new",))
    assert slate.items[0].id == "g99"
    assert slate.items[0].reasons[0] == {"kind": "new", "share": 1.0}
    names, wanted = by_name(world), expected(rows, lesson)
    found = {one.id: one.score for one in slate.items}
    assert found["g2"] < 0.9  # thirty days old
    for name in ("g99", "g2"):
        assert_allclose(found[name], wanted[names[name]], atol=1e-4)


def test_an_item_that_no_fit_knows_is_new_from_the_moment_it_came_in(world):
    learnt(world)
    fresh = make_item(world.workspace, "t99", title="Travel 99")
    put_tag(fresh, world.tags["travel"])
    Item.objects.filter(pk=fresh.pk).update(created_at=NOW - timedelta(minutes=1))
    put_statement(find_user(world, "t2"), world.tags["travel"])
    assert ask(world, "t2", sources=("new",)).items[0].id == "t99"
    put_statement(find_user(world, "g2"), world.tags["gothic"])
    told = [one for one in ask(world, "g2").items if one.id == "t99"]
    assert not [one for item in told for one in item.reasons if one["kind"] == "new"]


def test_the_moments_are_stored_where_they_count_and_read_back(world):
    fit, fitted, _ = learnt(world)
    stored = Popularity.objects.filter(fit=fit).order_by("item_id")
    assert_allclose(list(stored.values_list("arrived", flat=True)), fitted.arrived)
    assert choices_of(fit).more == MORE


def test_where_all_came_in_together_nothing_is_new(world):
    Interaction.objects.filter(workspace=world.workspace, happened_at=LONG_AGO).delete()
    fit, fitted, _ = learnt(world)
    assert fitted.arrived is None
    assert not Popularity.objects.filter(fit=fit, arrived__isnull=False).exists()


def test_what_does_not_count_is_neither_stored_nor_asked(world):
    fit, fitted, _ = learnt(world, more=())
    assert fitted.arrived is None
    assert not Popularity.objects.filter(fit=fit, arrived__isnull=False).exists()
    with CaptureQueriesContext(connection) as queries:
        slate = ask(world, "g2")
    assert not set(MORE) & set(slate.meta["sources"])
    assert not [one for one in queries if "created_at >" in (one["sql"] or "")]


def put_shelves(world):
    """Readers of either shelf stand in a segment; that of the travellers has a name."""
    readers = User.objects.filter(workspace=world.workspace)
    return [
        put_segment(world, readers.filter(external_id__startswith="g"), None, number=1),
        put_segment(world, readers.filter(external_id__startswith="t"), "travel", number=2),
    ]


def test_who_has_just_been_placed_in_a_segment_is_served_its_favourites_at_once(world):
    _, travellers = put_shelves(world)
    fit, *_ = learnt(world)
    newcomer = make_user(world.workspace, "new")
    assert not ask(world, "new", sources=("segment",)).items
    Profile.objects.create(workspace=world.workspace, user=newcomer, segment=travellers)
    slate = ask(world, "new", sources=("segment",), length=20)
    # Who turned to t10 and t11 stands nowhere, and so each has six fans of the six travellers.
    names = {pk: name for name, pk in by_name(world).items()}
    [row] = SegmentFavourites.objects.filter(fit=fit, segment=travellers)
    assert [one.id for one in slate.items] == [names[pk] for pk in row.item_ids]
    assert {one.id[0] for one in slate.items} == {"t"}
    scores = np.array(row.weights) / max(row.weights)
    assert_allclose([one.score for one in slate.items], scores, atol=1e-5)
    reason = slate.items[0].reasons[0]
    assert reason == {"kind": "segment", "share": 1.0, "segment": 2, "name": {"en": "travel"}}
    assert sentence_of(reason) == "Liked in your group: travel"


def test_a_segment_that_nothing_names_is_not_named(world):
    put_shelves(world)
    learnt(world)
    reason = ask(world, "g2", sources=("segment",)).items[0].reasons[0]
    assert reason == {"kind": "segment", "share": 1.0, "segment": 1}
    assert sentence_of(reason) == "Liked by people with a taste like yours"


def test_who_is_paused_is_no_member_and_gets_nothing_of_the_segment(world):
    _, travellers = put_shelves(world)
    one = find_user(world, "t0")
    one.is_paused = True
    one.save()
    fit, *_ = learnt(world)
    [row] = SegmentFavourites.objects.filter(fit=fit, segment=travellers)
    fans = dict(zip(row.item_ids, row.weights, strict=True))
    assert fans[world.travel[0].pk] > fans[world.travel[1].pk]  # t0 alone has not met t0
    assert "segment" not in ask(world, "t0").meta["sources"]


def test_what_one_member_alone_took_to_is_no_favourite(world):
    make_interaction(find_user(world, "t0"), world.gothic[0], happened_at=NOW)
    _, travellers = put_shelves(world)
    fit, *_ = learnt(world)
    [row] = SegmentFavourites.objects.filter(fit=fit, segment=travellers)
    assert world.gothic[0].pk not in row.item_ids


def test_a_segment_costs_one_query_and_none_once_its_favourites_are_known(world):
    put_shelves(world)
    learnt(world, more=("segment",))
    counts = []
    for user in ("g2", "g2", "late0"):
        with CaptureQueriesContext(connection) as queries:
            ask(world, user)
        counts.append(len([one for one in queries if "segmentfavourites" in (one["sql"] or "")]))
    assert counts == [1, 0, 0]
