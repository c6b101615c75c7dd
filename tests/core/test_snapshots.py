"""What is read together is read as it stood at one moment."""

import threading

import pytest
from django.db import InternalError, connection

from catalog.models import Item
from core.snapshots import one_snapshot
from tests.factories import make_item, make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_comes_in_meanwhile_is_not_seen_before_the_end():
    workspace = make_workspace()
    make_item(workspace)

    def come_in() -> None:
        make_item(workspace)
        connection.close()

    with one_snapshot():
        assert Item.objects.count() == 1
        other = threading.Thread(target=come_in)
        other.start()
        other.join()
        assert Item.objects.count() == 1
    assert Item.objects.count() == 2


def test_nothing_is_written_in_it():
    workspace = make_workspace()
    with pytest.raises(InternalError), one_snapshot():
        make_item(workspace)
    make_item(workspace)
