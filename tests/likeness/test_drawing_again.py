"""Staff ask for a portrait to be drawn again, and read how that stands."""

import pytest
from django.test import Client
from django.urls import reverse

from likeness.health import answers
from profiles.models import User
from tests.likeness.people import Reader, make_staff
from workers.tasks.portraits import refresh_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(reader: Reader) -> Client:
    client = Client()
    client.force_login(make_staff("curator", reader.world.workspace))
    return client


def test_what_was_asked_for_is_shown_until_it_is_done(reader, curator):
    answers.forget()
    User.objects.filter(pk=reader.user.pk).update(evidence_revision=5)
    portrait = reverse("admin:profiles_user_change", args=[reader.user.pk])
    assert 'value="draw"' in curator.get(portrait).content.decode()
    page = curator.post(portrait, {"do": "draw"}, follow=True).content.decode()
    assert "It waits for a worker." in page
    assert "No worker answers: start one" in page
    assert 'value="draw"' not in page
    refresh_user.run(reader.user.pk)
    page = curator.get(portrait).content.decode()
    assert "It waits for a worker." not in page
    assert 'value="draw"' in page
    again = curator.post(portrait, {"do": "draw"}, follow=True).content.decode()
    assert "Nothing is new since this portrait was drawn." in again


def test_figures_of_a_statement_wear_the_same_dress_everywhere(reader, curator):
    portrait = curator.get(reverse("admin:profiles_user_change", args=[reader.user.pk]))
    assert "strength 80% · confidence 90% · since" in portrait.content.decode()
    inbox = curator.get(reverse("admin:profiles_statement_changelist")).content.decode()
    assert "90%" in inbox
    assert "Confidence" in inbox
