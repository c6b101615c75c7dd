"""Readings, as staff see them."""

import pytest
from django.test import Client
from django.urls import reverse

from profiles.models import Reading, Review, User
from tests.factories import make_workspace
from tests.likeness.people import make_staff
from tests.profiles.readers import Room

LIST = "admin:profiles_reading_changelist"


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    ada = room.reader("ada")
    room.writes(ada, "crime", 0, "The acting is superb.", value=5.0)
    room.writes(ada, "love", 1, "<b>Oh</b> great, yet another wedding.", value=1.0)
    room.writes(room.reader("ben"), "travel", 2, "You idiots.", value=1.0)
    room.writes(ada, "crime", 3, "A dull read.", value=5.0)
    Reading.objects.filter(review__clean_text="You idiots.").update(safety=0.2)
    Reading.objects.filter(review__clean_text__contains="wedding").update(sentiment=0.9)
    return room


@pytest.fixture
def curator(room) -> Client:
    client = Client()
    client.force_login(make_staff("curator", room.workspace))
    return client


def listed(client: Client, **asked: object) -> str:
    return client.get(reverse(LIST), asked).content.decode()


def test_the_list_shows_words_sentiment_and_aspects_and_masks_markup(curator):
    page = listed(curator)
    assert "The acting is superb." in page
    assert "+1.00" in page
    assert '<span class="lk-like">acting</span>' in page
    assert "&lt;b&gt;Oh&lt;/b&gt;" in page


def test_low_safety_is_what_waits_for_a_look(curator):
    page = listed(curator, safety="low")
    assert "You idiots." in page
    assert "superb" not in page


def test_words_that_contradict_their_rating_are_found(curator):
    Reading.objects.filter(review__clean_text__contains="dull").update(sentiment=-0.9)
    page = listed(curator, agreement="no")
    assert "wedding" in page
    assert "dull" in page
    assert "superb" not in page
    assert "idiots" not in page


def test_readings_are_chosen_by_language_and_by_user(curator, room):
    Review.objects.filter(clean_text="You idiots.").update(language="zh")
    assert "superb" not in listed(curator, language="zh")
    ben = User.objects.get(external_id="ben")
    page = listed(curator, review__interaction__user=ben.pk)
    assert "idiots" in page
    assert "superb" not in page


def test_one_reading_marks_the_words_of_its_aspects(curator):
    reading = Reading.objects.get(review__clean_text="The acting is superb.")
    url = reverse("admin:profiles_reading_change", args=[reading.pk])
    page = curator.get(url).content.decode()
    aspect = reading.aspects.get()
    words = reading.review.clean_text[aspect.start : aspect.end]
    assert f">{words}</mark>" in page
    assert "acting" in page


def test_a_portrait_leads_to_the_readings_of_its_user(curator, room):
    ada = User.objects.get(external_id="ada")
    page = curator.get(reverse("admin:profiles_user_change", args=[ada.pk])).content.decode()
    assert f"{reverse(LIST)}?review__interaction__user={ada.pk}" in page


def test_another_workspaces_readings_are_not_there(room):
    client = Client()
    client.force_login(make_staff("stranger", make_workspace()))
    assert "superb" not in listed(client)
