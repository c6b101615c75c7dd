"""Users like the one who asks: stored with a fit, served as learnt, and gone when they go."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from accounts.services.workspaces import delete_workspace
from profiles.models import Interaction, User
from profiles.services import corrections
from recommendations.engine.blend import BlendConfig, scaled
from recommendations.engine.company import CompanyConfig
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Learned, source_rows
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.models import Companion, Takers
from recommendations.queries.lessons import load_lesson
from recommendations.rows import SlateRequest
from recommendations.services.clearing import KEPT_FITS
from recommendations.services.fits import choices_of
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_user
from tests.recommendations.worlds import NOW, find_user, make_world, serve_choices

pytestmark = pytest.mark.django_db

CONFIG = CompanyConfig(most=7, lengthen=2.0)


@pytest.fixture
def world(db):
    world = make_world(size=12, readers=11)
    make_interaction(find_user(world, "g2"), world.travel[4], happened_at=NOW)
    make_interaction(find_user(world, "t5"), world.gothic[7], happened_at=NOW)
    return world


def learnt(world, config=CONFIG):
    """Compare users on everything, as `learn` does once it has found that this counts."""
    more = ("company",) if config else ()
    learned = Learned.of_choices(
        NeighboursConfig("cosine", length=20),
        HistoryConfig(half_life_steps=5.0, dislike=0.3),
        PopularityConfig(),
        BlendConfig(weights={"neighbours": 0.5, "popular": 0.1} | dict.fromkeys(more, 1.0)),
        {},
        more=more,
        compared=config,
    )
    return serve_choices(world, learned)


def ask(world, user="g2", **fields):
    request = SlateRequest(
        user=user,
        length=fields.pop("length", 10),
        sources=fields.pop("sources", ("company",)),
        **fields,
    )
    return recommend(workspace=world.workspace, request=request, now=NOW, is_stored=False)


def whole(fit):
    """Everything that lists of takers say, by item."""
    return {one.item_id: (one.seats, one.weights) for one in Takers.objects.filter(fit=fit)}


@pytest.mark.parametrize("user", ["g2", "t5", "g0"])
def test_what_is_served_is_what_was_learnt(world, user):
    _, fitted, lesson = learnt(world)
    users = User.objects.filter(workspace=world.workspace).order_by("pk")
    reader = list(users.values_list("external_id", flat=True)).index(user)
    past = csr_array(histories(lesson.log, fitted.history)[[reader]])
    rows = source_rows(fitted, past)["company"][0].copy()
    rows[past.indices] = -np.inf
    expected = dict(zip(lesson.items.tolist(), scaled(rows, "max").tolist(), strict=True))
    slate = ask(world, user)
    by_name = {item.external_id: item.pk for item in (*world.gothic, *world.travel)}
    assert slate.items
    for one in slate.items:
        assert_allclose(one.score, expected[by_name[one.id]], rtol=1e-4, atol=1e-5)


def test_reasons_are_items_of_the_own_past_and_name_nobody_else(world):
    learnt(world)
    first = ask(world).items[0]
    assert first.id == "g2"
    met = {f"g{number}" for number in range(12) if number != 2} | {"t4"}
    assert first.reasons
    assert {one["kind"] for one in first.reasons} == {"item"}
    assert {one["item"] for one in first.reasons} <= met
    assert 0 < sum(one["share"] for one in first.reasons) <= 1.0 + 1e-6


def test_the_newest_click_counts_in_the_next_request_as_in_a_fit_that_knew_it(world):
    newcomer = make_user(world.workspace, "new")
    learnt(world)
    assert not ask(world, "new").items
    for item in world.travel[:3]:
        make_interaction(newcomer, item, happened_at=NOW)
    shown = ask(world, "new", length=9).items
    assert {one.id for one in shown} == {f"t{number}" for number in range(3, 12)}


def test_the_choice_is_stored_with_the_fit_and_read_back(world):
    fit, fitted, lesson = learnt(world)
    assert choices_of(fit).compared == CONFIG
    assert choices_of(fit).more == ("company",)
    assert Companion.objects.filter(fit=fit).count() == len(fitted.company.people) == 22
    seats, weights = whole(fit)[lesson.items[3]]
    assert_allclose(weights, fitted.company.taken[[3]].data)
    assert seats == fitted.company.taken[[3]].indices.tolist()
    without, _, _ = learnt(world, config=None)
    assert choices_of(without).compared is None
    assert not Takers.objects.filter(fit=without).exists()


def test_who_is_erased_leaves_every_list_at_once_and_the_receipt_says_so(world):
    fit, _, _ = learnt(world)
    other = learnt(world)[0]
    gone = find_user(world, "g4")
    seats = {one.fit_id: one.seat for one in Companion.objects.filter(user=gone)}
    before = {one.pk: whole(one) for one in (fit, other)}
    receipt = corrections.erase(user=gone)
    assert receipt["recommendations.companion"] == {"before": 2, "after": 0}
    for one in (fit, other):
        for item, (held, weights) in whole(one).items():
            pairs = zip(*before[one.pk][item], strict=True)
            left = [pair for pair in pairs if pair[0] != seats[one.pk]]
            assert list(zip(held, weights, strict=True)) == left


def test_a_user_who_was_erased_while_learning_is_not_brought_back(world, monkeypatch):
    lesson = load_lesson(world.workspace.pk)
    corrections.erase(user=find_user(world, "g4"))
    monkeypatch.setattr("tests.recommendations.worlds.load_lesson", lambda _: lesson)
    fit, fitted, _ = learnt(world)
    there = set(Companion.objects.filter(fit=fit).values_list("seat", flat=True))
    assert len(there) == len(fitted.company.people) - 1 == 21
    assert {seat for seats, _ in whole(fit).values() for seat in seats} == there


def test_who_is_paused_is_nobodys_company(world):
    learnt(world)
    only = Interaction.objects.filter(item=world.gothic[2]).values_list("user_id", flat=True)
    User.objects.filter(pk__in=list(only)).update(is_paused=True)
    assert "g2" not in {one.id for one in ask(world).items}


def test_it_is_asked_by_two_queries_and_only_where_it_counts(world):
    learnt(world)
    with CaptureQueriesContext(connection) as queries:
        ask(world)
    tables = ("recommendations_takers", "recommendations_companion")
    assert [sum(name in (one["sql"] or "") for one in queries) for name in tables] == [1, 1]
    learnt(world, config=None)
    with CaptureQueriesContext(connection) as queries:
        slate = ask(world, sources=("company", "popular"))
    assert slate.meta["sources"] == ["popular"]
    assert not any(name in (one["sql"] or "") for one in queries for name in tables)


def test_they_are_kept_as_long_as_their_fit_could_serve(world):
    fits = [learnt(world)[0].pk for _ in range(KEPT_FITS + 1)]
    for rows in (Takers, Companion):
        assert set(rows.objects.values_list("fit", flat=True)) == set(fits[1:])


def test_a_workspace_takes_them_with_it(world):
    learnt(world)
    delete_workspace(workspace=world.workspace)
    assert not Takers.objects.exists()
    assert not Companion.objects.exists()
