"""Models are trained for real, on a network of a few numbers, and run only where they win."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F

from accounts.services.workspaces import set_budget
from catalog.models import Item, ItemTag, ItemVector, Space, TrainedModel
from catalog.queries.trained import find_running, folder_of
from catalog.services.trained import (
    UNFINISHED,
    Trained,
    promote,
    register,
    rollback,
    training_folder,
)
from core.errors import ConflictError, InvalidError, NotReadyError
from core.jobs import Job
from core.models import JobRun, StageRun
from language.weights import unpack_default
from likeness.broker import task_routes
from profiles.models import Interaction, ProfileVector, Reading, Review, User
from profiles.queries.due import users_to_taste
from profiles.queries.labelled import list_judged_reviews, newest_interaction
from profiles.services.statements import state_users
from profiles.services.tastes import taste_users
from tests.factories import make_interaction, make_item, make_review, make_tag, make_user
from tests.language.small import make_small_encoder, opinions
from workers import training
from workers.heads import load_head, open_head
from workers.orders import Order, order_training
from workers.stages import CLEAN_ITEMS, reviews_unread
from workers.tasks.texts import encode_texts, read_reviews
from workers.tasks.training import train_model
from workers.training import _within_budget, gather, recipe_of, train

pytestmark = pytest.mark.model
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def base(models, tmp_path_factory) -> str:
    unpack_default(models)
    return make_small_encoder(tmp_path_factory.mktemp("base"), models)


@pytest.fixture(autouse=True)
def small_world(settings, base, tmp_path) -> None:
    settings.ENCODER = base
    settings.MODELS = tmp_path / "models"


def write_reviews(workspace, count: int) -> None:
    """Reviews of as many users, one each, whose verdicts are those of their words."""
    item = make_item(workspace)
    for number, row in enumerate(opinions(count)):
        writer = make_user(workspace, external_id=f"writer-{number}")
        make_review(writer, item, row.text, value=5.0 if number % 2 == 0 else 1.0)
    Review.objects.update(
        clean_text=F("text"), language="en", cleaned_source=F("source_hash"), content_hash="h"
    )


def test_a_rating_at_the_middle_and_a_copy_are_not_learnt_from(workspace):
    write_reviews(workspace, 3)
    item = Item.objects.get()
    middle = make_review(make_user(workspace), item, "So so.", value=3.0)
    middle.clean_text = "So so."
    middle.save()
    first, *_ = Review.objects.order_by("pk")
    Review.objects.filter(pk=first.pk).update(duplicate_of=middle)
    assert [row.label for row in list_judged_reviews(workspace.pk)] == [1.0, 0.0]


def test_a_head_is_trained_promoted_read_with_and_taken_back(workspace, settings):
    write_reviews(workspace, 480)
    read_reviews(workspace.pk)
    assert not reviews_unread(workspace.pk).exists()
    name = train_model(str(order_training(Order(workspace.pk, "sentiment", "frozen")).pk))
    model = find_running(workspace.pk, "sentiment")
    assert model is not None
    assert model.name == name
    assert model.metrics["gain"]["low"] > 0
    job = JobRun.objects.get(name="train sentiment")
    assert (job.state, job.done, job.total) == (JobRun.State.DONE, 100, 100)
    assert [path.name for path in settings.MODELS.iterdir()] == [name]
    assert reviews_unread(workspace.pk).count() == 480
    read_reviews(workspace.pk)
    assert not reviews_unread(workspace.pk).exists()
    reading = Reading.objects.order_by("pk")[0]
    assert reading.model == name
    assert reading.confidence == pytest.approx(abs(reading.sentiment))
    rollback(workspace.pk, "sentiment")
    assert reviews_unread(workspace.pk).count() == 480


def test_too_little_to_learn_from_fails_the_job_and_leaves_no_files(workspace, settings):
    write_reviews(workspace, 12)
    with pytest.raises(InvalidError):
        train(Order(workspace.pk, "sentiment"))
    job = JobRun.objects.get()
    assert job.state == JobRun.State.FAILED
    assert "too few" in job.message
    assert list(settings.MODELS.iterdir()) == []
    assert not TrainedModel.objects.exists()


def test_what_a_killed_run_left_is_no_model_and_goes_after_a_day(workspace, settings, monkeypatch):
    left = settings.MODELS / f"{UNFINISHED}left"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"half")
    with pytest.raises(InvalidError):
        train(Order(workspace.pk, "sentiment"))
    assert left.exists(), "another run may still be at it"
    monkeypatch.setattr("catalog.services.trained.DAY_SECONDS", -1)
    with pytest.raises(InvalidError):
        train(Order(workspace.pk, "sentiment"))
    assert list(settings.MODELS.iterdir()) == []


def test_what_cannot_be_trained_is_refused_before_a_job_is_opened(workspace):
    wrong_ones = (
        Order(workspace.pk, "taste"),
        Order(workspace.pk, "encoder", "frozen"),
        Order(workspace.pk, "encoder", goes_on=True),
        Order(workspace.pk, "sentiment", "frozen", goes_on=True),
    )
    for wrong in wrong_ones:
        with pytest.raises(InvalidError):
            train(wrong)
    with pytest.raises(CommandError):
        call_command("train", "safety", workspace="nowhere")
    assert not JobRun.objects.exists()


def test_a_few_minutes_are_spent_on_as_many_texts_as_can_be_seen(workspace, tmp_path):
    lines = [f"{row.text}\t{row.label:.0f}" for row in opinions(2_000)]
    (tmp_path / "sst2-train.tsv").write_text("\n".join(lines), "utf-8")
    whole = gather(Order(workspace.pk, "sentiment", texts=tmp_path))
    short = gather(Order(workspace.pk, "sentiment", texts=tmp_path, minutes=1))
    assert len(short.train) == 700 < len(whole.train)
    assert short.test == whole.test


def make_likes(workspace) -> None:
    """Sixty users who like tales of one of four kinds, eight tales of each kind."""
    items = []
    for number in range(32):
        kind = ("ships", "wolves", "trains", "spies")[number % 4]
        item = make_item(
            workspace, title=f"A tale of {kind}", text=f"{kind} {number}", content_hash=f"h{number}"
        )
        items.append(item)
    tags = [make_tag(workspace, kind) for kind in ("ships", "wolves", "trains", "spies")]
    ItemTag.objects.bulk_create(
        [
            ItemTag(workspace=workspace, item=item, tag=tags[n % 4], model="m", version="1")
            for n, item in enumerate(items)
        ]
    )
    Item.objects.update(
        clean_text=F("text"), cleaned_source=F("source_hash"), clean_version=CLEAN_ITEMS
    )
    for number in range(60):
        user = make_user(workspace)
        for place in range(4):
            make_interaction(user, items[number % 4 + 4 * ((number + place) % 8)])
    state_users(workspace.pk, list(User.objects.values_list("pk", flat=True)), now=NOW)


def test_an_encoder_that_runs_fills_a_space_of_its_own_and_takes_over_at_once(workspace, base):
    make_likes(workspace)
    encode_texts(workspace.pk)
    first = Space.objects.get()
    assert first.encoder == Path(base).name
    taste_users(workspace.pk, list(User.objects.values_list("pk", flat=True)), now=NOW)
    tasted = set(ProfileVector.objects.values_list("user", flat=True))
    assert len(tasted) == 60
    model = train(Order(workspace.pk, "encoder", "contrastive", minutes=0.05))
    assert set(model.metrics) >= {"gain", "recall@20", "judged"}
    promote(model)
    serving = Space.objects.get(state=Space.State.ACTIVE)
    assert serving == first, "the old space serves until the new one is full"
    encode_texts(workspace.pk)
    first.refresh_from_db()
    second = Space.objects.get(state=Space.State.ACTIVE)
    assert (second.encoder, first.state) == (model.name, Space.State.RETIRED)
    assert ItemVector.objects.filter(space=second).count() == 32
    in_second = ProfileVector.objects.filter(space=second)
    assert set(in_second.values_list("user", flat=True)) == tasted, "no taste is gone meanwhile"
    assert not users_to_taste(workspace.pk).exists()
    rollback(workspace.pk, "encoder")
    encode_texts(workspace.pk, at_once=1)
    first.refresh_from_db()
    assert first.state == Space.State.ACTIVE


def test_a_label_is_drawn_towards_the_score_beside_it_and_keeps_its_verdict(workspace):
    item = make_item(workspace)
    for number in range(40):
        writer = make_user(workspace, external_id=f"writer-{number}")
        make_review(writer, item, f"Text {number}.", value=4.0 if number % 2 else 1.0)
    Review.objects.update(clean_text=F("text"), language="en", cleaned_source=F("source_hash"))
    parts = gather(Order(workspace.pk, "sentiment", soften=0.4))
    assert {round(row.label, 6) for row in parts.train} == {0.9, 0.0}
    assert {row.label for row in (*parts.validation, *parts.test)} == {1.0, 0.0}
    for wrong in (
        Order(workspace.pk, "sentiment", soften=0.5),
        Order(workspace.pk, "safety", soften=0.1),
    ):
        with pytest.raises(InvalidError):
            wrong.checked()


def test_two_rounds_are_averaged_by_the_command_and_judged_like_any_other(workspace):
    write_reviews(workspace, 480)
    names = [
        train(Order(workspace.pk, "sentiment", "fine-tuned", seed=seed)).name for seed in (0, 1)
    ]
    told = StringIO()
    call_command("train", "sentiment", "--average", *names, workspace=workspace.name, stdout=told)
    model = TrainedModel.objects.exclude(name__in=names).get()
    assert (model.method, model.config["average"]) == ("fine-tuned", names)
    assert {"gain", "sets"} < set(model.metrics)
    assert model.name in told.getvalue()
    frozen = train(Order(workspace.pk, "sentiment", "frozen"))
    for wrong in ([names[0], frozen.name], [names[0], "nobody"]):
        with pytest.raises(CommandError):
            call_command("train", "sentiment", "--average", *wrong, workspace=workspace.name)


def test_what_is_asked_of_a_worker_is_the_whole_order(workspace, monkeypatch, tmp_path):
    taken = []

    def keep(order: Order, **_: object) -> TrainedModel:
        taken.append(order)
        return TrainedModel(name="kept")

    monkeypatch.setattr("workers.tasks.training.train", keep)
    call_command(
        *("train", "sentiment", "--background", "--seed", "7", "--soften", "0.3"),
        *("--minutes", "2", "--average", "a", "b", "--workspace", workspace.name),
        *("--data", str(tmp_path)),
        stdout=StringIO(),
    )
    with pytest.raises(CommandError, match="ordered already"):
        call_command("train", "sentiment", "--background", workspace=workspace.name)
    assert train_model(str(JobRun.objects.get().pk)) == "kept"
    whole = {"minutes": 2.0, "seed": 7, "average": ("a", "b"), "soften": 0.3, "texts": tmp_path}
    assert taken == [Order(workspace.pk, "sentiment", "fine-tuned", **whole)]


def test_an_order_that_cannot_be_done_is_closed_in_words_and_not_tried_again(workspace):
    write_reviews(workspace, 12)
    run = order_training(Order(workspace.pk, "sentiment"))
    with pytest.raises(InvalidError):
        train_model(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.attempts) == (JobRun.State.FAILED, 1)
    assert "too few" in run.message
    assert train_model(str(run.pk)) == ""


def test_a_training_whose_order_was_taken_over_registers_nothing(workspace, settings, monkeypatch):
    write_reviews(workspace, 480)
    run = order_training(Order(workspace.pk, "sentiment"))
    learn = training.make_head

    def slowly(*words: object, **named: object) -> object:
        made = learn(*words, **named)
        JobRun.objects.update(attempts=2, holder="another-machine:1:1")
        return made

    monkeypatch.setattr(training, "make_head", slowly)
    with pytest.raises(ConflictError, match="Another worker"):
        train_model(str(run.pk))
    assert not TrainedModel.objects.exists()
    assert list(settings.MODELS.iterdir()) == []
    run.refresh_from_db()
    assert run.state == JobRun.State.RUNNING


def test_a_head_whose_files_were_changed_is_not_read_with(workspace):
    write_reviews(workspace, 480)
    model = train(Order(workspace.pk, "sentiment"))
    (folder_of(model.name) / "head.json").write_text("{}", "utf-8")
    load_head.cache_clear()
    with pytest.raises(ConflictError, match=r"head.json in .* rollback sentiment"):
        read_reviews(workspace.pk)


def own_encoder(workspace, base: str) -> TrainedModel:
    """An encoder of the workspace's own that runs."""
    with training_folder() as folder:
        shutil.copytree(base, folder / "model", ignore=shutil.ignore_patterns("*.bin", "*.txt"))
        trained = Trained("encoder", "masked", "b")
        model = register(workspace_id=workspace.pk, folder=folder / "model", trained=trained)
    promote(model)
    return model


@pytest.mark.parametrize("method", ["frozen", "fine-tuned"])
def test_a_head_starts_from_the_workspaces_own_encoder_and_names_it(
    workspace, base, settings, monkeypatch, method
):
    write_reviews(workspace, 480)
    encoder = own_encoder(workspace, base)
    settings.ENCODER = "nobody/nothing"
    model = train(Order(workspace.pk, "sentiment", method, epochs=0.1))
    assert model.base == encoder.name
    moved = settings.MODELS.rename(settings.MODELS.with_name("moved"))
    settings.MODELS = moved
    head = open_head(folder_of(model.name))
    assert head.base == encoder.name
    assert head.encoder.name == (encoder.name if method == "frozen" else model.name)
    (folder_of(encoder.name) / "config.json").write_text("{}", "utf-8")
    load_head.cache_clear()
    if method == "frozen":
        with pytest.raises(ConflictError, match=r"config.json"):
            load_head(model.name)
    with pytest.raises(ConflictError, match=r"config.json"):
        train(Order(workspace.pk, "sentiment", method))


def test_what_happens_during_a_training_is_not_told_to_be_in_its_data(workspace, monkeypatch):
    write_reviews(workspace, 480)
    Interaction.objects.update(happened_at=NOW)
    learn = training.make_head

    def meanwhile(*words: object, **named: object) -> object:
        user, item = User.objects.all()[0], Item.objects.get()
        make_interaction(user, item, happened_at=NOW + timedelta(days=1))
        return learn(*words, **named)

    monkeypatch.setattr(training, "make_head", meanwhile)
    model = train(Order(workspace.pk, "sentiment"))
    assert model.data_cutoff == NOW < newest_interaction(workspace.pk)


def test_training_is_booked_and_a_used_up_budget_refuses_the_next(workspace):
    write_reviews(workspace, 480)
    model = train(Order(workspace.pk, "sentiment"))
    run = StageRun.objects.get(stage="train.sentiment")
    assert (run.model, run.rows) == (model.name, model.config["train"][workspace.name])
    assert run.seconds > 0
    assert run.tokens > 10 * run.rows
    set_budget(workspace=workspace, seconds=None, tokens=run.tokens)
    with pytest.raises(NotReadyError, match="budget of the day is used up"):
        train(Order(workspace.pk, "sentiment"))
    assert JobRun.objects.filter(state=JobRun.State.FAILED).count() == 1
    assert StageRun.objects.filter(stage="train.sentiment").count() == 1


def test_training_ends_with_the_seconds_that_the_budget_leaves(workspace):
    order = Order(workspace.pk, "sentiment", minutes=30)
    assert _within_budget(order) == order
    set_budget(workspace=workspace, seconds=600, tokens=None)
    assert _within_budget(order).minutes == 10.0
    assert _within_budget(replace(order, minutes=2)).minutes == 2.0
    assert _within_budget(replace(order, minutes=0)).minutes == 10.0


def test_training_takes_the_device_of_the_settings(settings):
    settings.DEVICE = "cpu"
    assert recipe_of(Order(1, "sentiment")).device == "cpu"


def test_the_commands_list_promote_and_go_back(workspace):
    write_reviews(workspace, 480)
    told = StringIO()
    call_command("train", "sentiment", workspace=workspace.name, stdout=told)
    assert "It runs now" in told.getvalue()
    model = TrainedModel.objects.get()
    call_command("models", "rollback", "sentiment", "--workspace", workspace.name, stdout=told)
    assert "packaged default runs again" in told.getvalue()
    call_command("models", "promote", model.name, "--workspace", workspace.name, stdout=told)
    listed = StringIO()
    call_command("models", "list", "--workspace", workspace.name, stdout=listed)
    assert "running" in listed.getvalue()
    shutil.rmtree(folder_of(model.name))
    call_command("models", "rollback", "sentiment", "--workspace", workspace.name, stdout=told)
    with pytest.raises(CommandError):
        call_command("models", "promote", model.name, "--workspace", workspace.name)


def test_training_is_asked_of_the_queue_of_the_models():
    assert task_routes[Job.TRAIN.value] == {"queue": "models"}
