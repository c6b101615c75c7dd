"""A sequence model is trained for real, judged by what was hidden, and serves while it runs."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import call_command

from accounts.services.workspaces import set_budget
from catalog.models import Item, TrainedModel
from catalog.queries.trained import find_running, folder_of
from catalog.services.trained import promote, rollback
from core.errors import InvalidError, NotReadyError
from core.models import JobRun, StageRun
from profiles.models import Interaction, Kind, User
from recommendations.models import Fit
from recommendations.queries.due import learn_due
from recommendations.queries.kept import forget_all
from recommendations.queries.lessons import load_lesson
from recommendations.queries.sequences import load_foreteller, load_whole
from recommendations.rows import SlateRequest
from recommendations.sequence_files import REHEARSED, WHOLE, read_kept
from recommendations.services.learning import learn
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_item, make_user
from tests.processes import flush_queue, wait_until
from workers.training import Order, train

pytestmark = [pytest.mark.model, pytest.mark.django_db]

GROUPS, USERS = 6, 360
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
NOW = BEGAN + timedelta(days=60)


@pytest.fixture(autouse=True)
def models(settings, tmp_path):
    settings.MODELS = tmp_path / "models"
    settings.DEVICE = "cpu"
    forget_all()


def way(user: int, *, tells: bool) -> list[int]:
    """Who takes the first of four items before the second goes on to the third, else the fourth.

    Where the order tells nothing, seven of ten go on to the third.
    """
    first, turned = 4 * (user % GROUPS), (user // GROUPS) % 2
    pair = [first + 1, first] if turned else [first, first + 1]
    return [*pair, first + 2 + (turned if tells else int(user // 12 % 10 >= 7))]


def fill_with_ways(workspace, *, tells: bool = True) -> list[Item]:
    """Users who come one after the other, a few every day, and take a step an hour."""
    items = [make_item(workspace, f"i{number}") for number in range(4 * GROUPS)]
    User.objects.bulk_create(
        [User(workspace=workspace, external_id=f"u{number}") for number in range(USERS)]
    )
    users = {one.external_id: one for one in User.objects.filter(workspace=workspace)}
    like = Kind.objects.get(workspace=workspace, name="like")
    Interaction.objects.bulk_create(
        Interaction(
            workspace=workspace,
            user=users[f"u{number}"],
            item=items[item],
            kind=like,
            happened_at=BEGAN + timedelta(hours=3 * number + 40 * step),
            event_key=uuid4(),
        )
        for number in range(USERS)
        for step, item in enumerate(way(number, tells=tells))
    )
    return items


@pytest.fixture
def items(workspace) -> list[Item]:
    found = fill_with_ways(workspace)
    learn(workspace.pk)
    return found


def order_for(workspace, **how: object) -> Order:
    return Order(workspace.pk, "sequence", **({"epochs": 12} | how))


def shown(workspace, user: str, **asked: object):
    request = SlateRequest(user=user, length=3, **asked)
    return recommend(workspace=workspace, request=request, now=NOW)


def serving(workspace) -> Fit:
    return Fit.objects.get(workspace=workspace, state=Fit.State.SERVING)


def test_a_model_is_judged_registered_counted_served_and_taken_back(workspace, items):
    assert "sequence" not in serving(workspace).report["gates"]
    model = train(order_for(workspace))
    assert model.state == TrainedModel.State.RUNNING
    assert model.metrics["gain"]["low"] > 0
    ranked = model.metrics["ndcg@20"]
    assert ranked["added"] > ranked["today"] > 0
    assert set(model.files) == {WHOLE, REHEARSED, "sequence.json"}
    job = JobRun.objects.get(name="train sequence")
    assert (job.state, job.done, job.total) == (JobRun.State.DONE, 100, 100)
    booked = StageRun.objects.get(stage="train.sequence")
    assert (booked.model, booked.rows) == (model.name, USERS)

    assert learn_due(workspace.pk).exists(), "another model runs than the fit knows"
    learn(workspace.pk)
    assert not learn_due(workspace.pk).exists()
    fit = serving(workspace)
    gate = fit.report["gates"]["sequence"]
    assert gate["is_open"]
    assert gate["model"] == fit.config["sequence"] == model.name
    assert fit.spaces.get(source="sequence").settings["model"] == model.name

    ben = make_user(workspace, "ben")
    for step, item in enumerate((0, 1)):
        make_interaction(ben, items[item], happened_at=NOW - timedelta(days=2 - step))
    slate = shown(workspace, "ben")
    assert slate.items[0].id == "i2"
    assert "sequence" in slate.meta["sources"]
    eve = make_user(workspace, "eve")
    for step, item in enumerate((1, 0)):
        make_interaction(eve, items[item], happened_at=NOW - timedelta(days=2 - step))
    assert shown(workspace, "eve").items[0].id == "i3", "the newest interaction counts at once"
    assert "sequence" not in shown(workspace, "eve", sources=["neighbours"]).meta["sources"]

    rollback(workspace.pk, "sequence")
    assert "sequence" not in shown(workspace, "ben").meta["sources"], "from the next request on"
    assert learn_due(workspace.pk).exists()
    learn(workspace.pk)
    assert "sequence" not in serving(workspace).report["gates"]
    assert not learn_due(workspace.pk).exists()


def test_what_judges_has_seen_nothing_of_what_is_hidden(workspace, items):
    hidden = make_item(workspace, "hidden")
    make_interaction(make_user(workspace), hidden, happened_at=NOW)
    model = train(order_for(workspace, epochs=1))
    lesson = load_lesson(workspace.pk)
    before = model.config["hidden_from"]
    assert 0.1 < (lesson.log.times >= before).mean() < 0.25
    folder = folder_of(model.name)
    assert hidden.pk in read_kept(folder, WHOLE).ids
    assert hidden.pk not in read_kept(folder, REHEARSED).ids
    late = make_item(workspace, "late")
    make_interaction(make_user(workspace), late, happened_at=NOW)
    promote(model)
    told = load_foreteller(workspace.pk, load_lesson(workspace.pk).items)
    assert told.before == before
    assert not told.table[-1].any(), "an item that is newer than the model has no place"


def test_the_same_seed_gives_the_same_files(workspace, items):
    first, second = (train(order_for(workspace, epochs=1)) for _ in range(2))
    assert first.files[WHOLE] == second.files[WHOLE]
    assert first.files[REHEARSED] == second.files[REHEARSED]


def test_a_gate_that_stays_closed_leaves_the_source_unasked(workspace):
    fill_with_ways(workspace, tells=False)
    learn(workspace.pk)
    model = train(order_for(workspace))
    assert model.state == TrainedModel.State.REFUSED
    promote(model)
    learn(workspace.pk)
    fit = serving(workspace)
    gate = fit.report["gates"]["sequence"]
    assert not gate["is_open"]
    assert fit.config["sequence"] == ""
    assert not fit.spaces.filter(source="sequence").exists()
    assert "sequence" not in shown(workspace, "u1").meta["sources"]
    assert not learn_due(workspace.pk).exists(), "the fit knows that model"


def test_after_an_erasure_the_model_waits_to_be_learnt_anew(workspace, items):
    model = train(order_for(workspace))
    workspace.erasures += 1
    workspace.save(update_fields=["erasures"])
    assert load_foreteller(workspace.pk, load_lesson(workspace.pk).items) is None
    assert load_whole(workspace.pk, model.name) is None


def test_a_changed_file_is_left_out_by_learning(workspace, items):
    model = train(order_for(workspace))
    assert load_foreteller(workspace.pk, load_lesson(workspace.pk).items) is not None
    (folder_of(model.name) / "sequence.json").write_text('{"heads": 1, "before": 0}', "utf-8")
    assert load_foreteller(workspace.pk, load_lesson(workspace.pk).items) is None


def test_there_must_be_something_to_stand_beside_and_enough_to_learn_from(workspace):
    with pytest.raises(InvalidError, match="Nothing was learnt"):
        train(order_for(workspace))
    make_interaction(make_user(workspace), make_item(workspace))
    learn(workspace.pk)
    with pytest.raises(InvalidError, match="Too few users"):
        train(order_for(workspace))
    assert not TrainedModel.objects.exists()
    with pytest.raises(InvalidError):
        order_for(workspace, goes_on=True).checked()


def test_a_used_up_budget_refuses_it_and_the_command_tells_what_it_found(workspace, items):
    told = StringIO()
    call_command("train", "sequence", "--epochs", "1", workspace=workspace.name, stdout=told)
    assert "NDCG@20 of hidden likings" in " ".join(told.getvalue().split())
    set_budget(workspace=workspace, seconds=0, tokens=None)
    with pytest.raises(NotReadyError):
        train(order_for(workspace))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_trains_it_and_a_killed_one_leaves_nothing_half_done(workspace, start_worker):
    """The order outlives its worker: the next one that is there takes it up."""
    fill_with_ways(workspace)
    learn(workspace.pk)
    worker = start_worker()
    call_command(
        *("train", "sequence", "--background", "--epochs", "100000"),
        workspace=workspace.name,
        stdout=StringIO(),
    )
    job = JobRun.objects.filter(name="train sequence")
    wait_until(
        lambda: job.filter(state=JobRun.State.RUNNING, attempts=1).exists(),
        seconds=120,
        what="training to begin",
    )
    worker.kill()
    flush_queue()
    assert not TrainedModel.objects.exists()
    assert find_running(workspace.pk, "sequence") is None
    JobRun.objects.update(state=JobRun.State.FAILED, finished_at=NOW)
    start_worker()
    call_command(
        *("train", "sequence", "--background", "--epochs", "1"),
        workspace=workspace.name,
        stdout=StringIO(),
    )
    wait_until(
        lambda: TrainedModel.objects.exclude(state=TrainedModel.State.CANDIDATE).exists(),
        seconds=240,
        what="a model that was judged",
    )
    model = TrainedModel.objects.get()
    kept = read_kept(folder_of(model.name), WHOLE)
    assert len(kept.ids) == 4 * GROUPS
    assert np.isfinite(kept.vectors).all()
