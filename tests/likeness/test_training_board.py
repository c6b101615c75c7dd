"""Training without a terminal."""

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from catalog.models import TrainedModel
from core import orders
from core.jobs import Job
from core.models import JobRun
from profiles.models import Review
from profiles.queries.labelled import LEAST
from profiles.services.quality import look_over
from recommendations.models import Fit
from tests.factories import make_item, make_review, make_user
from tests.likeness.people import make_staff

Role = Membership.Role
ASKED = {"do": "train", "use": "sentiment", "method": "frozen", "minutes": "7"}


@pytest.fixture
def sent(monkeypatch) -> list:
    """What is asked of the workers."""
    found: list = []
    monkeypatch.setattr(orders, "enqueue", lambda job, **order: found.append((job, order)))
    return found


def browser(workspace, role: str = Role.OWNER) -> Client:
    client = Client()
    client.force_login(make_staff(f"staff-{role}", workspace, role=role))
    return client


def page(client: Client, view: str = "training") -> str:
    return " ".join(client.get(reverse(view)).content.decode().split())


def post(client: Client, **asked: str) -> str:
    return client.post(reverse("training"), asked, follow=True).content.decode()


def rate(workspace, count: int) -> None:
    """Reviews of so many pleased and as many displeased writers."""
    item = make_item(workspace)
    for number in range(2 * count):
        make_review(make_user(workspace), item, "Words.", value=5.0 if number % 2 else 1.0)
    Review.objects.update(clean_text=F("text"), cleaned_source=F("source_hash"))


def make_running(workspace) -> TrainedModel:
    return TrainedModel.objects.create(
        workspace=workspace,
        use="sentiment",
        method="frozen",
        base="b",
        name="sentiment-old",
        digest="d",
        state=TrainedModel.State.RUNNING,
        metrics={"gain": {"value": 0.1, "low": 0.05, "high": 0.15}},
    )


def test_enough_rated_reviews_and_no_head_are_said_on_both_pages(workspace):
    client = browser(workspace)
    rate(workspace, 2)
    assert f"A head wants {LEAST} of each." in page(client)
    assert "Train a head" not in page(client, "quality")
    rate(workspace, LEAST)
    assert "They are enough, and word lists still read them" in page(client)
    assert "Train a head" in page(client, "quality")
    look_over(workspace.pk)
    assert "Train a head" in page(client, "quality")
    make_running(workspace)
    assert "word lists still read them" not in page(client)
    assert "Train a head" not in page(client, "quality")


def test_an_owner_asks_the_workers_for_a_training(workspace, sent, settings):
    settings.TEXT_SETS = "/sets"
    assert "Asked for; a worker begins" in post(browser(workspace), **ASKED)
    run = JobRun.objects.get(workspace=workspace)
    order = {"use": "sentiment", "method": "frozen", "minutes": 7, "texts": "/sets"}
    assert order.items() <= run.order.items()
    assert (run.name, run.state, run.total) == ("train sentiment", "queued", 100)
    assert sent == [(Job.TRAIN, {"order_id": str(run.pk)})]


def test_a_second_click_orders_nothing_and_says_that_it_waits(workspace, sent, settings):
    settings.TEXT_SETS = "/sets"
    owner = browser(workspace)
    post(owner, **ASKED)
    assert "It waits for a worker." in page(owner)
    assert "It is ordered already, and waits for a worker." in post(owner, **ASKED)
    assert len(sent) == JobRun.objects.count() == 1
    assert "Asked for; a worker begins" in post(owner, **ASKED | {"use": "safety"})


@pytest.mark.parametrize(
    "wrong",
    [
        *({"use": "taste"}, {"method": "masked"}, {"minutes": "0"}, {"minutes": "x"}),
        *({"minutes": "0000000070000"}, {"minutes": "7" * 5_000}),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(workspace, sent, settings, wrong):
    settings.TEXT_SETS = "/sets"
    assert "Asked for" not in post(browser(workspace), **ASKED | wrong)
    assert not sent


def test_without_enough_to_learn_from_or_while_one_runs_nothing_is_asked(workspace, sent, settings):
    owner = browser(workspace)
    assert "Too few reviews say yet" in post(owner, **ASKED)
    assert "LIKENESS_TEXT_SETS" in post(owner, **ASKED | {"use": "safety"})
    settings.TEXT_SETS = "/sets"
    JobRun.objects.create(workspace=workspace, name="train sentiment", state="running", total=100)
    assert "A worker is training it already." in post(owner, **ASKED)
    assert not sent


def test_only_owners_train_and_others_may_look(workspace, sent, settings):
    settings.TEXT_SETS = "/sets"
    curator = browser(workspace, Role.CURATOR)
    assert "<select" not in page(curator)
    assert "Only owners" in post(curator, **ASKED)
    assert not sent
    assert Client().get(reverse("training")).status_code == 302


def test_a_run_is_shown_with_its_progress_and_its_end(workspace):
    JobRun.objects.create(
        workspace=workspace, name="train sentiment", state="running", done=40, total=100
    )
    JobRun.objects.create(
        workspace=workspace, name="train safety", state="failed", message="There are too few texts."
    )
    told = page(browser(workspace))
    assert '<progress max="100" value="40">' in told
    assert "There are too few texts." in told
    assert "A worker is at it." in told


def test_an_owner_goes_a_step_back(workspace):
    model = make_running(workspace)
    owner = browser(workspace)
    assert "sentiment-old" in page(owner)
    assert "+0.1000" in page(owner)
    assert "The packaged default runs again." in post(owner, do="back", use="sentiment")
    model.refresh_from_db()
    assert model.state == TrainedModel.State.RETIRED


def test_a_sequence_model_wants_something_learnt_to_stand_beside(workspace, sent):
    client = browser(workspace)
    asked = {"do": "train", "use": "sequence", "method": "causal", "minutes": "7"}
    assert "could stand beside" in page(client)
    assert "could stand beside" in post(client, **asked)
    assert not sent
    Fit.objects.create(workspace=workspace, state=Fit.State.SERVING, version="1")
    assert "could stand beside" not in page(client)
    post(client, **asked)
    assert JobRun.objects.get().name == "train sequence"
