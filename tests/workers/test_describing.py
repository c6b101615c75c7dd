"""Describing, as a worker does it: the template at once, the generator behind it."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.models import Claim, StageRun
from core.stages import Stage
from likeness.checks import endpoint_has_a_model
from profiles.models import Profile, Statement, User
from tests.factories import make_tag, make_user
from tests.language.protocol import chat, serving
from tests.profiles.readers import NOW
from workers.generator_setting import generator_name
from workers.generators import load_generator
from workers.stages import BY_STAGE, count_due, count_parked
from workers.tasks import describing

pytestmark = pytest.mark.django_db
PLAN = BY_STAGE[Stage.DESCRIBE]


@pytest.fixture
def user(workspace) -> User:
    user = make_user(workspace)
    for key in ("noir", "satire"):
        Statement.objects.create(
            workspace=workspace,
            user=user,
            tag=make_tag(workspace, key),
            polarity=1,
            strength=0.9,
            confidence=0.9,
            level=Statement.Level.OBSERVED,
            status=Statement.Status.ACTIVE,
            valid_from=NOW,
            model="t",
            version="1",
        )
    return user


@pytest.fixture
def set_endpoint(settings, monkeypatch):
    """A function that lets the settings name an endpoint."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def name(url: str) -> None:
        settings.GENERATOR_URL, settings.GENERATOR_MODEL = url, "tiny"

    return name


def told(user: User) -> dict:
    return Profile.objects.get(user=user).descriptions["en"]


def test_without_a_generator_the_template_describes_and_nothing_is_left_to_do(
    settings, workspace, user
):
    settings.GENERATOR, settings.GENERATOR_URL = "template", ""
    assert load_generator() is None
    assert describing.describe(workspace.pk) == 1
    assert told(user)["how"] == "template"
    assert count_due(PLAN, workspace.pk) == 0


def test_behind_the_template_the_generator_is_asked_and_its_tokens_are_charged(
    workspace, user, set_endpoint
):
    with serving(lambda _: chat("They love noir and satire.", tokens=50)) as served:
        set_endpoint(served.url)
        assert generator_name() == f"tiny at {served.url}"
        assert describing.describe(workspace.pk) == 2  # once by the template, once phrased
    assert (told(user)["how"], told(user)["model"]) == ("generator", "tiny")
    assert count_due(PLAN, workspace.pk) == 0
    runs = dict(StageRun.objects.values_list("stage", "tokens"))
    assert runs == {"describe.users": 0, "describe.phrasing": 100}  # English and Chinese


def test_where_the_generator_is_away_the_template_stands_and_the_user_waits_apart(
    workspace, user, set_endpoint
):
    with serving(lambda _: (401, {}, b"{}")) as served:
        set_endpoint(served.url)
        assert describing.describe(workspace.pk) == 1
        asked = len(served.requests)
        describing.describe(workspace.pk)
        assert len(served.requests) == asked == 1  # nobody asks again before the claim ends
    assert told(user)["how"] == "template"
    assert count_due(PLAN, workspace.pk) == count_parked(PLAN, workspace.pk) == 1
    Claim.objects.all().delete()
    with serving(lambda _: chat("They love noir and satire.")) as served:
        set_endpoint(served.url)
        describing.describe(workspace.pk)
    assert told(user)["how"] == "generator"


def test_another_generator_has_everybody_phrased_again(workspace, user, set_endpoint):
    with serving(lambda _: chat("They love noir and satire.")) as served:
        set_endpoint(served.url)
        describing.describe(workspace.pk)
    with serving(lambda _: chat("They are fond of noir and satire.")) as served:
        set_endpoint(served.url)
        assert count_due(PLAN, workspace.pk) == 1
        describing.describe(workspace.pk)
    assert count_due(PLAN, workspace.pk) == 0


def test_the_settings_refuse_an_address_without_a_model(settings):
    settings.GENERATOR_URL, settings.GENERATOR_MODEL = "http://localhost:1/v1", ""
    assert [error.id for error in endpoint_has_a_model()] == ["likeness.E002"]
    settings.GENERATOR_MODEL = "tiny"
    assert endpoint_has_a_model() == []


def asked(*arguments: str) -> dict:
    out = StringIO()
    call_command("describe", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_report_tells_who_wrote_and_the_trial_how_a_generator_would_do(
    workspace, user, set_endpoint
):
    describing.describe(workspace.pk)
    report = asked("--report")
    assert (report["described"], report["template"], report["template_share"]) == (1, 1, 1.0)
    with serving(lambda _: chat("They love noir and hate satire.", tokens=40)) as served:
        set_endpoint(served.url)
        trial = asked("--try", "5")
    assert (trial["users"], trial["sentences"], trial["kept_share"]) == (1, 1, 0.0)
    assert (trial["claims"], trial["supported_share"], trial["tokens"]) == (2, 0.5, 40.0)
    assert trial["problems"] == {"contradicted": 1}
    assert trial["ways"] == {"template": 1}
    assert told(user)["how"] == "template"  # a trial keeps nothing


def test_a_trial_without_a_generator_says_what_is_missing(settings, workspace):
    settings.GENERATOR, settings.GENERATOR_URL = "template", ""
    with pytest.raises(CommandError, match="No generator is set"):
        call_command("describe", "--try", "5")
