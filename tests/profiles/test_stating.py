from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import ItemTag
from profiles.models import Evidence, Interaction, Statement, User
from profiles.queries.due import users_to_state
from profiles.queries.reasoning import reason
from profiles.services import corrections
from profiles.services import statements as service
from tests.factories import make_tag
from tests.profiles.readers import NOW, Room, drop

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.crowd(12)
    return room


def state(user: User, *, now=NOW) -> int:
    return service.state_users(user.workspace_id, [user.pk], now=now)


def current(user: User) -> dict[str, Statement]:
    rows = Statement.objects.filter(user=user, valid_until=None).select_related("tag")
    return {row.tag.key: row for row in rows}


def test_likes_and_dislikes_are_found_and_nobody_is_due_any_more(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2, 3)
    room.rates(user, "love", 1, 0, 1, 2, after_days=20)
    assert state(user) == 1
    found = current(user)
    assert found["crime"].polarity == 1
    assert found["love"].polarity == -1
    assert {row.status for row in found.values()} == {Statement.Status.ACTIVE}
    assert found["crime"].evidence.count() == 4
    assert not users_to_state(room.workspace.pk).filter(pk=user.pk).exists()


def test_stating_twice_leaves_every_row_as_it_is(room):
    user = User.objects.get(external_id="crowd-1")
    state(user)
    before = list(Statement.objects.order_by("pk").values())
    evidence = list(Evidence.objects.order_by("pk").values())
    revision = User.objects.get(pk=user.pk).portrait_revision
    state(user, now=LATER)
    assert list(Statement.objects.order_by("pk").values()) == before
    assert list(Evidence.objects.order_by("pk").values()) == evidence
    assert User.objects.get(pk=user.pk).portrait_revision == revision


def test_a_change_of_taste_supersedes_that_statement_and_no_other(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2)
    room.rates(user, "love", 1, 0, 1, 2)
    room.rates(user, "travel", 5, 0, 1, 2)
    state(user)
    before = current(user)
    room.rates(user, "crime", 1, 3, 4, 5, 6, 7, after_days=1_500)
    state(user, now=LATER)
    after, old = current(user), Statement.objects.get(pk=before["crime"].pk)
    assert after["crime"].polarity == -1
    assert old.valid_until == LATER
    assert old.superseded_by == after["crime"]
    assert old.polarity == 1


def test_a_statement_that_lost_its_evidence_is_closed(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2, 3)
    state(user, now=timezone.now())
    assert "crime" in current(user)
    for interaction in Interaction.objects.filter(user=user)[:3]:
        drop(interaction)
    now = timezone.now()
    state(user, now=now)
    assert "crime" not in current(user)
    assert Statement.objects.get(user=user, tag__key="crime").valid_until == now


@pytest.mark.parametrize("change", [corrections.pin, corrections.reject])
def test_somebody_s_word_stands_above_the_evidence(room, change):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2, 3)
    state(user)
    change(statement=current(user)["crime"])
    before = current(user)["crime"]
    room.rates(user, "crime", 1, 4, 5, 6, 7, after_days=1_500)
    state(user, now=LATER)
    after = current(user)["crime"]
    assert (after.pk, after.status, after.polarity) == (before.pk, before.status, 1)
    assert Statement.objects.filter(user=user, tag__key="crime").count() == 1


def test_a_declared_like_is_not_overruled(room):
    user = room.reader()
    corrections.declare(user=user, tag_key_or_name="Crime", polarity=1)
    room.rates(user, "crime", 1, 0, 1, 2, 3)
    room.rates(user, "love", 5, 0, 1, 2, 3)
    state(user)
    assert current(user)["crime"].level == Statement.Level.DECLARED
    assert current(user)["crime"].polarity == 1


def test_what_was_confirmed_stays_in_use_until_the_evidence_turns(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1)
    state(user)
    corrections.confirm(statement=current(user)["crime"])
    for interaction in Interaction.objects.filter(user=user):
        drop(interaction)
    state(user)
    assert current(user)["crime"].status == Statement.Status.ACTIVE
    room.rates(user, "crime", 1, 2, 3, 4, 5)
    room.rates(user, "love", 5, 0, 1, 2)
    state(user, now=LATER)
    assert current(user)["crime"].polarity == -1
    assert current(user)["crime"].reviewed_at is None


def test_a_late_result_loses_against_a_newer_one(room, monkeypatch):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2, 3)

    def overtaken(workspace_id, user_ids, config):
        early = reason(workspace_id, user_ids, config)
        monkeypatch.setattr(service, "reason", reason)
        room.rates(user, "crime", 1, 4, 5, 6, 7, after_days=1_500)
        service.state_users(workspace_id, user_ids, now=NOW)
        return early

    monkeypatch.setattr(service, "reason", overtaken)
    assert state(user, now=LATER) == 0
    assert current(user)["crime"].polarity == -1
    assert not users_to_state(room.workspace.pk).filter(pk=user.pk).exists()


def test_paused_users_and_strangers_are_passed_over(room):
    user = room.reader(is_paused=True)
    room.rates(user, "crime", 5, 0, 1, 2, 3)
    assert state(user) == 0
    assert service.state_users(room.workspace.pk, [10**9], now=NOW) == 0
    assert current(user) == {}


def test_quotes_are_the_user_s_own_words_and_agree_with_the_statement(room):
    user = room.reader()
    praise = [f"The acting of crime {number} is superb." for number in range(4)]
    for number, text in enumerate(praise):
        room.writes(user, "crime", number, text, value=5)
    room.writes(user, "love", 5, "A dull and tiresome story.", value=1)
    state(user)
    found = current(user)
    assert found["acting"].level == Statement.Level.INFERRED
    assert set(found["acting"].evidence.values_list("quote", flat=True)) == set(praise)
    assert set(found["crime"].evidence.values_list("quote", flat=True)) == set(praise)


def test_blocked_tags_make_no_statements(room):
    room.tags["crime"].is_blocked = True
    room.tags["crime"].save()
    user = User.objects.get(external_id="crowd-0")
    state(user)
    assert "crime" not in current(user)


def test_the_portrait_is_the_same_whatever_the_size_of_the_batch(room):
    ids = list(User.objects.filter(workspace=room.workspace).values_list("pk", flat=True))
    told = ("user_id", "tag_id", "polarity", "strength", "confidence", "level", "status")
    service.state_users(room.workspace.pk, ids, now=NOW)
    together = sorted(Statement.objects.values_list(*told))
    Statement.objects.all().delete()
    for user_id in reversed(ids):
        service.state_users(room.workspace.pk, [user_id], now=NOW)
    assert sorted(Statement.objects.values_list(*told)) == together


@pytest.mark.parametrize("size", [2, 10])
def test_the_number_of_queries_does_not_grow_with_the_users(room, size):
    users = list(User.objects.filter(workspace=room.workspace)[:size])
    with CaptureQueriesContext(connection) as context:
        service.state_users(room.workspace.pk, [user.pk for user in users], now=NOW)
    assert Statement.objects.filter(user=users[-1]).exists()
    assert len(context) == 28


def test_a_tag_that_one_item_alone_bears_is_never_stated_however_often_it_is_met(room):
    user, tag = room.reader(), make_tag(room.workspace, "one of a kind")
    bears = {"workspace": room.workspace, "tag": tag, "model": "likeness.given", "version": "1"}
    ItemTag.objects.create(**bears, item=room.items["crime"][0])
    for day in range(5):
        room.rates(user, "crime", 5, 0, after_days=day)
    for number in range(5):  # of a writer something is to be told
        room.writes(user, "love", number, "Bored me.", value=1 + number % 2)
    room.writes(user, "crime", 0, "One of a kind!", value=5)
    state(user)
    assert current(user).keys() == {"love"}
    ItemTag.objects.create(**bears, item=room.items["crime"][1])
    room.rates(user, "crime", 5, 1, after_days=9)
    state(user)
    assert "one of a kind" in current(user)
