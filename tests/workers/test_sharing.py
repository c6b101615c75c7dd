"""However many processes share the work, and in whatever batches, portraits are the same."""

import numpy as np
import pytest
import redis
from django.conf import settings

from core.models import Claim
from tests.factories import make_workspace
from tests.workers.canon import numbers_of, rows_of
from tests.workers.rooms import fill, work_to_the_end
from tests.workers.sharing import PROCESSES, came

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


def test_one_process_and_two_with_other_batches_leave_the_same_rows_to_the_last_bit(start_worker):
    alone, shared = make_workspace("alone"), make_workspace("shared")
    fill(alone, readers=10, rows=80)
    worker = start_worker()
    work_to_the_end(alone)
    worker.kill()
    fill(shared, readers=10, rows=80)
    start_worker(concurrency=PROCESSES, app="tests.workers.sharing")
    work_to_the_end(shared)

    store = redis.from_url(settings.REDIS_URL)
    assert {stage: store.scard(came(stage)) for stage in SHARED} == dict.fromkeys(SHARED, PROCESSES)
    by_one, by_two = rows_of(alone), rows_of(shared)
    for name, rows in by_one.items():
        assert rows, f"no {name} to compare"
        assert by_two[name] == rows, name
    expected, found = numbers_of(alone), numbers_of(shared)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=str(name))
    assert not Claim.objects.exists()
