"""Factors of a fit: stored with it, served as they were learnt, and gone with it."""

from dataclasses import replace

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from profiles.models import User
from recommendations.engine.blend import BlendConfig, scaled
from recommendations.engine.factors import FactorsConfig
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Learned, source_rows
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.models import FactorSpace, ItemFactors
from recommendations.queries import finders
from recommendations.queries.proposals import propose_factors
from recommendations.rows import SlateRequest
from recommendations.services.clearing import KEPT_FITS
from recommendations.services.fits import choices_of
from recommendations.services.rollback import roll_back
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_item
from tests.recommendations.worlds import NOW, find_user, make_world, serve_choices

pytestmark = pytest.mark.django_db

CONFIG = FactorsConfig(dimensions=6, ridge=2.0, sweeps=5)


@pytest.fixture
def world(db):
    world = make_world(size=12, readers=11)
    make_interaction(find_user(world, "g2"), world.travel[4], happened_at=NOW)
    make_interaction(find_user(world, "t5"), world.gothic[7], happened_at=NOW)
    return world


def learnt(world, config=CONFIG, **weights):
    """Fit factors on everything, as `learn` does once it has found that they count."""
    learned = Learned.of_choices(
        NeighboursConfig("cosine", length=20),
        HistoryConfig(half_life_steps=5.0, dislike=0.3),
        PopularityConfig(),
        BlendConfig(weights={"neighbours": 0.5, "factors": 1.0, "popular": 0.1} | weights),
        {},
        factors=config,
    )
    return serve_choices(world, learned)


def ask(world, user="g2", **fields):
    request = SlateRequest(user=user, length=fields.pop("length", 10), **fields)
    return recommend(workspace=world.workspace, request=request, now=NOW, is_stored=False)


def test_what_is_served_is_what_was_learnt(world):
    _, fitted, lesson = learnt(world)
    users = User.objects.filter(workspace=world.workspace).order_by("pk")
    reader = list(users.values_list("external_id", flat=True)).index("g2")
    past = csr_array(histories(lesson.log, fitted.history)[[reader]])
    rows = source_rows(fitted, past)["factors"][0].copy()
    rows[past.indices] = -np.inf
    expected = dict(zip(lesson.items.tolist(), scaled(rows, "max").tolist(), strict=True))
    slate = ask(world, sources=("factors",))
    by_name = {item.external_id: item.pk for item in (*world.gothic, *world.travel)}
    assert slate.items[0].id == "g2"
    for one in slate.items:
        assert_allclose(one.score, expected[by_name[one.id]], rtol=2e-4, atol=1e-5)
    assert {one["kind"] for one in slate.items[0].reasons} == {"item"}
    assert all(one["item"][0] == "g" for one in slate.items[0].reasons)


def test_the_choice_is_stored_with_the_fit_and_read_back(world):
    fit, fitted, _ = learnt(world)
    space = FactorSpace.objects.get(fit=fit)
    assert (space.source, space.dimensions) == ("factors", 6)
    assert space.settings == {"trust": CONFIG.trust, "ridge": CONFIG.ridge}
    assert_allclose(np.frombuffer(bytes(space.table)).reshape(6, 6), fitted.factors.table)
    assert ItemFactors.objects.filter(space=space).count() == 24
    assert choices_of(fit).factors.config == CONFIG
    without, _, _ = learnt(world, config=None)
    assert choices_of(without).factors is None
    assert not FactorSpace.objects.filter(fit=without).exists()


def test_the_newest_click_counts_in_the_next_request(world):
    learnt(world)
    before = [one.id for one in ask(world, "t5", sources=("factors",), length=3).items]
    assert {one[0] for one in before[1:]} == {"g"}  # all travel but one is met, and one gothic
    for item in world.gothic[:3]:
        make_interaction(find_user(world, "t5"), item, happened_at=NOW)
    after = ask(world, "t5", sources=("factors",), length=3)
    told = {one["item"] for item in after.items for one in item.reasons}
    assert told & {"g0", "g1", "g2"}


def test_a_newcomer_that_no_fit_knows_is_named_by_others_and_harms_nothing(world):
    learnt(world)
    newcomer = make_item(world.workspace, "fresh", title="Fresh")
    slate = ask(world, length=20)
    assert "factors" in slate.meta["sources"]
    assert newcomer.external_id not in {one.id for one in slate.items[:3]}


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_they_are_asked_only_where_they_count(world, weight):
    learnt(world, factors=weight)
    with CaptureQueriesContext(connection) as queries:
        slate = ask(world)
    asked = [one for one in queries if "itemfactors" in one["sql"]]
    assert bool(asked) == bool(weight)
    assert ("factors" in slate.meta["sources"]) == bool(weight)


def test_switched_off_by_name_they_are_not_asked(world):
    learnt(world)
    slate = ask(world, sources=("neighbours", "popular"))
    assert "factors" not in slate.meta["sources"]


def test_where_the_places_of_candidates_cannot_be_read_the_rest_serve(world, monkeypatch):
    learnt(world)

    def fail(items):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    def broken(asker):
        return [replace(one, read=fail) for one in propose_factors(asker)]

    swapped = {
        broken if find is propose_factors else find: names
        for find, names in finders.FINDERS.items()
    }
    monkeypatch.setattr(finders, "FINDERS", swapped)
    slate = ask(world)
    assert "factors" not in slate.meta["sources"]
    assert "Served without factors" in next(
        one.message for one in slate.warnings if one.code == "source_failed"
    )
    assert slate.items


def test_a_fit_goes_back_with_its_own_places(world):
    first, _, _ = learnt(world)
    before = [(one.id, one.score) for one in ask(world, sources=("factors",)).items]
    for number in range(6):
        make_interaction(find_user(world, f"t{number}"), world.gothic[2], happened_at=NOW)
    learnt(world)
    assert [(one.id, one.score) for one in ask(world, sources=("factors",)).items] != before
    roll_back(workspace=world.workspace, now=timezone.now(), to=first.pk)
    assert [(one.id, one.score) for one in ask(world, sources=("factors",)).items] == before


def test_places_are_kept_as_long_as_their_fit_could_serve(world):
    fits = [learnt(world)[0].pk for _ in range(KEPT_FITS + 1)]
    held = FactorSpace.objects.order_by("fit_id").values_list("fit_id", flat=True)
    assert list(held) == fits[1:]
    assert set(ItemFactors.objects.values_list("space__fit_id", flat=True)) == set(fits[1:])
