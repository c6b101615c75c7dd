"""What is typed wrongly into a form is named, with what to type instead, and changes nothing."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from profiles.models import Kind, Statement
from recommendations.models import ServingSettings
from tests.factories import make_workspace
from tests.likeness.people import Reader, make_reader, make_staff

pytestmark = pytest.mark.django_db

KIND = {"name": "nod", "polarity": "1", "weight": "0.5", "half_life_days": "30"}
KINDS = [
    ({"polarity": "7"}, "7 is none of 1 (took to it), -1 (turned from it) and 0 (neither)."),
    ({"weight": "9"}, "9 is not from 0 to 1."),
    ({"half_life_days": "-3"}, "-3 is no number of days above 0."),
    ({"value_best": "5"}, "Give both the neutral and the best value, or neither."),
    ({"value_middle": "3", "value_best": "2"}, "above the neutral one, which is 3."),
]


@pytest.fixture
def reader() -> Reader:
    return make_reader()


@pytest.fixture
def visitor(reader) -> Client:
    return signed_in(reader.account)


@pytest.fixture
def chief() -> Client:
    return signed_in(make_staff("chief"))


def signed_in(account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def answer_to(client: Client, path: str, sent: dict[str, object]) -> str:
    return html.unescape(client.post(path, sent, follow=True).content.decode())


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"tag": "", "polarity": "1"}, "Write what it is, in a word or two."),
        ({"tag": "gothic", "polarity": "9"}, "Say whether you like it, or would rather not"),
        ({"tag": "!!!", "polarity": "1"}, "“!!!” cannot stand on a portrait. Try another word"),
    ],
)
def test_what_cannot_be_said_of_oneself(reader, visitor, sent, told):
    before = Statement.objects.count()
    assert told in answer_to(visitor, reverse("declare"), sent)
    assert Statement.objects.count() == before


def test_neither_pausing_nor_resuming_changes_nothing(reader, visitor):
    visitor.post(reverse("pause"), {"pause": "yes"})
    assert "Nothing was changed." in answer_to(visitor, reverse("pause"), {"pause": "perhaps"})
    reader.user.refresh_from_db()
    assert reader.user.is_paused


def test_nothing_is_erased_without_the_tick(reader, visitor):
    told = "Tick this if everything is to be erased."
    assert told in answer_to(visitor, reverse("erase"), {})
    reader.user.refresh_from_db()


@pytest.mark.parametrize(("wrong", "told"), KINDS)
def test_a_kind_without_sense(chief, wrong, told):
    workspace = make_workspace()
    before = Kind.objects.count()
    page = answer_to(
        chief, reverse("admin:profiles_kind_add"), KIND | wrong | {"workspace": workspace.pk}
    )
    assert told in page
    assert "Constraint" not in page
    assert Kind.objects.count() == before


def test_a_kind_with_sense_is_kept(chief):
    sent = KIND | {"workspace": make_workspace().pk, "value_middle": "3", "value_best": "5"}
    answer_to(chief, reverse("admin:profiles_kind_add"), sent)
    assert Kind.objects.get(name="nod").value_best == 5.0


def test_a_share_that_cannot_be_explored(chief):
    sent = {"workspace": make_workspace().pk, "explored_share": "3"}
    page = answer_to(chief, reverse("admin:recommendations_servingsettings_add"), sent)
    assert "3 is not from 0 to 0.5: 0.1 gives one place in ten." in page
    assert not ServingSettings.objects.exists()
