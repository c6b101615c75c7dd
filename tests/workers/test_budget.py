"""A budget pauses the queue of the models, not the service, and never loses a row."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rich.console import Console

from accounts.models import Workspace
from accounts.services.workspaces import set_budget
from core import claims
from core.models import StageRun
from core.stages import Stage
from language.meter import METER
from likeness import health
from profiles.models import Reading, Review, User
from profiles.rows import InteractionIn
from profiles.services.interactions import record_interactions
from tests.factories import make_item, make_review, make_user
from workers import budget, loop, parts
from workers.booking import booked
from workers.following import follow, look
from workers.management.commands.refresh import refresh
from workers.stages import BY_STAGE, PLANS, has_due, next_due
from workers.tasks import texts
from workers.tasks.describing import describe
from workers.tasks.portraits import refresh_user
from workers.tasks.sweep import sweep

BUSY_SECONDS = 100.0


@pytest.fixture
def reviews(workspace) -> list:
    item = make_item(workspace, text="A slow sea voyage.", given_tags=["Sea stories"])
    return [
        make_review(make_user(workspace), item, f"The plot drags, and chapter {number} is long.")
        for number in range(3)
    ]


def spend(workspace, *, seconds: float = 0.0, tokens: int = 0, days_ago: int = 0) -> None:
    run = StageRun.objects.create(
        workspace=workspace, stage="encode.items", rows=1, seconds=seconds, tokens=tokens
    )
    at = timezone.now() - timedelta(days=days_ago)
    StageRun.objects.filter(pk=run.pk).update(finished_at=at)


def limit(workspace, *, seconds: int | None = None, tokens: int | None = None) -> None:
    set_budget(workspace=workspace, seconds=seconds, tokens=tokens)


def test_without_a_budget_nothing_is_paused(workspace, django_assert_num_queries):
    spend(workspace, seconds=BUSY_SECONDS, tokens=10**9)
    with django_assert_num_queries(1):
        assert budget.paused_parts(workspace.pk) == frozenset()


@pytest.mark.parametrize("limits", [{"seconds": 90}, {"tokens": 500}])
def test_a_used_up_budget_pauses_the_models_and_nothing_else(workspace, limits):
    spend(workspace, seconds=BUSY_SECONDS, tokens=500)
    limit(workspace, **limits)
    paused = budget.paused_parts(workspace.pk)
    of_stages = {plan.claims_of(part) for plan in PLANS for part in plan.parts}
    assert paused & of_stages == {
        *("encode.served", "encode.items", "encode.reviews", "read.reviews"),
        *("tag.items", "tag.vocabulary", "describe.phrasing"),
    }
    trainings = {"encoder", "safety", "sentiment", "sequence"}
    assert paused - of_stages == {f"train.{use}" for use in trainings}


def test_whatever_is_waited_for_charged_or_put_off_by_name_is_there():
    names = {name for key, name in vars(parts).items() if key.isupper()}
    assert names <= {plan.claims_of(part) for plan in PLANS for part in plan.parts}
    assert names >= {one for one in budget.CHARGED if not one.startswith(budget.TRAINING)}


def test_a_used_up_budget_leaves_the_templates_descriptions_alone(workspace):
    user = make_user(workspace)
    User.objects.update(stated_revision=9, tasted_revision=9, portrait_revision=2)
    limit(workspace, seconds=0)
    plan = BY_STAGE[Stage.DESCRIBE]
    assert has_due(plan, workspace.pk, paused=budget.paused_parts(workspace.pk))
    describe(workspace.pk)
    assert User.objects.get(pk=user.pk).described_revision == 2
    run = StageRun.objects.get(stage="describe.users")
    assert run.model == ""


def test_a_portrait_drawn_at_once_is_booked_like_any_other(workspace, reviews):
    texts.clean_texts(workspace.pk)
    user = User.objects.order_by("pk")[0]
    assert refresh_user(user.pk)
    runs = StageRun.objects.filter(stage__endswith=".users").values_list("stage", "rows")
    assert dict(runs) == {"state.users": 1, "describe.users": 1}


def test_work_that_breaks_is_booked_for_what_it_took(workspace):
    with pytest.raises(RuntimeError):
        break_after_seven_tokens(workspace)
    run = StageRun.objects.get()
    assert (run.stage, run.model, run.rows, run.tokens) == ("train.safety", "m", 0, 7)
    assert budget.balance_of(workspace.pk).spent.tokens == 7


def break_after_seven_tokens(workspace) -> None:
    with booked(workspace.pk, "train.safety", model="m"):
        METER.add(7)
        raise RuntimeError


def test_tags_that_a_generator_writes_are_booked_as_its(workspace, reviews, settings, monkeypatch):
    texts.clean_texts(workspace.pk)
    settings.GENERATED_TAGS = True
    settings.GENERATOR_URL, settings.GENERATOR_MODEL = "http://nowhere", "some-model"
    monkeypatch.setattr(texts, "written_for", lambda _: METER.add(3) or {})
    texts.tag_items(workspace.pk)
    run = StageRun.objects.get(stage="tag.items")
    assert (run.model, run.tokens) == (texts.generator_name(), 3)
    assert "some-model" in run.model


def test_yesterdays_spending_is_forgotten_at_midnight(workspace):
    spend(workspace, seconds=BUSY_SECONDS, days_ago=1)
    limit(workspace, seconds=50)
    assert budget.paused_parts(workspace.pk) == frozenset()
    assert budget.balance_of(workspace.pk).resumes_at.time().isoformat() == "00:00:00"


def test_a_paused_stage_claims_no_row_and_those_behind_it_go_on(workspace, reviews, monkeypatch):
    asked = []
    monkeypatch.setattr(loop, "enqueue", lambda job, **_: asked.append(job.value))
    texts.clean_texts(workspace.pk)
    spend(workspace, seconds=BUSY_SECONDS)
    limit(workspace, seconds=50)
    asked.clear()
    assert texts.read_reviews(workspace.pk) == 0
    assert not Reading.objects.exists()
    assert asked == ["stages.state"]
    assert next_due(workspace.pk).stage == Stage.STATE


def test_a_stage_ends_with_the_batch_that_uses_the_budget_up(workspace, reviews):
    texts.clean_texts(workspace.pk)
    limit(workspace, tokens=25)
    plan, done = BY_STAGE[Stage.READ], []

    def work(_: int, ids: list[int]) -> int:
        done.extend(ids)
        METER.add(10 * len(ids))
        return len(ids)  # nothing is stored, so that the same rows stay due

    loop.run(plan, workspace.pk, {"reviews": work}, models={"reviews": "m"})
    assert len(done) == len(reviews)
    assert loop.run(plan, workspace.pk, {"reviews": work}, models={"reviews": "m"}) == 0
    assert StageRun.objects.get(stage="read.reviews").tokens == 30


def test_nobody_waits_for_what_the_budget_pauses(workspace, reviews):
    texts.clean_texts(workspace.pk)
    User.objects.update(stated_revision=9, tasted_revision=9)
    limit(workspace, seconds=0)
    plans = [BY_STAGE[Stage.READ]]
    looked = list(follow(workspace.pk, plans, since=timezone.now()))[-1]
    assert (looked[0].due, looked[0].is_paused, looked[0].is_finished) == (3, True, True)


def test_the_sweep_asks_for_nothing_that_is_paused_and_for_all_once_it_is_raised(
    workspace, reviews, monkeypatch, django_capture_on_commit_callbacks
):
    texts.clean_texts(workspace.pk)
    asked = []
    monkeypatch.setattr("workers.tasks.sweep.enqueue", lambda job, **_: asked.append(job.value))
    limit(workspace, tokens=0)
    sweep(workspace.pk)
    assert asked == ["stages.state"]
    limit(workspace, tokens=None)
    sweep(workspace.pk)
    assert asked == ["stages.state", "stages.encode"]


def test_health_says_that_a_budget_holds_the_models_back_and_stays_well(workspace):
    assert health.budget_answers() == "ok"
    limit(workspace, seconds=0)
    assert health.budget_answers() == "models paused by budget in 1 workspaces"
    assert "budget" in health.WISHED


def told_by_costs(workspace, **options) -> str:
    out = StringIO()
    call_command("costs", workspace=workspace.name, stdout=out, **options)
    return " ".join(out.getvalue().split())


def test_the_command_shows_costs_and_sets_one_limit_without_the_other(workspace):
    spend(workspace, seconds=12.5, tokens=4_000)
    assert "no budget is set" in told_by_costs(workspace)
    told = told_by_costs(workspace, budget_seconds=10)
    assert "12.5 seconds and 4,000 tokens of models today, of 10 seconds: used up" in told
    told_by_costs(workspace, budget_tokens=9_000)
    kept = Workspace.objects.get(pk=workspace.pk)
    assert (kept.budget_seconds, kept.budget_tokens) == (10, 9_000)
    told_by_costs(workspace, budget_seconds=-1)
    assert Workspace.objects.get(pk=workspace.pk).budget_seconds is None


def told_by_refresh(workspace, plans) -> str:
    out = StringIO()
    refresh(workspace, plans, Console(file=out, width=300), since=timezone.now())
    return out.getvalue()


def test_what_waits_for_its_budget_is_not_called_up_to_date(reviews, workspace):
    texts.clean_reviews(workspace.pk, list(Review.objects.values_list("pk", flat=True)))
    limit(workspace, seconds=0)
    told = told_by_refresh(workspace, [BY_STAGE[Stage.READ]])
    assert "for today is used up: 3 of read wait until midnight UTC" in told
    assert "up to date" not in told
    Review.objects.all().delete()
    told = told_by_refresh(workspace, [BY_STAGE[Stage.READ]])
    assert f"The stage read of {workspace.name} is up to date" in told


def test_what_failed_is_not_called_up_to_date(reviews, workspace):
    clean, out = BY_STAGE[Stage.CLEAN], StringIO()
    for part in clean.parts:
        name, due = clean.claims_of(part), part.due(workspace.pk)
        claims.park(name, claims.claim(name, due, limit=9, lease=timedelta(minutes=5)))
    with pytest.raises(CommandError, match=r"Some rows failed .*: 4 of clean"):
        refresh(workspace, [clean], Console(file=out), since=timezone.now())
    assert "up to date" not in out.getvalue()


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_stops_at_the_budget_and_goes_on_when_it_is_raised(worker, workspace):
    make_item(workspace, "voyage", text="A slow sea voyage.")
    user = make_user(workspace, "reader")
    limit(workspace, tokens=0)
    review = {"user": "reader", "item": "voyage", "kind": "review", "value": 4.0}
    rows = [InteractionIn.parse(review | {"text": "The plot drags, but how it is written!"})]
    record_interactions(workspace=workspace, rows=rows, now=datetime.now(tz=UTC))
    assert worker.finds(lambda: User.objects.get(pk=user.pk).stated_revision > 0)
    assert worker.finds(lambda: has_due(BY_STAGE[Stage.ENCODE], workspace.pk))
    assert not StageRun.objects.filter(stage__startswith="encode.").exists()
    limit(workspace, tokens=100_000)
    assert worker.finds(lambda: next_due(workspace.pk) is None)
    encoded = StageRun.objects.filter(stage="encode.items").first()
    assert encoded is not None
    assert encoded.tokens > 0
    assert not any(each.due for each in look(workspace.pk, PLANS, since=timezone.now()))
