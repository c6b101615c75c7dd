import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from catalog.rows import ItemIn
from catalog.services.items import upsert_items
from core.jobs import Job
from profiles.models import Interaction, Review, User
from profiles.queries.users import get_user
from profiles.rows import InteractionIn, UserIn
from profiles.services.interactions import delete_item, record_interactions
from profiles.services.people import upsert_users
from tests.factories import make_workspace

NOW = datetime(2024, 6, 1, tzinfo=UTC)
MAY = datetime(2024, 5, 1, tzinfo=UTC)


def statuses(results) -> list[str]:
    return [result.status for result in results]


def shelf(workspace: Workspace, *ids: str) -> Workspace:
    upsert_items(workspace=workspace, rows=[ItemIn(each) for each in ids])
    return workspace


def record(workspace: Workspace, *rows: InteractionIn, live: bool = True):
    return record_interactions(workspace=workspace, rows=rows, now=NOW, live=live)


def revisions(workspace: Workspace) -> dict[str, int]:
    users = User.objects.filter(workspace=workspace)
    return dict(users.values_list("external_id", "evidence_revision"))


def test_a_review_is_stored_with_its_user_and_its_text(workspace: Workspace):
    shelf(workspace, "emma")
    row = InteractionIn("ann", "emma", "review", 5.0, "Witty.", MAY, "e1", uuid.UUID(int=3))
    result = record(workspace, row)[0]
    assert (result.id, result.status) == ("e1", "created")
    stored = Interaction.objects.select_related("user", "item", "kind", "review").get()
    assert (stored.user.external_id, stored.item.external_id) == ("ann", "emma")
    assert (stored.kind.name, stored.value, stored.happened_at) == ("review", 5.0, MAY)
    assert stored.slate_id == uuid.UUID(int=3)
    assert stored.event_key == row.event_key
    assert (stored.review.text, stored.review.source_hash) == ("Witty.", row.source_hash)
    assert stored.review.cleaned_source == ""  # so that the clean stage finds it
    assert stored.review.workspace == stored.workspace == workspace


def test_recording_twice_stores_once_and_raises_nothing(workspace: Workspace):
    shelf(workspace, "emma")
    row = InteractionIn("ann", "emma", "review", 5.0, "Witty.", MAY)
    record(workspace, row)
    before = (list(Interaction.objects.values()), list(Review.objects.values()))
    raised = revisions(workspace)
    assert statuses(record(workspace, row)) == ["unchanged"]
    assert (list(Interaction.objects.values()), list(Review.objects.values())) == before
    assert revisions(workspace) == raised


def test_only_the_users_of_changed_rows_are_raised(workspace: Workspace):
    shelf(workspace, "emma")
    old = InteractionIn("ann", "emma", "like", happened_at=MAY)
    record(workspace, old, InteractionIn("bob", "emma", "like", happened_at=MAY))
    before = revisions(workspace)
    record(workspace, old, InteractionIn("bob", "emma", "review", 1.0, happened_at=MAY))
    after = revisions(workspace)
    assert after["ann"] == before["ann"]
    assert after["bob"] == before["bob"] + 1


def test_another_value_for_the_same_event_is_a_correction(workspace: Workspace):
    shelf(workspace, "emma")
    record(workspace, InteractionIn("ann", "emma", "rate", 2.0, happened_at=MAY))
    before = revisions(workspace)["ann"]
    rows = [InteractionIn("ann", "emma", "rate", 4.0, happened_at=MAY)]
    assert statuses(record(workspace, *rows)) == ["updated"]
    assert Interaction.objects.get().value == 4.0
    assert revisions(workspace)["ann"] == before + 1


def test_the_later_text_of_an_event_wins_and_the_stages_can_see_it(workspace: Workspace):
    shelf(workspace, "emma")
    first = InteractionIn("ann", "emma", "review", 4.0, "Witty.", MAY, "e1")
    later = InteractionIn("ann", "emma", "review", None, "Witty, but long.", None, "e1")
    record(workspace, first)
    Review.objects.update(cleaned_source=first.source_hash)
    assert statuses(record(workspace, later)) == ["updated"]
    review = Review.objects.select_related("interaction").get()
    assert review.text == "Witty, but long."
    assert review.source_hash == later.source_hash != review.cleaned_source
    assert (review.interaction.value, review.interaction.happened_at) == (4.0, MAY)


def test_rows_of_one_batch_about_one_event_are_put_together(workspace: Workspace):
    shelf(workspace, "emma")
    first = InteractionIn("ann", "emma", "review", 4.0, "Witty.", MAY, "e1")
    later = InteractionIn("ann", "emma", "review", 3.0, "", None, "e1")
    results = record(workspace, first, later)
    assert statuses(results) == ["unchanged", "created"]
    assert results[0].code == "repeated"
    stored = Interaction.objects.select_related("review").get()
    assert (stored.value, stored.happened_at, stored.review.text) == (3.0, MAY, "Witty.")


def test_two_texts_without_event_ids_are_two_events(workspace: Workspace):
    shelf(workspace, "emma")
    rows = [
        InteractionIn("ann", "emma", "review", text=text, happened_at=MAY)
        for text in ("Witty.", "Long.", "Witty.")
    ]
    assert statuses(record(workspace, *rows)) == ["unchanged", "created", "created"]
    assert sorted(Review.objects.values_list("text", flat=True)) == ["Long.", "Witty."]


def test_an_item_or_a_kind_that_is_not_there_is_refused_alone(workspace: Workspace):
    shelf(workspace, "emma")
    results = record(
        workspace,
        InteractionIn("bob", "ivanhoe", "like"),
        InteractionIn("cat", "emma", "adore"),
        InteractionIn("ann", "emma", "like"),
    )
    assert statuses(results) == ["rejected", "rejected", "created"]
    assert (results[0].code, results[0].field, results[0].value) == (
        "unknown_item",
        "item",
        "ivanhoe",
    )
    assert results[1].code == "unknown_kind"
    assert "borrow, click, dismiss" in results[1].message
    assert list(revisions(workspace)) == ["ann"]


def test_a_date_in_the_future_is_refused(workspace: Workspace):
    shelf(workspace, "emma")
    rows = [
        InteractionIn("ann", "emma", "like", happened_at=NOW + timedelta(hours=hours))
        for hours in (23, 25)
    ]
    results = record(workspace, *rows)
    assert statuses(results) == ["created", "rejected"]
    assert results[1].field == "happened_at"


def test_an_event_id_cannot_be_moved_to_another_user_item_or_kind(workspace: Workspace):
    shelf(workspace, "emma", "ivanhoe")
    record(workspace, InteractionIn("ann", "emma", "review", 5.0, "Witty.", event_id="e1"))
    before = revisions(workspace)["ann"]
    results = record(
        workspace,
        InteractionIn("ann", "ivanhoe", "review", 1.0, "Dull.", event_id="e1"),
        InteractionIn("bob", "emma", "like", event_id="e2"),
        InteractionIn("bob", "ivanhoe", "like", event_id="e2"),
    )
    assert [(each.status, each.code) for each in results] == [
        ("rejected", "conflict"),
        ("created", ""),
        ("rejected", "conflict"),
    ]
    review = Review.objects.select_related("interaction__item").get()
    assert (review.text, review.interaction.value) == ("Witty.", 5.0)
    assert review.interaction.item.external_id == "emma"
    assert revisions(workspace)["ann"] == before


def test_a_live_row_without_a_date_happens_now_and_keeps_that_date(workspace: Workspace):
    shelf(workspace, "emma")
    row = InteractionIn("ann", "emma", "like")
    record(workspace, row)
    later = NOW + timedelta(hours=1)
    results = record_interactions(workspace=workspace, rows=[row], now=later)
    assert statuses(results) == ["unchanged"]
    assert Interaction.objects.get().happened_at == NOW


def test_a_bulk_row_without_a_date_stays_without(workspace: Workspace):
    shelf(workspace, "emma")
    record(workspace, InteractionIn("ann", "emma", "like"), live=False)
    assert Interaction.objects.get().happened_at is None


def test_the_same_ids_in_two_workspaces_do_not_touch(workspace: Workspace):
    other = make_workspace()
    shelf(workspace, "emma")
    shelf(other, "emma")
    row = InteractionIn("ann", "emma", "review", 5.0, "Witty.", MAY, "e1")
    record(workspace, row)
    before = revisions(workspace)
    assert statuses(record(other, row)) == ["created"]
    assert revisions(workspace) == before
    assert Interaction.objects.filter(workspace=workspace).count() == 1
    assert get_user(other, "ann") != get_user(workspace, "ann")


def test_an_item_of_another_workspace_is_no_item_here(workspace: Workspace):
    shelf(make_workspace(), "emma")
    assert record(workspace, InteractionIn("ann", "emma", "like"))[0].code == "unknown_item"


def test_a_workspace_that_keeps_no_raw_text_stores_only_what_is_clean(db: None):
    workspace = shelf(make_workspace(keeps_raw_text=False), "emma")
    row = InteractionIn(
        "ann", "emma", "review", text="Witty!  Write to ann@example.org, please.", event_id="e1"
    )
    record(workspace, row)
    review = Review.objects.get()
    assert review.text == ""
    assert review.clean_text.startswith("Witty! Write to ")
    assert "ann@example.org" not in review.clean_text
    assert review.masked == 1
    assert review.language == "en"
    assert review.source_hash == review.cleaned_source == row.source_hash
    assert statuses(record(workspace, row)) == ["unchanged"]


@pytest.mark.parametrize("size", [2, 200])
def test_the_number_of_queries_does_not_depend_on_the_rows(workspace: Workspace, size: int):
    shelf(workspace, *(str(number) for number in range(size)))
    rows = [
        InteractionIn(f"user {number}", str(number), "review", 5.0, "Witty.", MAY)
        for number in range(size)
    ]
    with CaptureQueriesContext(connection) as queries:
        record(workspace, *rows)
    # savepoint 2, kinds, items 2, users 3, events known, their merge 4, texts known, their merge 4,
    # lock, raise
    assert len(queries) == 20


def test_an_item_goes_with_its_interactions_and_its_users_are_told(workspace: Workspace):
    shelf(workspace, "emma", "ivanhoe")
    record(
        workspace,
        InteractionIn("ann", "emma", "review", 5.0, "Witty."),
        InteractionIn("bob", "ivanhoe", "like"),
    )
    before = revisions(workspace)
    assert delete_item(workspace=workspace, external_id="emma")
    assert revisions(workspace) == {"ann": before["ann"] + 1, "bob": before["bob"]}
    assert Interaction.objects.get().item.external_id == "ivanhoe"
    assert not delete_item(workspace=workspace, external_id="emma")


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_send_the_same_rows_store_them_once():
    workspace = shelf(make_workspace(), *(str(number) for number in range(50)))
    rows = [
        InteractionIn(f"user {number % 7}", str(number % 50), "review", 4.0, f"Text {number}.")
        for number in range(300)
    ]
    outcomes: list[list[str]] = []

    def send(rows: list[InteractionIn]) -> None:
        outcomes.append(statuses(record(workspace, *rows, live=False)))
        connections.close_all()

    threads = [threading.Thread(target=send, args=[order]) for order in (rows, rows[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert sum(each.count("created") for each in outcomes) == 300
    assert Interaction.objects.count() == Review.objects.count() == 300
    assert User.objects.count() == 7


def test_a_user_is_replaced_whole_but_for_what_the_platform_decides(workspace: Workspace):
    ann = UserIn("ann", "Ann", "en", {"town": "York"})
    assert statuses(upsert_users(workspace=workspace, rows=[ann])) == ["created"]
    User.objects.update(is_paused=True)
    before = revisions(workspace)
    assert statuses(upsert_users(workspace=workspace, rows=[ann])) == ["unchanged"]
    changed = UserIn("ann", language="zh")
    assert statuses(upsert_users(workspace=workspace, rows=[changed])) == ["updated"]
    user = get_user(workspace, "ann")
    assert (user.name, user.language, user.traits, user.is_paused) == ("", "zh", {}, True)
    assert revisions(workspace) == before


@pytest.mark.parametrize(
    ("users", "asked"), [(3, [Job.REFRESH_USER] * 3), (4, [Job.SWEEP]), (40, [Job.SWEEP])]
)
def test_a_batch_sends_few_messages(workspace: Workspace, users, asked, monkeypatch):
    sent: list[Job] = []
    for service in ("interactions", "users"):
        place = f"profiles.services.{service}.enqueue"
        monkeypatch.setattr(place, lambda job, **_: sent.append(job))
    shelf(workspace, "emma")
    record(workspace, *(InteractionIn(f"user {number}", "emma", "like") for number in range(users)))
    assert sent == asked
