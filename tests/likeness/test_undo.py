"""Staff take back the last word on a statement, from the portrait's page."""

import pytest
from django.test import Client
from django.urls import reverse

from profiles.models import Statement
from profiles.services.corrections import reject
from tests.likeness.people import Reader, give_statements, make_reader, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(reader: Reader) -> Client:
    """A curator's browser, in the reader's workspace."""
    client = Client()
    client.force_login(make_staff("curator", reader.world.workspace))
    return client


def portrait_of(reader: Reader) -> str:
    return reverse("admin:profiles_user_change", args=[reader.user.pk])


def text_of(response) -> str:
    return response.content.decode()


def test_the_last_word_on_a_statement_is_undone(reader, curator):
    statement = Statement.objects.get(user=reader.user)
    assert 'value="undo"' not in text_of(curator.get(portrait_of(reader)))
    change = {"statement": statement.pk, "verdict": "reject"}
    page = text_of(curator.post(portrait_of(reader), change, follow=True))
    assert 'value="undo"' in page
    page = text_of(curator.post(portrait_of(reader), change | {"verdict": "undo"}, follow=True))
    assert "Undone. The list beside the statements has followed." in page
    assert "Fits your liking for gothic" in page
    statement.refresh_from_db()
    assert (statement.status, statement.reviewed_by) == (Statement.Status.ACTIVE, None)
    again = text_of(curator.post(portrait_of(reader), change | {"verdict": "undo"}, follow=True))
    assert "nothing to undo" in again


def test_the_inbox_says_what_it_answered_and_takes_it_back(reader, curator):
    waiting = give_statements(reader.user, 2, status="proposed")
    inbox = reverse("admin:profiles_statement_changelist")
    keys = [one.pk for one in waiting]

    where = f"{inbox}?pk__in={','.join(map(str, keys))}"

    def answer(verdict: str, at: str = where) -> str:
        chosen = {"action": verdict, "_selected_action": keys}
        return text_of(curator.post(at, chosen, follow=True))

    page = answer("reject", f"{inbox}?status__exact=proposed")
    assert "2 statements answered." in page
    assert f'href="{where}"' in page
    listed = text_of(curator.get(where))
    assert listed.count("lk-badge lk-rejected") == 2
    assert "2 statements answered." in answer("undo")
    assert {one.status for one in Statement.objects.filter(pk__in=keys)} == {"proposed"}
    again = answer("undo")
    assert "There is nothing to undo" in again
    assert "answered." not in again


def test_another_users_statement_is_not_undone_from_this_portrait(reader, curator):
    theirs = Statement.objects.get(user=make_reader("bob", world=reader.world).user)
    reject(statement=theirs, account=None)
    change = {"statement": theirs.pk, "verdict": "undo"}
    page = text_of(curator.post(portrait_of(reader), change, follow=True))
    assert "There is no such statement here any more." in page
    theirs.refresh_from_db()
    assert theirs.status == Statement.Status.REJECTED
