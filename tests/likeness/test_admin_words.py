"""What staff read in the admin: labels that can be translated, and rows told in words."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Scenario
from core.models import JobRun
from core.stage_words import REFRESH, job_in_words, stage_in_words
from core.stages import Stage
from likeness.pages.beliefs import kind_in_words
from profiles.kind_words import kind_in_a_word, kind_names
from profiles.models import Statement
from profiles.scenarios import presets_of
from recommendations.models import Slate
from recommendations.rows import SlateRequest
from recommendations.services import serving
from tests.likeness.people import Reader, make_reader, make_staff
from tests.recommendations.worlds import NOW
from workers.methods import METHODS
from workers.orders import name_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Reader:
    return make_reader(size=30)


@pytest.fixture
def chief() -> Client:
    client = Client()
    client.force_login(make_staff("chief"))
    return client


def text_of(response) -> str:
    return response.content.decode()


def test_every_stage_and_every_kind_of_a_scenario_has_a_name():
    assert [stage for stage in Stage if stage_in_words(stage.value) == stage.value] == []
    assert stage_in_words("clean.items") == "cleaning · items"
    assert stage_in_words("learn.workspace") == "learning"
    assert stage_in_words("something.new") == "something · new"
    brought = {kind for scenario in Scenario for kind in presets_of(scenario)}
    assert brought - set(kind_names()) == set()
    assert [kind for kind in brought if not kind_in_words(kind).startswith("You ")] == []
    assert kind_in_a_word("mine") == "mine"


def test_every_job_has_a_name():
    names = [REFRESH, *map(name_of, METHODS)]
    assert [name for name in names if job_in_words(name) == name] == []
    assert job_in_words("train sentiment") == "training · how pleased a text sounds"
    assert job_in_words("train something") == "train something"


def test_a_job_is_told_with_what_came_out(reader, chief):
    here = {"workspace": reader.world.workspace, "state": JobRun.State.DONE}
    drawn = JobRun.objects.create(name=REFRESH, result={"state": 7}, started_at=NOW, **here)
    JobRun.objects.create(name="train safety", result={"model": "judge-3", "runs": True}, **here)
    page = text_of(chief.get(reverse("admin:core_jobrun_changelist")))
    assert '<span title="train safety">training · how safe a text is to show</span>' in page
    assert 'title="every stage"' in page
    page = text_of(chief.get(reverse("admin:core_jobrun_change", args=[drawn.pk])))
    assert "<li>drawing statements: 7</li>" in page
    assert f"{NOW:%Y-%m-%d %H:%M:%S}" in page


def test_a_statement_is_told_with_its_evidence(reader, chief):
    statement = Statement.objects.get(user=reader.user)
    page = text_of(chief.get(reverse("admin:profiles_statement_change", args=[statement.pk])))
    assert page.count('<q class="lk-quote">A fine cold house.</q>') == 2
    assert "+0.70" in page
    assert "gothic" in page


def test_a_slate_is_told_as_titles_with_scores_and_reasons(reader, chief):
    served = serving.recommend(
        workspace=reader.world.workspace,
        request=SlateRequest(user=reader.user.external_id, length=3),
        now=NOW,
    )
    page = text_of(chief.get(reverse("admin:recommendations_slate_change", args=[served.id])))
    places = [page.index(f"<b>{item.title}</b>") for item in served.items]
    assert places == sorted(places)
    assert "Fits your liking for gothic" in page
    assert Slate.objects.count() == 1


def test_a_new_experiment_shows_how_arms_are_written(reader, chief):
    page = text_of(chief.get(reverse("admin:recommendations_experiment_add")))
    assert "no tags" in page
    assert ">null<" not in page
