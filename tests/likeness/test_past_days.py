"""Staff see a user's portrait as it was on a past day."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.likeness.people import make_account, make_staff
from tests.profiles.readers import NOW, START, Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(workspace):
    room = Room(workspace)
    room.crowd(12)
    user = room.reader("ann")
    room.rates(user, "crime", 5, 0, 1, 2)
    room.rates(user, "love", 5, 0, 1, 2, 3, after_days=100)
    return user


@pytest.fixture
def curator(workspace) -> Client:
    client = Client()
    client.force_login(make_staff("curator", workspace))
    return client


def page(curator: Client, user, day: str = "") -> str:
    address = reverse("admin:profiles_user_change", args=[user.pk])
    return curator.get(address, {"day": day} if day else {}).content.decode()


def statements(text: str) -> str:
    return text[text.index("lk-statements") : text.index("lk-aside-column")]


def test_a_past_day_has_the_statements_of_that_day_and_none_can_be_corrected(user, curator):
    day = f"{START + timedelta(days=20):%Y-%m-%d}"
    shown = page(curator, user, day)
    assert "crime" in statements(shown)
    assert "love" not in statements(shown)
    assert f'value="{day}"' in shown
    assert "As it was on" in shown
    assert 'value="reject"' not in shown
    later = page(curator, user, f"{NOW:%Y-%m-%d}")
    assert {"crime", "love"} <= {key for key in ("crime", "love") if key in statements(later)}


def test_before_anything_happened_nothing_was_believed(user, curator):
    shown = page(curator, user, f"{START - timedelta(days=9):%Y-%m-%d}")
    assert "Nothing was believed about this user on that day." in shown


@pytest.mark.parametrize("day", ["yesterday", "0001-01-01", "2026-02-31"])
def test_what_is_no_day_is_refused_in_words_and_today_is_shown(user, curator, day):
    shown = page(curator, user, day)
    assert "is no day that can be shown. Choose one up to today." in shown
    assert "As it was on" not in shown


def test_today_is_the_portrait_that_stands(user, curator):
    assert "As it was on" not in page(curator, user, f"{timezone.localdate():%Y-%m-%d}")


@pytest.fixture
def own(user) -> Client:
    """The browser of the user whose portrait it is."""
    user.account = make_account("ann")
    user.save()
    client = Client()
    client.force_login(user.account)
    return client


def own_page(own: Client, day: str = "") -> str:
    return own.get(reverse("my-portrait"), {"day": day} if day else {}).content.decode()


def beliefs(text: str) -> str:
    return text[text.index('id="beliefs"') : text.index("<aside")]


def test_users_see_their_own_portrait_of_a_past_day_and_answer_nothing_there(user, own):
    day = f"{START + timedelta(days=20):%Y-%m-%d}"
    shown = own_page(own, day)
    assert "crime" in beliefs(shown)
    assert "love" not in beliefs(shown)
    assert "As it was on" in shown
    assert 'name="verdict"' not in beliefs(shown)
    ids = re.findall(r'id="(statement-\d+)"', shown)
    assert ids
    assert len(ids) == len(set(ids))


def test_users_are_told_where_nothing_was_believed_or_no_day_was_named(user, own):
    early = own_page(own, f"{START - timedelta(days=9):%Y-%m-%d}")
    assert "Nothing was believed about you on that day." in early
    refused = own_page(own, "yesterday")
    assert "is no day that can be shown. Choose one up to today." in refused
    assert "As it was on" not in refused
