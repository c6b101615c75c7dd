import itertools
import random
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from profiles.models import Interaction, Kind, User
from profiles.queries.users import get_user
from tests.factories import make_workspace
from tests.processes import ROOT, environment, wait_until
from tests.profiles.folders import (
    INTERACTIONS,
    ITEMS,
    USERS,
    ingest,
    rows_of,
    write_exchange,
)

names = (f"ingested-{number}" for number in itertools.count(1))


def stored(name: str) -> Workspace:
    return Workspace.objects.get(name=name)


def test_a_folder_becomes_a_workspace_with_its_kinds(db, tmp_path: Path):
    said, rejections, summary = ingest(write_exchange(tmp_path / "in"), "w", scenario="reading")
    workspace = stored("w")
    assert Kind.objects.filter(workspace=workspace, name="borrow").exists()
    assert rejections == []
    assert summary["totals"]["items"]["created"] == 3
    assert summary["totals"]["users"]["created"] == 2
    assert summary["totals"]["interactions"]["created"] == 5
    assert "10 rows in" in said
    assert "rows per second" in said
    assert get_user(workspace, "ann").traits == {"town": "York"}
    rate = Interaction.objects.get(workspace=workspace, kind__name="rate")
    assert (rate.value, rate.happened_at) == (2.0, datetime(2024, 5, 1, tzinfo=UTC))
    review = Interaction.objects.get(workspace=workspace, user__external_id="ann", value=5)
    assert (review.review.text, review.happened_at) == ("Witty and wise.", None)


def test_a_second_run_changes_nothing(db, tmp_path: Path):
    folder = write_exchange(tmp_path / "in")
    ingest(folder, "w", scenario="reading")
    rows = rows_of(stored("w"))
    revisions = list(User.objects.order_by("pk").values_list("pk", "evidence_revision"))
    _, _, summary = ingest(folder, "w")
    for what, count in {"items": 3, "users": 2, "interactions": 5}.items():
        totals = {"created": 0, "updated": 0, "unchanged": count, "rejected": 0}
        assert summary["totals"][what] == totals
    assert rows_of(stored("w")) == rows
    assert list(User.objects.order_by("pk").values_list("pk", "evidence_revision")) == revisions


def test_only_users_whose_rows_changed_are_raised(db, tmp_path: Path):
    ingest(write_exchange(tmp_path / "in"), "w", scenario="reading")
    before = dict(User.objects.values_list("external_id", "evidence_revision"))
    changed = [*INTERACTIONS[:2], INTERACTIONS[2] | {"value": 4.0}, *INTERACTIONS[3:]]
    ingest(write_exchange(tmp_path / "in", interactions=changed), "w")
    after = dict(User.objects.values_list("external_id", "evidence_revision"))
    assert after == before | {"bob": before["bob"] + 1}


def test_the_same_folder_in_two_workspaces_does_not_touch(db, tmp_path: Path):
    folder = write_exchange(tmp_path / "in")
    ingest(folder, "one", scenario="reading")
    before = rows_of(stored("one"))
    ids = set(User.objects.values_list("pk", flat=True))
    changed = [item | {"title": "Other"} for item in ITEMS]
    ingest(write_exchange(tmp_path / "in", items=changed), "two", scenario="reading")
    assert rows_of(stored("one")) == before
    assert ids == set(User.objects.filter(workspace=stored("one")).values_list("pk", flat=True))
    assert rows_of(stored("two"))["interactions"] == before["interactions"]


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines=st.permutations(INTERACTIONS), extra=st.lists(st.sampled_from(INTERACTIONS)))
def test_the_order_and_the_repetition_of_lines_do_not_matter(lines, extra):
    plain, mixed = next(names), next(names)
    mixture = [*lines, *extra]
    random.Random(len(extra)).shuffle(mixture)
    with tempfile.TemporaryDirectory() as place:
        ingest(write_exchange(Path(place) / "in"), plain, scenario="reading")
        folder = write_exchange(
            Path(place) / "in", [*ITEMS, *ITEMS], USERS[::-1], interactions=mixture
        )
        _, rejections, _ = ingest(folder, mixed, scenario="reading")
    assert rejections == []
    assert rows_of(stored(mixed)) == rows_of(stored(plain))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_killed_is_finished_by_the_next(tmp_path: Path):
    reviews = [
        {"user": f"u{number % 97}", "item": "emma", "kind": "review", "text": f"Note {number}."}
        for number in range(16_000)
    ]
    folder = write_exchange(tmp_path / "in", interactions=reviews)
    ingest(folder, "whole", scenario="reading")
    killed = make_workspace("killed")
    command = [sys.executable, "manage.py", "ingest", str(folder), "--workspace", "killed"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    here = Interaction.objects.filter(workspace=killed)
    wait_until(here.exists, seconds=60, what="the first rows")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < here.count() < 16_000
    _, rejections, summary = ingest(folder, "killed")
    assert rejections == []
    assert summary["totals"]["interactions"]["unchanged"] > 0
    assert summary["totals"]["interactions"]["created"] > 0
    assert rows_of(killed) == rows_of(stored("whole"))


def test_the_later_of_two_texts_of_one_event_wins(db, tmp_path: Path):
    rows = [INTERACTIONS[3], INTERACTIONS[3] | {"text": "很好看。"}]
    ingest(write_exchange(tmp_path / "in", interactions=rows), "w", scenario="reading")
    assert Interaction.objects.get().review.text == "很好看。"


def test_a_kind_that_another_scenario_knows_is_added_and_said(db, tmp_path: Path):
    rows = [{"user": "ann", "item": "emma", "kind": kind} for kind in ("purchase", "adore")]
    folder = write_exchange(tmp_path / "in", interactions=rows)
    said, rejections, summary = ingest(folder, "w", scenario="reading")
    assert "The kind purchase was added, with the weights it has in E-commerce." in said
    assert Kind.objects.get(workspace=stored("w"), name="purchase").half_life_days == 365
    assert [(each["code"], each["line"]) for each in rejections] == [("unknown_kind", 2)]
    assert summary["notes"]


def test_a_kind_can_be_read_as_another(db, tmp_path: Path):
    rows = [{"user": "ann", "item": "emma", "kind": "rating", "value": 4}]
    folder = write_exchange(tmp_path / "in", interactions=rows)
    ingest(folder, "w", scenario="reading", kind=[("rating", "rate")])
    assert Interaction.objects.get().kind.name == "rate"


def test_a_misspelt_field_is_said(db, tmp_path: Path):
    items = [{"id": "emma", "titel": "Emma"}]
    folder = write_exchange(tmp_path / "in", items=items, interactions=[])
    said, _, summary = ingest(folder, "w", scenario="reading")
    assert "Nothing reads the field items: titel: ignored in 1 rows." in said
    assert summary["ignored_fields"] == {"items: titel": 1}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "There is no workspace 'new' yet: give the --scenario of the new one."),
        ({"workspace": "Bad Name", "scenario": "video"}, "The name 'Bad Name' cannot be"),
        ({"workspace": "old", "scenario": "video"}, "has the scenario reading, not video"),
        ({"scenario": "video", "format": "amazon"}, "holds no files of the format amazon"),
    ],
)
def test_what_cannot_start_says_why_in_one_sentence(db, tmp_path: Path, options, sentence):
    make_workspace("old")
    folder = write_exchange(tmp_path / "in")
    with pytest.raises(CommandError, match=sentence):
        ingest(folder, **{"workspace": "new"} | options)
    assert not Workspace.objects.exclude(name="old").exists()


def test_a_folder_that_is_not_there_is_said(db, tmp_path: Path):
    with pytest.raises(CommandError, match="There is no folder"):
        ingest(tmp_path / "in", "w", scenario="video")


@pytest.mark.slow
def test_the_film_critics_come_in_whole(db, tmp_path: Path):
    folder = ROOT.parent / "shared" / "data" / "film-critics"
    if not folder.is_dir():
        pytest.skip("needs the film-critics data")
    _, rejections, summary = ingest(
        folder, "critics", scenario="video", report=tmp_path / "report.jsonl"
    )
    assert summary["totals"]["items"]["created"] == 1_560
    assert summary["totals"]["users"]["created"] == 2_108
    assert sum(summary["totals"]["interactions"].values()) == 31_067
    # One line of this set carries a date two centuries too early; five are there twice.
    assert [each["field"] for each in rejections] == ["happened_at"]
    assert summary["totals"]["interactions"]["created"] == 31_061


def test_a_report_goes_under_var_where_no_place_is_given(db, tmp_path: Path, settings):
    settings.VAR = tmp_path / "var"
    call_command("ingest", write_exchange(tmp_path / "in"), workspace="w", scenario="reading")
    (report,) = (tmp_path / "var" / "reports").iterdir()
    assert report.name.startswith("ingest-w-")
