"""Fillers and links that an item is sent with become no tags."""

import pytest

from catalog.models import ItemTag, Tag
from tests.factories import make_item
from workers.tasks import texts

pytestmark = pytest.mark.django_db


def test_an_item_keeps_its_subjects_and_loses_what_says_nothing(workspace):
    sent = ["noir", "n/a", "See title", "https://img.example.com/one.jpg"]
    make_item(workspace, "one", text="A book.", given_tags=sent)
    texts.clean_texts(workspace.pk)
    texts.tag_items(workspace.pk, at_once=1)
    assert list(ItemTag.objects.values_list("tag__key", flat=True)) == ["noir"]
    assert set(Tag.objects.filter(is_field=False).values_list("key", flat=True)) == {"noir"}
