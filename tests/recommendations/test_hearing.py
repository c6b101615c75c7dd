"""A stranger's words in a space that the web process cannot read: asked for, kept a while, gone."""

import numpy as np
import pytest
import redis
from django.conf import settings as django_settings

from recommendations.models import Slate
from recommendations.queries.standing import load_standing
from recommendations.rows import SlateRequest
from recommendations.services import hearing
from recommendations.services.serving import next_slate, recommend
from tests.factories import make_space
from tests.processes import flush_queue
from tests.recommendations.worlds import NOW, World, make_world
from workers.tasks.hearing import hear_words

pytestmark = pytest.mark.django_db

WORDS = "long walks by the sea"
EAST = np.array([1, 0, 0], dtype=np.float32)


@pytest.fixture
def world(db) -> World:
    flush_queue()
    return make_world()


@pytest.fixture
def store() -> redis.Redis:
    return redis.Redis.from_url(django_settings.REDIS_URL)


def ask(world: World, text: str = WORDS, **fields):
    request = SlateRequest(text=text, sources=("taste",), length=4, **fields)
    return recommend(workspace=world.workspace, request=request, now=NOW)


def codes(slate) -> set[str]:
    return {one.code for one in slate.warnings}


def asked_for(world: World, monkeypatch) -> list[str]:
    """Note the keys that a worker is asked to read."""
    keys: list[str] = []
    monkeypatch.setattr(hearing, "enqueue", lambda _job, *, workspace_id, key: keys.append(key))
    return keys


def test_a_worker_is_asked_once_and_what_it_found_counts_in_the_next_request(world, monkeypatch):
    keys = asked_for(world, monkeypatch)
    for _ in range(2):
        assert "text_pending" in codes(ask(world))
    assert len(keys) == 1
    assert hearing.take_words(keys[0]) == WORDS
    hearing.keep_vector(world.workspace.pk, keys[0], EAST)
    slate = ask(world)
    assert not codes(slate) & {"text_pending", "text_unread", "not_personal"}
    assert {item.id[0] for item in slate.items} == {"g"}
    assert {item.reasons[0]["kind"] for item in slate.items} == {"text"}
    assert "text_pending" in codes(ask(world, "something else"))


def test_words_stand_where_they_wait_and_nowhere_else_and_leave_by_themselves(
    world, monkeypatch, store
):
    keys = asked_for(world, monkeypatch)
    slate = ask(world)
    waiting = store.keys("likeness:*")
    assert [key for key in waiting if store.type(key) == b"string"] == [
        f"likeness:words:{keys[0]}".encode()
    ]
    assert all(0 < store.ttl(key) <= 2 * hearing.KEEP_SECONDS for key in waiting)
    assert WORDS not in str(Slate.objects.filter(pk=slate.id).values().get())
    hearing.take_words(keys[0])
    hearing.keep_vector(world.workspace.pk, keys[0], EAST)
    assert all(WORDS.encode() not in str(key).encode() for key in store.keys("*"))
    assert hearing.take_words(keys[0]) is None
    assert 0 < store.ttl(f"likeness:heard:{keys[0]}") <= hearing.KEEP_SECONDS


def heard(world: World, monkeypatch):
    """Ask for a slate after a worker found what the words mean."""
    keys = asked_for(world, monkeypatch)
    ask(world)
    hearing.keep_vector(world.workspace.pk, keys[0], EAST)
    return ask(world)


def page_after(world: World, slate):
    return next_slate(workspace=world.workspace, slate_id=slate.id, now=NOW)


def test_the_pages_after_go_on_from_what_was_said(world, monkeypatch, store):
    first = heard(world, monkeypatch)
    second = page_after(world, first)
    assert {item.id for item in [*first.items, *second.items]} == {f"g{n}" for n in range(8)}
    assert {item.reasons[0]["kind"] for item in second.items} == {"text"}
    assert not codes(second) & {"text_gone", "not_personal"}
    assert [item.id[0] for item in page_after(world, second).items] == ["t"] * 4
    assert WORDS not in str(list(Slate.objects.values()))
    kept = [key for key in store.keys("likeness:slate:*") if store.type(key) == b"string"]
    assert len(kept) == 3
    assert all(0 < store.ttl(key) <= hearing.KEEP_SECONDS for key in kept)


def test_where_what_was_said_is_gone_every_later_page_says_so(world, monkeypatch, store):
    first = heard(world, monkeypatch)
    store.delete(*store.keys("likeness:slate:*"))
    second = page_after(world, first)
    assert codes(second) >= {"text_gone", "not_personal"}
    assert codes(page_after(world, second)) >= {"text_gone", "not_personal"}
    assert "text_gone" not in codes(page_after(world, ask(world, text="")))


def test_what_was_said_does_not_lead_on_in_another_space(world, monkeypatch):
    first = heard(world, monkeypatch)
    type(world.space).objects.filter(pk=world.space.pk).update(state="retired")
    make_space(world.workspace)
    assert "text_gone" in codes(page_after(world, first))


def test_no_more_of_what_was_said_is_kept_than_there_is_room_for(world, monkeypatch):
    monkeypatch.setattr(hearing, "MOST_SLATES", 1)
    first = heard(world, monkeypatch)
    without_room = ask(world)
    assert "text_gone" not in codes(page_after(world, first))
    assert "text_gone" in codes(page_after(world, without_room))


def test_where_redis_is_away_the_page_after_says_that_the_words_are_gone(
    world, monkeypatch, settings, tmp_path
):
    first = heard(world, monkeypatch)
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert "text_gone" in codes(page_after(world, first))


def test_a_known_users_words_are_kept_with_their_slates_alone(world, monkeypatch, store):
    keys = asked_for(world, monkeypatch)
    ask(world, user="g0")
    hearing.keep_vector(world.workspace.pk, keys[0], EAST)
    second = page_after(world, ask(world, user="g0"))
    assert "text_gone" not in codes(second)
    assert not store.keys("likeness:slate:*")


def test_what_another_workspace_or_space_heard_is_not_used(world, monkeypatch):
    keys = asked_for(world, monkeypatch)
    other = make_world()
    ask(world)
    ask(other)
    space = load_standing(world.workspace.pk, None).space
    type(world.space).objects.filter(pk=space.id).update(revision="2")
    ask(world)
    assert len(set(keys)) == 3


def test_a_worker_without_that_encoder_says_so_and_the_answer_too(world, monkeypatch):
    keys = asked_for(world, monkeypatch)
    ask(world)
    hearing.keep_vector(world.workspace.pk, keys[0], None)
    assert "text_unread" in codes(ask(world))
    assert len(keys) == 1


def test_a_vector_of_another_length_is_not_used(world, monkeypatch):
    keys = asked_for(world, monkeypatch)
    ask(world)
    hearing.keep_vector(world.workspace.pk, keys[0], np.ones(5, dtype=np.float32))
    assert "text_unread" in codes(ask(world))


def test_no_more_words_wait_than_there_is_room_for(world, monkeypatch):
    monkeypatch.setattr(hearing, "MOST", 2)
    keys = asked_for(world, monkeypatch)
    found = [codes(ask(world, f"words {number}")) for number in range(3)]
    assert ["text_pending" in one for one in found] == [True, True, False]
    assert "text_unread" in found[2]
    assert len(keys) == 2


def test_where_redis_is_away_the_list_comes_without_the_words(world, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    slate = ask(world)
    assert "text_unread" in codes(slate)


def test_a_message_whose_words_are_gone_does_nothing(world):
    assert hear_words(world.workspace.pk, "nobody waits here") is False
