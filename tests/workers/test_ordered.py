"""Orders of training with real workers: once at a time, and again where the worker was killed."""

import pytest
from django.db.models import F

from catalog.models import TrainedModel
from core.jobs import Job, enqueue
from core.models import JobRun
from language.weights import unpack_default
from profiles.models import Review
from tests.factories import make_item, make_review, make_user, make_workspace
from tests.language.small import make_small_encoder, opinions
from tests.processes import wait_until
from workers.orders import Order, order_training

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.django_db(transaction=True)]
State = JobRun.State


@pytest.fixture(autouse=True)
def small_world(settings, models, tmp_path, monkeypatch) -> None:
    """A small encoder and a folder for what is trained, for the workers, too."""
    unpack_default(models)
    settings.ENCODER = make_small_encoder(tmp_path / "base", models)
    settings.MODELS = tmp_path / "models"
    monkeypatch.setenv("LIKENESS_ENCODER", settings.ENCODER)


@pytest.fixture
def ordered(db) -> JobRun:
    """A training that takes a while: every text is seen again and again."""
    workspace = make_workspace()
    item = make_item(workspace)
    for number, row in enumerate(opinions(480)):
        writer = make_user(workspace, external_id=f"writer-{number}")
        make_review(writer, item, row.text, value=5.0 if number % 2 == 0 else 1.0)
    Review.objects.update(
        clean_text=F("text"), language="en", cleaned_source=F("source_hash"), content_hash="h"
    )
    return order_training(
        Order(workspace.pk, "sentiment", "fine-tuned", epochs=1000.0, minutes=0.1)
    )


def is_in(run: JobRun, state: str) -> bool:
    run.refresh_from_db()
    return run.state == state


def test_a_killed_workers_training_is_begun_again_and_messages_that_come_again_do_nothing(
    ordered, start_worker
):
    worker = start_worker(concurrency=2)
    enqueue(Job.TRAIN, order_id=str(ordered.pk))
    wait_until(lambda: is_in(ordered, State.RUNNING), seconds=120, what="a worker at it")
    worker.kill()
    assert (ordered.attempts, TrainedModel.objects.count()) == (1, 0)
    worker = start_worker(concurrency=2)  # with an empty queue: its sweep finds what was left
    worker.finds(lambda: is_in(ordered, State.RUNNING) and ordered.attempts == 2)
    for _ in range(3):
        enqueue(Job.TRAIN, order_id=str(ordered.pk))
    worker.finds(lambda: is_in(ordered, State.DONE), seconds=300)
    assert ordered.attempts == 2
    assert TrainedModel.objects.get().name == ordered.result["model"]
