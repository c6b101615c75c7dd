"""What holds of every source that serves, alone and beside all the others."""

from importlib import import_module

import numpy as np
import pytest
from django.apps import apps

from recommendations.models import Experiment
from recommendations.queries import finders
from recommendations.queries.standing import load_standing
from recommendations.rows import SOURCES, SlateRequest, SlateWarning
from recommendations.services.gathering import gather
from recommendations.services.learning import learn
from recommendations.services.serving import meet, recommend
from tests.recommendations.worlds import (
    NOW,
    find_user,
    make_world,
    put_everything,
    put_statement,
    put_taste,
)

pytestmark = pytest.mark.django_db
MET = {f"g{number}" for number in range(8) if number != 3}


@pytest.fixture
def world(db):
    """A fit for which every source counts, and a reader of whom everything is known."""
    world = make_world()
    learn(world.workspace.pk)
    put_everything(world)
    reader = find_user(world, "g3")
    put_statement(reader, world.tags["travel"])
    put_taste(reader, world.space, [0.0, 1.0, 0.0])
    return world


def ask(world, *sources):
    request = SlateRequest(user="g3", length=8, sources=sources, exclude_ids=("t0",))
    return recommend(workspace=world.workspace, request=request, now=NOW)


def test_every_source_has_one_finder():
    assert sorted(name for names in finders.FINDERS.values() for name in names) == sorted(SOURCES)


@pytest.mark.parametrize("alone", SOURCES)
def test_what_a_source_serves_is_sound(world, alone):
    slate = ask(world, alone)
    shown = [item.id for item in slate.items]
    assert slate.meta["sources"] == [alone]
    assert shown
    assert not {"t0", *MET} & set(shown)
    assert np.isfinite([item.score for item in slate.items]).all()
    for item in slate.items:
        shares = [reason["share"] for reason in item.reasons]
        assert all(0.0 <= share <= 1.0 for share in shares)
        assert sum(shares) <= 1.0 + 1e-6
    again = ask(world, alone)
    assert [(one.id, one.score) for one in again.items] == [
        (one.id, one.score) for one in slate.items
    ]


@pytest.mark.parametrize("left_out", SOURCES)
def test_each_source_can_be_switched_off_alone(world, left_out):
    others = [source for source in SOURCES if source != left_out]
    slate = ask(world, *others)
    assert sorted(slate.meta["sources"]) == sorted(others)
    assert len(slate.items) == 8
    assert not slate.warnings


@pytest.mark.parametrize("left_out", ["tags", "said", "portrait", "popular", "recent"])
def test_what_is_switched_off_names_nothing(world, left_out):
    others = [source for source in SOURCES if source != left_out]
    request = SlateRequest(user="g3", sources=tuple(others))
    warnings: list[SlateWarning] = []
    standing = load_standing(world.workspace.pk, "g3")
    asker, _ = meet(standing, request, np.empty(0, dtype=np.int64), warnings, now=NOW)
    found, _, _ = gather(asker, others, warnings)
    assert sorted(one.source for one in found) == sorted(others)
    assert not warnings


def test_what_left_out_statements_by_one_name_goes_on_leaving_all_of_them_out(world):
    names = import_module("recommendations.migrations.0011_leave_out_statements_by_all_their_names")
    before = [{"name": "as now"}, {"name": "no tags", "without": ["new", "tags"]}]
    planned = Experiment.objects.create(workspace=world.workspace, name="old", arms=before)
    names.leave_out_all(apps, None)
    planned.refresh_from_db()
    assert planned.arms[0] == before[0]
    assert planned.arms[1]["without"] == ["new", "tags", "said", "portrait"]
    names.leave_out_by_one_name(apps, None)
    planned.refresh_from_db()
    assert planned.arms == before
