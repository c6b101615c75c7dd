from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from catalog.models import Item
from catalog.queries.items import get_item, sent_fields
from catalog.queries.texts import items_to_clean
from catalog.rows import ItemIn
from catalog.services.items import delete_item, ensure_items, upsert_items
from core.errors import NotFoundError
from tests.factories import make_workspace

EMMA = ItemIn(
    id="emma",
    title="Emma",
    text="A matchmaker errs.",
    tags=("Comedy, of manners", 'a "quoted" one', "反讽"),
    attributes={"year": 1815, "author": "Jane Austen"},
)


def statuses(results) -> list[str]:
    return [result.status for result in results]


def test_an_item_is_stored_as_it_was_sent(workspace: Workspace):
    assert statuses(upsert_items(workspace=workspace, rows=[EMMA])) == ["created"]
    item = get_item(workspace, "emma")
    assert (item.title, item.text) == ("Emma", "A matchmaker errs.")
    assert item.given_tags == ["Comedy, of manners", 'a "quoted" one', "反讽"]
    assert item.attributes == {"year": 1815, "author": "Jane Austen"}
    assert item.source_hash == EMMA.source_hash
    assert ItemIn.parse(sent_fields(item)) == EMMA


def test_sending_an_item_again_changes_nothing(workspace: Workspace):
    upsert_items(workspace=workspace, rows=[EMMA])
    before = Item.objects.values().get()
    assert statuses(upsert_items(workspace=workspace, rows=[EMMA])) == ["unchanged"]
    assert Item.objects.values().get() == before


def test_an_unchanged_item_is_not_even_locked(workspace: Workspace):
    upsert_items(workspace=workspace, rows=[EMMA])
    upsert_items(workspace=workspace, rows=[EMMA])
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmax::text FROM catalog_item")  # who locked or replaced the row
        assert cursor.fetchall() == [("0",)]


def test_a_changed_item_is_replaced_and_keeps_what_the_stages_wrote(workspace: Workspace):
    upsert_items(workspace=workspace, rows=[EMMA])
    Item.objects.update(clean_text="clean", cleaned_source=EMMA.source_hash)
    changed = ItemIn(id="emma", title="Emma, again")
    assert statuses(upsert_items(workspace=workspace, rows=[changed])) == ["updated"]
    item = get_item(workspace, "emma")
    assert (item.title, item.text, item.given_tags) == ("Emma, again", "", [])
    assert item.clean_text == "clean"
    assert item.cleaned_source != item.source_hash
    assert item.updated_at > item.created_at


SOLD_OUT = [
    {"is_available": False},
    {"available_from": datetime(2090, 1, 1, tzinfo=UTC)},
    {"available_until": datetime(2020, 1, 1, tzinfo=UTC)},
]


@pytest.mark.parametrize("change", SOLD_OUT)
def test_an_item_that_is_sold_out_is_updated_and_not_read_anew(workspace: Workspace, change):
    upsert_items(workspace=workspace, rows=[EMMA])
    Item.objects.update(cleaned_source=F("source_hash"), clean_version="1")
    sold_out = replace(EMMA, **change)
    assert statuses(upsert_items(workspace=workspace, rows=[sold_out])) == ["updated"]
    assert statuses(upsert_items(workspace=workspace, rows=[sold_out])) == ["unchanged"]
    assert ItemIn.parse(sent_fields(get_item(workspace, "emma"))) == sold_out
    assert not items_to_clean(workspace.pk, "1").exists()
    assert statuses(upsert_items(workspace=workspace, rows=[EMMA])) == ["updated"]


def test_of_rows_with_one_id_the_last_counts(workspace: Workspace):
    rows = [ItemIn("a", title="1"), ItemIn("b"), ItemIn("a", title="2")]
    results = upsert_items(workspace=workspace, rows=rows)
    assert statuses(results) == ["unchanged", "created", "created"]
    assert results[0].code == "repeated"
    assert get_item(workspace, "a").title == "2"


def test_an_item_of_another_workspace_with_the_same_id_is_not_touched(workspace: Workspace):
    other = make_workspace()
    upsert_items(workspace=workspace, rows=[EMMA])
    assert statuses(upsert_items(workspace=other, rows=[ItemIn("emma")])) == ["created"]
    assert get_item(workspace, "emma").title == "Emma"
    assert delete_item(workspace=other, external_id="emma")
    with pytest.raises(NotFoundError):
        get_item(other, "emma")


@pytest.mark.parametrize("size", [2, 200])
def test_the_number_of_queries_does_not_depend_on_the_rows(workspace: Workspace, size: int):
    rows = [ItemIn(str(number), title="x") for number in range(size)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        upsert_items(workspace=workspace, rows=rows)
    assert len(queries) == 6  # savepoint, create, clear, copy, merge, release


def test_nothing_is_nothing(workspace: Workspace):
    assert upsert_items(workspace=workspace, rows=[]) == []


def test_an_item_that_is_only_named_is_made_once_and_never_emptied(workspace: Workspace):
    upsert_items(workspace=workspace, rows=[EMMA])
    assert ensure_items(workspace=workspace, external_ids={"emma", "ivanhoe"}) == 1
    assert ensure_items(workspace=workspace, external_ids={"emma", "ivanhoe"}) == 0
    assert get_item(workspace, "emma").title == "Emma"
    assert statuses(upsert_items(workspace=workspace, rows=[ItemIn("ivanhoe")])) == ["unchanged"]


def test_deleting_what_is_not_there_says_so(workspace: Workspace):
    assert not delete_item(workspace=workspace, external_id="emma")
