"""Slates in the terminal, reasons in words, and the benchmark."""

import json
from contextlib import nullcontext

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Workspace
from core.errors import InvalidError, NotFoundError
from recommendations.benchmarks.ledger import growth
from recommendations.benchmarks.serving import fit_of, steps_of
from recommendations.management.commands import benchmark
from recommendations.models import Slate
from recommendations.queries.fits import serving_fit
from recommendations.services.learning import DEFAULTS, learn
from recommendations.wording import sentence_of, sentences_of
from tests.recommendations.worlds import find_user, make_world, put_statement

ITEM = {"kind": "item", "share": 0.5, "item": "b1", "title": "Jane Eyre", "is_liked": True}
TAG = {
    "kind": "statement",
    "share": 0.3,
    "statement": 1,
    "tag": "gothic",
    "name": {"en": "gothic", "zh": "哥特"},
    "polarity": 1,
}


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        (ITEM, "Because you enjoyed Jane Eyre", "因为你喜欢“Jane Eyre”"),
        (
            ITEM | {"is_liked": False},
            "Goes with Jane Eyre, which you know",
            "和你熟悉的“Jane Eyre”很搭",
        ),
        (TAG, "Fits your liking for gothic", "符合你对“哥特”的喜好"),
        ({"kind": "popular", "share": 0.2}, "Popular here", "这里的热门之选"),
        ({"kind": "recent", "share": 0.2}, "Popular lately", "近期热门"),
        ({"kind": "popular", "share": 0.0}, "From the catalogue", "来自目录"),
        (
            {"kind": "text", "share": 1.0},
            "Close in content to what you like",
            "内容接近你喜欢的类型",
        ),
    ],
)
def test_a_fact_is_put_into_words(reason, english, chinese):
    assert sentence_of(reason) == english
    assert sentence_of(reason, "zh-hans") == chinese
    assert sentence_of(reason, "fr") == english


def test_a_tag_without_a_name_in_the_language_is_called_by_another():
    assert sentence_of(TAG | {"name": {}}, "zh") == "符合你对“gothic”的喜好"


def test_the_same_sentence_is_said_once():
    assert sentences_of([TAG, ITEM, TAG]) == [sentence_of(TAG), sentence_of(ITEM)]


def test_titles_with_braces_are_shown_as_they_are():
    assert sentence_of(ITEM | {"title": "{tag}"}) == "Because you enjoyed {tag}"


@pytest.fixture
def world(db):
    world = make_world()
    learn(world.workspace.pk)
    return world


def test_the_terminal_shows_items_with_reasons(world, capsys):
    put_statement(find_user(world, "g3"), world.tags["gothic"])
    call_command("recommend", "g3", workspace=world.workspace.name, length=3)
    shown = capsys.readouterr().out
    assert "Recommended for g3" in shown
    assert "Gothic 3" in shown
    assert "Fits your liking for gothic" in shown


def test_the_terminal_speaks_chinese(world, capsys):
    call_command("recommend", "g3", workspace=world.workspace.name, language="zh")
    assert "为 g3 推荐" in capsys.readouterr().out


def test_the_terminal_prints_the_envelope(world, capsys):
    call_command("recommend", "g3", workspace=world.workspace.name, json=True, length=2)
    envelope = json.loads(capsys.readouterr().out)
    assert [item["position"] for item in envelope["items"]] == [1, 2]
    assert envelope["id"] == str(Slate.objects.get().pk)


def test_a_wrong_workspace_names_those_there_are(world):
    with pytest.raises(NotFoundError, match=f"no workspace 'nowhere'; .*{world.workspace.name}"):
        call_command("recommend", "g3", workspace="nowhere")


def test_a_wrong_length_is_refused_with_the_remedy(world):
    with pytest.raises(InvalidError, match="give a whole number from 1 to 100"):
        call_command("recommend", "g3", workspace=world.workspace.name, length=0)


@pytest.mark.django_db(transaction=True)
def test_a_benchmark_that_is_broken_off_leaves_nothing(monkeypatch):
    def broken_off(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("recommendations.benchmarks.loading._load_interactions", broken_off)
    with pytest.raises(KeyboardInterrupt):
        call_command("benchmark", "serve", items=30, users=5, interactions=[20])
    assert not Workspace.objects.filter(name__startswith="benchmark-").exists()


@pytest.mark.parametrize(("p95", "is_refused"), [(50.0, False), (50.1, True)])
def test_a_benchmark_above_what_is_allowed_fails(monkeypatch, p95, is_refused):
    times = {"requests": 1, "p50_ms": 1.0, "p95_ms": p95}
    report = {
        "size": {"items": 1, "users": 1, "interactions": 1},
        "served": times,
        "empty_view": times,
        "bare_query": times,
        "steps_p50_ms": {},
        "steps_p95_ms": {},
        "ratio_to_empty_view": 1.0,
        "ratio_to_bare_query": 1.0,
    }
    monkeypatch.setattr(benchmark.Run, "report", lambda *_, **__: report)
    refused = (
        pytest.raises(CommandError, match=r"50\.1 ms, above the 50 ms") if is_refused else None
    )
    with refused or nullcontext():
        call_command("benchmark", "serve", at_most_ms=50.0)


@pytest.mark.parametrize("is_tuned", [True, False])
def test_a_benchmark_tells_which_fit_serves_whatever_it_was_asked_to_do(world, is_tuned):
    fit = serving_fit(world.workspace.pk)
    blend = {**fit.config["blend"], "weights": {"popular": 0.2, "taste": 1.0, "new": 0.0}}
    fit.config["blend"] = blend | {"buckets": [{"least": 0, "weights": {"popular": 1.0}}]}
    fit.report["chosen"] = "tried" if is_tuned else DEFAULTS
    fit.ranker = "trees" if is_tuned else ""
    assert fit_of(fit) == {
        "id": fit.pk,
        "version": fit.version,
        "is_tuned": is_tuned,
        "weights": {"taste": 1.0, "popular": 0.2},
        "has_ranker": is_tuned,
    }
    assert fit_of(None) is None


def test_a_workspace_of_few_users_is_served_by_what_was_not_tuned(world):
    assert fit_of(serving_fit(world.workspace.pk))["is_tuned"] is False


def test_steps_are_told_at_two_percentiles():
    laps = [{"user": float(place), "total": 2.0 * place} for place in range(101)]
    assert steps_of(laps) == {
        "steps_p50_ms": {"user": 50.0, "total": 100.0},
        "steps_p95_ms": {"user": 95.0, "total": 190.0},
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_benchmark_measures_a_real_server_and_leaves_nothing(tmp_path, settings, monkeypatch):
    # The server that it starts must read the same database as this test.
    found = settings.DATABASES["default"]
    host = found["HOST"].replace("/", "%2F")
    monkeypatch.setenv(
        "LIKENESS_DATABASE_URL", f"postgresql://{found['USER']}@{host}/{found['NAME']}"
    )
    call_command(
        "benchmark",
        "serve",
        items=200,
        users=20,
        interactions=[800],
        requests=5,
        json=tmp_path / "figures.json",
    )
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["items_per_slate"] == 20
    assert figures["served"]["requests"] == 5
    assert figures["served"]["p50_ms"] > figures["empty_view"]["p50_ms"]
    assert not Workspace.objects.filter(name__startswith="benchmark-").exists()
    assert figures["under_load"]["a_second"] > 0
    assert figures["fit"]["is_tuned"] is False
    assert figures["steps_p95_ms"]["total"] >= figures["steps_p50_ms"]["total"]
    assert set(figures["warnings"]) <= {"cold_items"}


@pytest.mark.django_db(transaction=True)
def test_learning_is_measured_step_by_step_and_the_workspace_stays(tmp_path):
    world = make_world()
    path = tmp_path / "figures.json"
    call_command("benchmark", "fit", workspace=world.workspace.name, json=path)
    [run] = json.loads(path.read_text())["runs"]
    assert run["interactions"] == 2 * 6 * 7
    assert run["state"] == "serving"
    assert [one["step"] for one in run["steps"]][1:3] == ["interactions", "fitting on everything"]
    assert run["gigabytes"] > 0
    assert Workspace.objects.filter(pk=world.workspace.pk).exists()


def test_growth_is_the_exponent_of_the_sizes():
    assert growth([10, 100, 1_000], [3.0, 30.0, 300.0]) == 1.0
    assert growth([10, 100], [1.0, 100.0]) == 2.0
    assert growth([10], [1.0]) is None
