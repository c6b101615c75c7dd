"""However many processes share the work, and in whatever batches, portraits are the same."""

import numpy as np
import pytest
import redis
from django.conf import settings

from core.models import Claim
from core.stages import Stage
from tests.factories import make_workspace
from tests.workers import crowds
from tests.workers.canon import drawn_of, numbers_of, rows_of
from tests.workers.rooms import fill, work_to_the_end
from tests.workers.sharing import LEFT_OUT, MEETING, PROCESSES, ROWS_AT_ONCE, came

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.django_db(transaction=True)]

SHARED = (
    "clean.items",
    "encode.items",
    "encode.reviews",
    "read.reviews",
    "tag.items",
    "state.users",
    "taste.users",
    "describe.users",
)


def test_one_process_and_two_with_other_batches_leave_the_same_rows_to_the_last_bit(
    start_worker, monkeypatch
):
    alone = make_workspace("alone")
    fill(alone, readers=10, rows=80)
    worker = start_worker()
    work_to_the_end(alone)
    worker.kill()

    store = redis.from_url(settings.REDIS_URL)
    for rows in (3, 1):
        monkeypatch.setenv(ROWS_AT_ONCE, str(rows))
        store.delete(*map(came, SHARED))
        shared = make_workspace(f"{rows} at once")
        fill(shared, readers=10, rows=80)
        worker = start_worker(concurrency=PROCESSES, app="tests.workers.sharing")
        work_to_the_end(shared)
        worker.kill()
        took_part = {stage: store.scard(came(stage)) for stage in SHARED}
        assert took_part == dict.fromkeys(SHARED, PROCESSES)
        same(rows_of(alone), rows_of(shared))
        same_numbers(numbers_of(alone), numbers_of(shared))
    assert not Claim.objects.exists()


def test_above_every_threshold_neither_processes_nor_batches_nor_the_order_of_storing_moves_a_bit(
    start_worker, monkeypatch
):
    monkeypatch.setenv(LEFT_OUT, Stage.LEARN)
    alone, shared = make_workspace("alone"), make_workspace("shared")
    for workspace, order, rows, processes in ((alone, None, 0, 1), (shared, 7, 25, PROCESSES)):
        monkeypatch.setenv(ROWS_AT_ONCE, str(rows))
        monkeypatch.setenv(MEETING, str(processes))
        crowds.fill(workspace, order=order)
        worker = start_worker(concurrency=processes, app="tests.workers.sharing")
        work_to_the_end(workspace, without={Stage.LEARN})
        worker.kill()

    expected, found = (rows_of(each) | drawn_of(each) for each in (alone, shared))
    same(expected, found)
    numbers, others = (
        {name: value for name, value in numbers_of(each).items() if name[0] != "neighbour"}
        for each in (alone, shared)
    )
    same_numbers(numbers, others)


def same(expected, found):
    for name, rows in expected.items():
        assert rows, f"no {name} to compare"
        assert found[name] == rows, name


def same_numbers(expected, found):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=str(name))
