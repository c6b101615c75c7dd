"""What a process remembers, and for how long."""

import numpy as np
import pytest
from django.db import connection

from catalog.models import ItemTag
from recommendations.engine import sources
from recommendations.engine.sources import summed
from recommendations.queries import kept, remembered
from recommendations.queries.kept import Shelf
from recommendations.queries.remembered import load_bearers, load_popular
from recommendations.services.learning import learn
from tests.recommendations.worlds import make_world, put_tag


def loader(asked):
    def load(keys):
        asked.append(keys)
        return {key: key.upper() for key in keys if key != "x"}

    return load


def test_a_row_is_read_once_and_so_is_that_there_is_none():
    asked = []
    shelf = Shelf(10)
    assert shelf.rows(["b", "a", "x", "b"], loader(asked), "") == ["B", "A", "", "B"]
    assert shelf.rows(["x", "a", "c"], loader(asked), "") == ["", "A", "C"]
    assert asked == [["b", "a", "x"], ["c"]]


def test_what_was_asked_for_longest_ago_leaves_first():
    asked = []
    shelf = Shelf(3, weigh=len)
    shelf.rows(["a", "b", "c"], loader(asked), "")
    shelf.rows(["a"], loader(asked), "")
    shelf.rows(["dd"], loader(asked), "")  # weighs two: b and c go
    shelf.rows(["a", "b"], loader(asked), "")
    assert asked == [["a", "b", "c"], ["dd"], ["b"]]


def test_what_is_too_old_is_read_anew(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(kept, "monotonic", lambda: clock[0])
    asked = []
    shelf = Shelf(10, seconds=30)
    for clock[0] in (100.0, 129.0, 131.0, 160.0):
        shelf.rows(["a"], loader(asked), "")
    assert len(asked) == 2


@pytest.mark.parametrize("widest", [1, 10_000])
def test_sums_are_the_same_however_far_apart_ids_lie(widest, monkeypatch):
    monkeypatch.setattr(sources, "WIDEST", widest)
    items, sums = summed(np.array([700, 5, 700, 9]), np.array([0.5, 1.0, 0.25, -2.0]))
    assert items.tolist() == [5, 9, 700]
    assert sums.tolist() == [1.0, -2.0, 0.75]


@pytest.mark.django_db
def test_what_bears_a_tag_is_seen_half_a_minute_late_at_most(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(kept, "monotonic", lambda: clock[0])
    world = make_world(size=3, readers=1)
    tags = np.array([world.tags["gothic"].pk])

    def bearers():
        [found] = load_bearers(tags)
        return found.ids.tolist(), found.weights.tolist()

    gothic = [one.pk for one in world.gothic]
    assert bearers() == (gothic, [1.0] * 3)
    ItemTag.objects.filter(item=world.gothic[0]).delete()
    put_tag(world.travel[2], world.tags["gothic"])
    clock[0] += remembered.BEARERS_SECONDS + 1
    assert bearers()[0] == [*gothic[1:], world.travel[2].pk]


@pytest.mark.django_db
def test_the_popularity_of_a_fit_is_laid_out_by_item_and_by_rank():
    world = make_world()
    learn(world.workspace.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT fit_id, item_id, overall FROM recommendations_popularity")
        rows = cursor.fetchall()
    popular = load_popular(rows[0][0])
    told = {item: overall for _, item, overall in rows}
    wanted = np.array([*sorted(told), 10**9])
    assert popular.of(wanted)[0] == pytest.approx([*(told[item] for item in sorted(told)), 0.0])
    ranked = [told[item] for item in popular.by_overall.tolist()]
    assert ranked == sorted(ranked, reverse=True)
