"""Spaces of factors: stored with a fit, and asked for what lies nearest."""

import numpy as np
import pytest
from django.db import connection
from numpy.testing import assert_allclose

from recommendations.benchmarks.loading import remove
from recommendations.models import Fit, ItemFactors
from recommendations.queries.filtering import only
from recommendations.queries.kept import forget_all
from recommendations.queries.spaces import (
    find_nearest_to,
    load_table,
    load_vectors,
)
from recommendations.queries.standing import load_standing
from recommendations.services.indexes import create_index, drop_index, ensure_indexes
from recommendations.services.learning import learn
from recommendations.services.spaces import Places, store_space
from tests.recommendations.worlds import NOW, make_world

NOBODY = np.empty(0, dtype=np.int64)
EAST = np.array([1.0, 0.0], dtype=np.float32)


def stored(world, source="factors"):
    """Put gothic items east, the later the further, and two travel items north."""
    items = [*world.gothic, *world.travel]
    vectors = np.zeros((len(items), 2), dtype=np.float32)
    vectors[: len(world.gothic), 0] = np.arange(1, len(world.gothic) + 1)
    vectors[len(world.gothic) : len(world.gothic) + 2, 1] = 0.5
    learn(world.workspace.pk)
    fit = Fit.objects.get(workspace=world.workspace, state=Fit.State.SERVING)
    fit.spaces.filter(source=source).delete()
    ids = np.array([item.pk for item in items])
    forget_all()
    return store_space(
        fit, Places(source, ids, vectors, {"ridge": 0.5}, np.array([[1.0, 2.0], [2.0, 5.0]]))
    )


def standing(world, source="factors"):
    return load_standing(world.workspace.pk, None).fit.spaces[source]


@pytest.mark.django_db
def test_a_space_comes_back_as_it_was_stored():
    world = make_world()
    space = stored(world)
    found = standing(world)
    assert (found.id, found.dimensions, found.settings) == (space.pk, 2, {"ridge": 0.5})
    assert not found.is_indexed
    assert_allclose(load_table(found), [1, 2, 2, 5])
    wanted = np.array([world.gothic[2].pk, world.travel[7].pk, world.travel[0].pk, 2**40])
    assert_allclose(load_vectors(found, wanted), [[3, 0], [0, 0], [0, 0.5], [0, 0]])
    assert ItemFactors.objects.filter(space=space).count() == len(world.gothic) + 2
    with connection.execute_wrapper(refuse):
        assert_allclose(load_vectors(found, wanted)[0], [3, 0])  # remembered


def refuse(*_):
    raise AssertionError("Postgres was asked again.")


@pytest.mark.django_db
def test_the_nearest_come_first_but_for_what_is_barred_or_gone():
    world = make_world()
    stored(world)
    world.gothic[6].is_available = False
    world.gothic[6].save()
    barred = np.array([world.gothic[5].pk])
    found = find_nearest_to(standing(world), EAST, barred, 3, now=NOW)
    assert found.tolist() == [world.gothic[place].pk for place in (7, 4, 3)]
    few = only(np.array([world.gothic[0].pk, world.gothic[1].pk, world.gothic[6].pk]))
    found = find_nearest_to(standing(world), EAST, NOBODY, 3, now=NOW, among=few)
    assert found.tolist() == [world.gothic[1].pk, world.gothic[0].pk]


@pytest.mark.django_db(transaction=True)
def test_an_indexed_space_of_factors_finds_what_reading_it_whole_finds():
    world = make_world()
    space = stored(world)
    exact = find_nearest_to(standing(world), EAST, NOBODY, 4, now=NOW)
    name = create_index(space)
    assert name == f"item_factors_near_{space.pk}"
    assert standing(world).is_indexed
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
    try:
        found = find_nearest_to(standing(world), EAST, NOBODY, 4, now=NOW)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_seqscan")
        drop_index(space)
    assert found.tolist() == exact.tolist() == [one.pk for one in world.gothic[:3:-1]]


@pytest.mark.django_db(transaction=True)
def test_the_index_of_a_space_goes_after_it():
    world = make_world()
    space = stored(world)
    name = create_index(space)
    assert ensure_indexes(world.workspace.pk) == []
    assert is_there(name)
    space.delete()
    ensure_indexes(world.workspace.pk)
    assert not is_there(name)


@pytest.mark.django_db(transaction=True)
def test_a_benchmarks_workspace_goes_with_the_indexes_of_all_its_spaces():
    world = make_world()
    names = [create_index(space) for space in (stored(world), world.space)]
    assert all(is_there(name) for name in names)
    remove(world.workspace)
    assert not any(is_there(name) for name in names)
    assert not ItemFactors.objects.exists()


def is_there(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        return cursor.fetchone()[0]
