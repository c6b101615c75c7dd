"""A long job is ordered once, worked off once, and neither lost nor tried for ever."""

import subprocess
import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from core import orders
from core.claims import holder
from core.errors import ConflictError
from core.jobs import Job
from core.models import JobRun
from core.orders import MOST_ATTEMPTS, place_order, refuse_lost, resend_orders, taken_up
from core.progress import SILENCE, fail_silent_jobs, finish_job
from tests.factories import make_workspace
from tests.processes import wait_until
from workers.tasks.sweep import sweep

pytestmark = pytest.mark.django_db
State = JobRun.State


@pytest.fixture
def sent(monkeypatch) -> list:
    """What is asked of the workers."""
    found: list = []
    monkeypatch.setattr(orders, "enqueue", lambda job, **what: found.append((job, what)))
    return found


@pytest.fixture
def order(workspace, sent) -> JobRun:
    """A training that was ordered, and asked for once."""
    placed = place(workspace)
    sent.clear()
    return placed


def place(workspace, name: str = "train sentiment") -> JobRun:
    return place_order(Job.TRAIN, workspace_id=workspace.pk, name=name, order={"use": "sentiment"})


def leave(order: JobRun, by: str, *, attempts: int = 1, minutes: int = 5) -> None:
    """Let the order be held by somebody, for so many minutes from now."""
    JobRun.objects.filter(pk=order.pk).update(
        state=State.RUNNING,
        holder=by,
        attempts=attempts,
        until=timezone.now() + timedelta(minutes=minutes),
    )


def dead() -> str:
    """The name of a process of this machine that has ended."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    return f"{holder().rsplit(':', 2)[0]}:{ended.pid}:1"


def test_an_order_is_kept_and_its_message_is_but_its_id(workspace, sent):
    placed = place(workspace)
    kept = JobRun.objects.get()
    assert (kept.state, kept.job, kept.order) == ("queued", "models.train", {"use": "sentiment"})
    assert sent == [(Job.TRAIN, {"order_id": str(placed.pk)})]


def test_what_is_ordered_and_not_finished_is_not_ordered_twice(workspace, order):
    with pytest.raises(ConflictError):
        place(workspace)
    place(workspace, "train safety")
    place(make_workspace("other"))
    with taken_up(str(order.pk)), pytest.raises(ConflictError):
        place(workspace)
    finish_job(order.pk, result={})
    assert place(workspace).state == State.QUEUED


def test_a_message_that_comes_again_finds_the_order_held_or_finished(order):
    with taken_up(str(order.pk)) as first:
        assert first is not None
        assert (first.state, first.attempts, first.holder) == (State.RUNNING, 1, holder())
        with taken_up(str(order.pk)) as second:
            assert second is None
        finish_job(first.pk, result={"model": "m"})
    with taken_up(str(order.pk)) as third:
        assert third is None
    order.refresh_from_db()
    assert (order.state, order.attempts) == (State.DONE, 1)


def test_the_order_of_a_dead_process_is_free_at_once_and_one_from_elsewhere_later(order):
    leave(order, "another-machine:1:1")
    with taken_up(str(order.pk)) as held:
        assert held is None
    leave(order, "another-machine:1:1", minutes=-1)
    with taken_up(str(order.pk)) as over:
        assert over is not None
    leave(order, dead())
    with taken_up(str(order.pk)) as freed:
        assert freed is not None
        assert freed.attempts == 2


@pytest.mark.parametrize("look", ["message", "sweep"])
def test_what_kills_its_worker_again_and_again_is_given_up_in_words(order, sent, look):
    leave(order, dead(), attempts=MOST_ATTEMPTS)
    if look == "sweep":
        assert resend_orders().given_up == 1
    else:
        with taken_up(str(order.pk)) as run:
            assert run is None
    order.refresh_from_db()
    assert order.state == State.FAILED
    assert order.finished_at
    assert f"ended without a word {MOST_ATTEMPTS} times" in order.message
    assert not sent


def test_the_sweep_asks_again_for_what_was_lost_or_left_but_not_for_what_is_held(
    workspace, order, sent
):
    held, left, fresh = (place(workspace, f"train {name}") for name in ("a", "b", "c"))
    sent.clear()
    leave(held, holder())
    leave(left, dead())
    JobRun.objects.exclude(pk=fresh.pk).update(updated_at=timezone.now() - SILENCE)
    sweep()
    assert sent == [(Job.TRAIN, {"order_id": str(pk)}) for pk in (order.pk, left.pk)]
    states = dict(JobRun.objects.values_list("pk", "state"))
    assert states == {
        order.pk: State.QUEUED,
        left.pk: State.QUEUED,
        held.pk: State.RUNNING,
        fresh.pk: State.QUEUED,
    }
    sweep()
    assert len(sent) == 2, "a message is on its way already"


def test_no_order_is_closed_for_its_silence(order):
    leave(order, holder())
    JobRun.objects.update(updated_at=timezone.now() - 2 * SILENCE)
    assert fail_silent_jobs() == 0


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ValueError("the model broke"), State.FAILED),
        (OperationalError("gone"), State.QUEUED),
        (KeyboardInterrupt(), State.QUEUED),
    ],
)
def test_what_breaks_out_fails_the_order_but_an_end_from_outside_leaves_it(order, error, state):
    with pytest.raises(type(error)), taken_up(str(order.pk)):
        raise error
    order.refresh_from_db()
    assert (order.state, order.holder, order.until) == (state, "", None)
    assert order.message == ("the model broke" if state == State.FAILED else "")


def test_who_lost_an_order_is_told_and_cannot_close_it(order):
    def work() -> None:
        with taken_up(str(order.pk)) as first:
            assert first is not None
            refuse_lost(first)
            leave(order, "another-machine:1:1", attempts=2)
            refuse_lost(first)

    with pytest.raises(ConflictError):
        work()
    order.refresh_from_db()
    assert (order.state, order.holder) == (State.RUNNING, "another-machine:1:1")


@pytest.mark.django_db(transaction=True)
def test_an_order_is_held_for_as_long_as_its_process_lives(order, settings, monkeypatch):
    settings.CLAIM_SECONDS = 60
    monkeypatch.setattr(orders, "BEATS", 300)
    with taken_up(str(order.pk)) as run:
        assert run is not None
        first = run.until

        def is_renewed() -> bool:
            run.refresh_from_db()
            return run.until > first

        wait_until(is_renewed, seconds=60, what="signs of life")
        with taken_up(str(order.pk)) as again:
            assert again is None
    silent = JobRun.objects.get().until
    time.sleep(0.5)
    assert JobRun.objects.get().until == silent, "the heart beats on after the end"


@pytest.mark.django_db(transaction=True)
def test_of_workers_that_reach_for_an_order_at_the_same_moment_one_has_it(order):
    together, holds = threading.Barrier(4), threading.Barrier(4)
    taken: list[bool] = []

    def take() -> None:
        together.wait()
        with taken_up(str(order.pk)) as run:
            taken.append(run is not None)
            holds.wait()
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True]
