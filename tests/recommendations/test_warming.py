"""What requests need was read once before they come, and nobody waits long for that."""

import pytest

from recommendations.services import indexes, warming
from recommendations.services.learning import learn
from recommendations.services.warming import read_ahead
from tests.recommendations.worlds import make_world, put_company

SIZE = 10


@pytest.fixture
def world(db):
    world = make_world(SIZE)
    learn(world.workspace.pk, is_tuned=False)
    return world


def test_all_that_serves_is_read(world):
    found = read_ahead(world.workspace.pk)
    everything = 2 * SIZE
    assert found["items"] == found["vectors"] == found["bearers"] == everything
    assert found["neighbours"] == found["popularity"] == everything
    assert found["factors"] == found["takers"] == found["companions"] == 0
    put_company(world)
    found = read_ahead(world.workspace.pk)
    assert (found["takers"], found["companions"]) == (2 * SIZE, 12)


def test_what_served_before_and_other_workspaces_are_not_read(world):
    learn(world.workspace.pk, is_tuned=False)
    make_world(SIZE)
    found = read_ahead(world.workspace.pk)
    assert found["neighbours"] == found["items"] == 2 * SIZE


def test_a_large_space_is_asked_for_what_lies_near(world, monkeypatch):
    monkeypatch.setattr(indexes, "LEAST_INDEXED", SIZE)
    found = read_ahead(world.workspace.pk)
    near = indexes.index_name(world.space)
    assert found[near] == (2 * SIZE) ** 2


def test_what_takes_too_long_is_left(world, monkeypatch):
    monkeypatch.setattr(warming, "MOST_MILLISECONDS", 50)
    slow = "SELECT count(*) FROM pg_sleep(5), catalog_item WHERE workspace_id = %(workspace)s"
    monkeypatch.setitem(warming.READS, "items", slow)
    found = read_ahead(world.workspace.pk)
    assert found["items"] == 0
    assert found["neighbours"] == 2 * SIZE


def test_learning_reads_what_it_made(world, monkeypatch, db):
    asked = []
    monkeypatch.setattr("recommendations.services.learning.read_ahead", asked.append)
    learn(world.workspace.pk, is_tuned=False)
    assert asked == [world.workspace.pk]
    assert read_ahead(world.workspace.pk + 1) == {}
