"""A learnt ranker in serving: stored, read back, left out where it cannot be read."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from structlog.testing import capture_logs

from core.arrays import as_floats
from recommendations.engine.reranking import FEATURES, ServedRanker
from recommendations.fit_words import feature_names
from recommendations.models import Fit
from recommendations.queries import rankers
from recommendations.queries.kept import forget_all
from recommendations.rows import SlateRequest
from recommendations.services import learning
from recommendations.services.clearing import KEPT_FITS
from recommendations.services.fits import choices_of
from recommendations.services.learning import learn
from recommendations.services.rollback import roll_back
from recommendations.services.serving import recommend
from tests.recommendations.worlds import NOW, find_user, make_world, put_statement

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def ranker():
    """One that would rather show what fewer took to."""
    told = np.random.default_rng(1).random(size=(2_000, len(FEATURES))) * 3
    label = -told[:, FEATURES.index("popularity")]
    knobs = {"num_leaves": 15, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1}
    trees = lightgbm.train(knobs, lightgbm.Dataset(as_floats(told), label), 40)
    return ServedRanker.parse(trees.model_to_string(), {"rounds": 40})


@pytest.fixture
def world(db):
    """Two shelves of fourteen, and a fit without a ranker."""
    forget_all()
    world = make_world(size=14, readers=10)
    learn(world.workspace.pk, is_tuned=False)
    return world


@pytest.fixture
def ranked(world, ranker, monkeypatch):
    """The same, with the ranker in a second fit, which serves."""
    first = serving(world)
    monkeypatch.setattr(learning, "_defaults", lambda *_: replace(choices_of(first), ranker=ranker))
    learn(world.workspace.pk, is_tuned=False)
    return world


def serving(world):
    return Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)


def shown(world, user="g0", **asked):
    request = SlateRequest(user=user, length=20, **asked)
    slate = recommend(workspace=world.workspace, request=request, now=NOW)
    return [(item.id, item.score) for item in slate.items]


def test_a_ranker_is_stored_with_its_fit_and_read_back(ranked, ranker):
    fit = serving(ranked)
    assert fit.ranker == ranker.text
    assert fit.config["ranker"] == {"rounds": 40}
    again = choices_of(fit)
    assert again.ranker.text == ranker.text
    told = as_floats(np.random.default_rng(2).random((50, len(FEATURES))))
    assert again.ranker.trees.rate(told).tolist() == ranker.trees.rate(told).tolist()


def test_it_moves_the_list_and_an_earlier_fit_moves_it_back(ranked):
    dealt = shown(ranked)
    assert serving(ranked).config["ranker"] is not None
    roll_back(workspace=ranked.workspace, now=timezone.now())
    assert not serving(ranked).ranker
    plain = shown(ranked)
    assert [item for item, _ in plain] != [item for item, _ in dealt]
    roll_back(workspace=ranked.workspace, now=timezone.now(), to=Fit.objects.latest("pk").pk)
    assert shown(ranked) == dealt


@pytest.mark.parametrize("spoil", [lambda text: text[:900], lambda _: "", lambda _: "tree\n"])
def test_without_a_ranker_that_can_be_read_the_blend_serves(ranked, spoil):
    fit = serving(ranked)
    text = spoil(fit.ranker)
    Fit.objects.filter(pk=fit.pk).update(ranker=text)
    forget_all()
    with capture_logs() as logs:
        found = shown(ranked)
    assert bool(text) == any(one["event"] == "fit.ranker_unreadable" for one in logs)
    roll_back(workspace=ranked.workspace, now=timezone.now())
    assert [item for item, _ in shown(ranked)] == [item for item, _ in found]


def count_queries(world):
    with CaptureQueriesContext(connection) as queries:
        shown(world)
    return len([one for one in queries if "SAVEPOINT" not in (one["sql"] or "")])


def test_a_ranker_costs_one_query_and_then_none(ranked):
    forget_all()
    cold, warm = count_queries(ranked), count_queries(ranked)
    roll_back(workspace=ranked.workspace, now=timezone.now())
    forget_all()
    assert cold == count_queries(ranked) + 1
    assert warm == count_queries(ranked)


def test_where_the_ranker_is_late_the_blend_decides_and_a_warning_says_so(
    ranked, monkeypatch, settings
):
    settings.SOURCE_MILLISECONDS = 300
    forget_all()
    monkeypatch.setattr(rankers, "RANKER", "SELECT pg_sleep(60)::text, %(fit)s")
    request = SlateRequest(user="g0", length=20)
    slate = recommend(workspace=ranked.workspace, request=request, now=NOW)
    [late] = [one.message for one in slate.warnings if one.code == "part_late"]
    assert late.startswith("Served without the learnt ranker: late, with 300 ms at most.")
    monkeypatch.undo()
    dealt = shown(ranked)
    roll_back(workspace=ranked.workspace, now=timezone.now())
    plain = shown(ranked)
    assert [item.id for item in slate.items] == [item for item, _ in plain]
    assert plain != dealt


def test_where_a_source_is_not_asked_the_blend_decides(ranked):
    found = shown(ranked, sources=("neighbours", "tags"))
    roll_back(workspace=ranked.workspace, now=timezone.now())
    assert shown(ranked, sources=("neighbours", "tags")) == found


def test_what_is_said_leads_a_list_that_was_dealt_out_and_undone_leaves_it_as_it_was(ranked):
    reader = find_user(ranked, "g0")
    before = shown(ranked)
    said = put_statement(reader, ranked.tags["travel"], strength=1.0)
    after = shown(ranked)
    assert after[0][0].startswith("t")
    said.delete()
    assert shown(ranked) == before


def test_rankers_go_with_the_numbers_of_their_fits(ranked):
    for _ in range(KEPT_FITS):
        learn(ranked.workspace.pk, is_tuned=False)
    kept = Fit.objects.order_by("-pk").values_list("ranker", flat=True)
    assert [bool(one) for one in kept] == [True] * KEPT_FITS + [False] * (len(kept) - KEPT_FITS)


def test_of_a_fit_that_lost_the_report_alone_is_kept(ranked, monkeypatch):
    monkeypatch.setattr(learning, "LEAST_USERS", 1)
    fit = serving(ranked)
    monkeypatch.setattr(learning, "learn_choices", lambda *_, **__: choices_of(fit))
    monkeypatch.setattr(learning, "_compared", lambda *_: {"loses": True, "against": fit.pk})
    learn(ranked.workspace.pk)
    assert serving(ranked) == fit
    assert Fit.objects.get(state=Fit.State.LOST).ranker == ""


def test_after_an_erasure_the_choices_are_kept_without_the_ranker(ranked, monkeypatch):
    monkeypatch.setattr(learning, "LEAST_USERS", 1)
    fit = serving(ranked)
    type(ranked.workspace).objects.filter(pk=ranked.workspace.pk).update(erasures=1)
    monkeypatch.setattr(learning, "learn_choices", lambda *_, **__: choices_of(fit))
    lost = {"loses": True, "against": fit.pk}
    monkeypatch.setattr(learning, "_compared", lambda *_: dict(lost))
    learn(ranked.workspace.pk)
    now = serving(ranked)
    assert now.pk != fit.pk
    assert now.report["choices_of"] == fit.pk
    assert not now.ranker
    assert now.config["ranker"] is None


def test_every_feature_has_a_name_for_staff():
    assert set(feature_names()) >= set(FEATURES)
