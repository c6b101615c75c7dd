"""Rows that are held may be changed by others, and are not deleted by them."""

import pytest
from django.db import OperationalError

from catalog.models import Item
from core.holding import hold
from tests.beside import never_waiting, open_beside
from tests.factories import make_item, make_workspace


@pytest.mark.django_db(transaction=True)
def test_what_is_held_stays_and_what_went_is_not_told():
    workspace = make_workspace()
    kept, gone = make_item(workspace), make_item(workspace)
    keys = [gone.pk, kept.pk]
    gone.delete()
    told: list[set[int]] = []
    with open_beside(lambda: told.append(hold(Item, keys))), never_waiting():
        assert told == [{kept.pk}]
        Item.objects.filter(pk=kept.pk).update(title="Emma")
        with pytest.raises(OperationalError):
            kept.delete()
    assert Item.objects.get().title == "Emma"
