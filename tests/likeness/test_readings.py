"""Readings, as staff see them."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from profiles.models import Reading, Review, Ruling, User
from profiles.services.rulings import rule
from profiles.services.statements import state_users
from tests.factories import make_workspace
from tests.likeness.people import make_staff
from tests.profiles.readers import NOW, Room

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


def decide(client: Client, room: Room, action: str, *words: str, **more: str) -> str:
    chosen = Reading.objects.filter(review__clean_text__in=words).values_list("pk", flat=True)
    sent = {"action": action, "_selected_action": list(chosen), **more}
    return client.post(reverse(LIST), sent, follow=True).content.decode()


def test_a_curator_hides_several_at_once_and_says_why(curator, room):
    page = decide(curator, room, "hide", "You idiots.", "A dull read.", reason="rude")
    assert "2 reviews decided about." in page
    assert "idiots" not in page
    assert "superb" in page
    told = Ruling.objects.values_list("verdict", "reason", "account__username")
    assert list(told) == [("hidden", "rude", "curator")] * 2
    page = decide(curator, room, "undo", "You idiots.")
    assert "idiots" in page


def test_the_inbox_is_what_nobody_decided_about_the_least_safe_first(curator, room):
    Reading.objects.filter(review__clean_text="A dull read.").update(safety=0.4)
    decide(curator, room, "keep", "The acting is superb.")
    page = listed(curator, standing="open")
    assert "superb" not in page
    assert page.index("idiots") < page.index("dull") < page.index("wedding")
    assert "superb" in listed(curator, standing="kept")
    Review.objects.filter(clean_text="The acting is superb.").update(source_hash="changed")
    assert "written anew since" in listed(curator, standing="open")


def test_a_viewer_looks_and_decides_nothing(room):
    client = Client()
    client.force_login(make_staff("viewer", room.workspace, role=Membership.Role.VIEWER))
    decide(client, room, "hide", "You idiots.")
    reading = Reading.objects.get(review__clean_text="You idiots.")
    url = reverse("admin:profiles_review_rule", args=[reading.review_id])
    client.post(url, {"verdict": "hidden"})
    assert not Ruling.objects.exists()
    page = client.get(reverse("admin:profiles_reading_change", args=[reading.pk]))
    assert url not in page.content.decode()


def test_strangers_cannot_decide_about_another_workspaces_reviews(room):
    client = Client()
    client.force_login(make_staff("stranger", make_workspace()))
    decide(client, room, "hide", "You idiots.")
    review = Review.objects.get(clean_text="You idiots.")
    url = reverse("admin:profiles_review_rule", args=[review.pk])
    assert client.post(url, {"verdict": "hidden"}).status_code == 404
    assert not Ruling.objects.exists()


def test_one_review_is_left_out_on_its_page_and_brought_back_from_the_decision(curator, room):
    review = Review.objects.get(clean_text="You idiots.")
    url = reverse("admin:profiles_review_rule", args=[review.pk])
    sent = {"verdict": "left_out", "reason": "an attack"}
    page = curator.post(url, sent, follow=True).content.decode()
    assert '<details class="lk-veiled">' in page
    assert "an attack" in page
    assert "hidden and left out" in page
    assert not Reading.objects.filter(review=review)
    assert "idiots" not in curator.get(reverse("admin:profiles_ruling_changelist")).content.decode()
    page = curator.post(url, {"verdict": "undo"}, follow=True).content.decode()
    assert "undone by curator" in page
    review.refresh_from_db()
    assert review.standing == ""
    page = curator.post(url, {"verdict": "burnt"}, follow=True).content.decode()
    assert "no decision about a review" in page


def test_hidden_words_are_on_no_page_of_the_user(curator, room):
    ada = User.objects.get(external_id="ada")
    room.crowd(12)
    for number in range(4, 8):
        room.writes(ada, "crime", number, f"The acting of {number} is superb.", value=5.0)
    state_users(room.workspace.pk, [ada.pk], now=NOW)
    pages = [
        reverse("admin:profiles_user_change", args=[ada.pk]),
        reverse("user-deeds", args=[ada.pk]),
        reverse("admin:profiles_statement_changelist"),
    ]
    assert all("superb" in curator.get(page).content.decode() for page in pages)
    ids = list(Review.objects.filter(interaction__user=ada).values_list("pk", flat=True))
    rule(review_ids=ids, verdict="hidden", account=None)
    shown = [curator.get(page).content.decode() for page in pages]
    assert not any("superb" in page for page in shown)
    assert all("words hidden" in page for page in shown[:2])


def test_the_first_page_counts_what_may_be_unsafe_until_somebody_decides(curator, room):
    link = f"{reverse(LIST)}?workspace={room.workspace.pk}&safety=low&standing=open"
    page = curator.get(reverse("admin:index")).content.decode()
    assert "1 review may not be safe to show" in page
    assert link in page.replace("&amp;", "&")
    decide(curator, room, "keep", "You idiots.")
    assert "may not be safe" not in curator.get(reverse("admin:index")).content.decode()
