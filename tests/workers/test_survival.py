"""The database is the truth: a killed worker and a lost Redis change nothing in the end."""

import numpy as np
import pytest

from accounts.models import Workspace
from catalog.models import ItemVector
from core.jobs import enqueue
from core.models import Claim
from profiles.models import Review, ReviewVector
from tests.factories import make_workspace
from tests.processes import flush_queue, wait_until
from tests.workers.canon import numbers_of, rows_of
from tests.workers.rooms import fill, work_to_the_end
from workers.stages import PLANS

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.django_db(transaction=True)]


def is_half_encoded(workspace: Workspace) -> bool:
    """Return whether some items have their vectors, some reviews have not, and rows are in hand."""
    reviews = Review.objects.filter(workspace=workspace).count()
    done = ReviewVector.objects.filter(workspace=workspace).count()
    has_items = ItemVector.objects.filter(workspace=workspace).exists()
    return has_items and done < reviews and Claim.objects.exists()


def test_a_killed_worker_and_an_emptied_queue_leave_the_same_rows(start_worker):
    calm, troubled = make_workspace("calm"), make_workspace("troubled")
    fill(calm)
    worker = start_worker()
    work_to_the_end(calm)
    fill(troubled)
    enqueue(PLANS[0].job, workspace_id=troubled.pk)
    wait_until(
        lambda: is_half_encoded(troubled) and worker.is_caught(lambda: is_half_encoded(troubled)),
        seconds=300,
        what="a batch in the middle of the vectors",
    )
    worker.kill()
    flush_queue()
    assert is_half_encoded(troubled)
    start_worker()
    work_to_the_end(troubled)

    undisturbed, survived = rows_of(calm), rows_of(troubled)
    for name, rows in undisturbed.items():
        assert rows, f"no {name} to compare"
        assert survived[name] == rows, name
    expected, found = numbers_of(calm), numbers_of(troubled)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=str(name))
    assert not Claim.objects.exists()
