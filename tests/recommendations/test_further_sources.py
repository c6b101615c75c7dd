"""Sources that must earn their place, as a request asks them."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from numpy.testing import assert_allclose

from catalog.models import Item
from profiles.models import User
from recommendations.engine.blend import BlendConfig, scaled
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import MORE, Learned, source_rows
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.models import Popularity
from recommendations.queries.lessons import load_content, load_lesson
from recommendations.queries.remembered import forget_all
from recommendations.rows import SlateRequest
from recommendations.services.fits import choices_of, store_serving
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_item, make_user
from tests.recommendations.worlds import NOW, find_user, make_world, put_statement, put_tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    world = make_world(size=12, readers=6)
    Item.objects.filter(workspace=world.workspace).update(created_at=NOW - timedelta(days=9))
    for reader in range(5):  # all at once everybody turns to t11, and some to t10
        who = make_user(world.workspace, f"late{reader}")
        make_interaction(who, world.travel[11], happened_at=NOW)
        if reader < 3:
            make_interaction(who, world.travel[10], happened_at=NOW)
    return world


def learnt(world, *, more=MORE, weight=1.0):
    """Fit on everything, as `learn` does once it has found that these count."""
    lesson = load_lesson(world.workspace.pk)
    learned = Learned.of_choices(
        NeighboursConfig("cosine", length=20),
        HistoryConfig(),
        PopularityConfig(window_share=0.1),
        BlendConfig(weights={"popular": 0.1, **dict.fromkeys(more, weight)}),
        {},
        more=more,
    )
    content = load_content(world.workspace.pk, lesson.items)
    fitted = refit(learned, lesson.log, content=content)
    fit = store_serving(
        workspace_id=world.workspace.pk,
        lesson=lesson,
        learned=fitted,
        report={},
        now=NOW,
        instead_of=None,
    )
    forget_all()
    return fit, fitted, lesson


def ask(world, user=None, **fields):
    request = SlateRequest(user=user, length=fields.pop("length", 10), **fields)
    return recommend(workspace=world.workspace, request=request, now=NOW, is_stored=False)


def expected(rows, lesson):
    return dict(zip(lesson.items.tolist(), scaled(rows, "max").tolist(), strict=True))


def by_name(world):
    return dict(Item.objects.filter(workspace=world.workspace).values_list("external_id", "pk"))


def test_what_trends_is_served_as_it_was_learnt(world):
    _, fitted, lesson = learnt(world)
    rows = source_rows(fitted, histories(lesson.log, fitted.history)[[0]])["trending"][0]
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
    rows = np.array(source_rows(fitted, past, content)["new"][0])
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


def test_what_does_not_count_is_neither_stored_nor_asked(world):
    fit, fitted, _ = learnt(world, more=())
    assert fitted.arrived is None
    assert not Popularity.objects.filter(fit=fit, arrived__isnull=False).exists()
    with CaptureQueriesContext(connection) as queries:
        slate = ask(world, "g2")
    assert not set(MORE) & set(slate.meta["sources"])
    assert not [one for one in queries if "created_at >" in one["sql"]]
