"""Lists of the admin that are empty, or leave nothing out; and how accounts are made there."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from profiles.models import Segment
from tests.factories import make_workspace
from tests.likeness.people import PASSWORD, make_reader, make_staff

pytestmark = pytest.mark.django_db

LISTS = {
    "catalog_item": "manage.py ingest FOLDER",
    "catalog_trainedmodel": "The page “Training” orders it.",
    "profiles_user": "manage.py ingest FOLDER",
    "profiles_statement": "A worker draws portraits",
    "recommendations_fit": "A worker learns",
    "recommendations_experiment": "Add experiment",
    "core_stagerun": "make worker",
    "accounts_apikey": "manage.py apikey",
}


@pytest.fixture
def chief() -> Client:
    client = Client()
    client.force_login(make_staff("chief"))
    return client


def list_of(client: Client, name: str, query: str = "") -> str:
    page = client.get(reverse(f"admin:{name}_changelist") + query)
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize(("name", "words"), LISTS.items())
def test_an_empty_list_says_how_rows_come_to_be(chief, name, words):
    make_workspace()
    page = list_of(chief, name)
    assert "Nothing here yet" in page
    assert words in page


def test_a_search_that_finds_nothing_offers_to_show_everything(chief):
    make_reader()
    page = list_of(chief, "catalog_item", "?q=nowhere")
    assert "Nothing matches" in page
    assert '<a class="lk-button" href="?">Show all</a>' in page
    assert "manage.py ingest" not in page


def test_only_a_list_that_leaves_something_out_offers_to_show_everything(chief):
    make_reader()
    assert "Show all" not in list_of(chief, "catalog_item")
    assert "Show all" in list_of(chief, "catalog_item", "?q=Gothic")
    assert "Show all" in list_of(chief, "catalog_item", "?is_available__exact=1")


def test_the_one_workspace_there_is_is_chosen_already(chief):
    only = make_workspace()
    assert f'<option value="{only.pk}" selected>' in form_of(chief, "catalog_tag")
    make_workspace()
    assert f'<option value="{only.pk}" selected>' not in form_of(chief, "catalog_tag")


def form_of(client: Client, name: str) -> str:
    return client.get(reverse(f"admin:{name}_add")).content.decode()


def test_an_account_is_made_with_a_password_in_fields_that_can_be_seen(chief):
    field = form_of(chief, "accounts_account").partition('name="password1"')[2].partition(">")[0]
    assert "border" in field
    sent = {"username": "mina", "usable_password": "true"}
    sent |= {"password1": PASSWORD, "password2": PASSWORD}
    chief.post(reverse("admin:accounts_account_add"), sent)
    made = Account.objects.get(username="mina")
    assert made.check_password(PASSWORD)
    page = chief.get(reverse("admin:accounts_account_change", args=[made.pk])).content.decode()
    assert '<a class="lk-link" href="../password/">Set a new one</a>' in page


def test_an_account_speaks_a_language_that_pages_are_in(chief):
    made = Account.objects.create_user("mina")
    page = reverse("admin:accounts_account_change", args=[made.pk])
    refused = chief.post(page, {"username": "mina", "language": "tlh"}).content.decode()
    assert "tlh is not one of the available choices" in refused
    chief.post(page, {"username": "mina", "language": "zh-hans"})
    made.refresh_from_db()
    assert made.language == "zh-hans"


@pytest.mark.parametrize("name", ["profiles_user", "profiles_statement", "profiles_segment"])
def test_no_link_of_a_list_is_empty(chief, name):
    reader = make_reader()
    place = {"workspace": reader.world.workspace, "space": reader.world.space}
    Segment.objects.create(number=1, size=1, names={"en": "gothic"}, centroid=[1.0, 0.0], **place)
    rows = list_of(chief, name).partition('id="result_list"')[2].partition("</table>")[0]
    assert "gothic" in rows or "ada" in rows
    assert "<a " in rows
    assert not re.search(r"<a [^>]*>\s*</a>", rows)
