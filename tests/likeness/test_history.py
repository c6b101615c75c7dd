"""A user's history, one by one: to look through, and to delete single things from."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from profiles.models import Evidence, Interaction, Review
from profiles.queries.history import PAGE, history_of
from tests.factories import make_interaction, make_workspace
from tests.likeness.people import Reader, make_reader, make_staff
from tests.recommendations.worlds import NOW

pytestmark = pytest.mark.django_db

Role = Membership.Role


def signed_in(account) -> Client:
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def reader() -> Reader:
    return make_reader(size=30)


@pytest.fixture
def met(reader) -> Interaction:
    """What the reader did last, with what they wrote of it."""
    newest = make_interaction(
        reader.user, reader.world.travel[0], happened_at=NOW + timedelta(days=1)
    )
    Review.objects.create(
        workspace_id=newest.workspace_id, interaction=newest, clean_text="Long roads, well told."
    )
    return newest


def text_of(response) -> str:
    return response.content.decode()


def test_history_is_newest_first_with_what_was_written(reader, met):
    page = text_of(signed_in(reader.account).get(reverse("history")))
    assert "Long roads, well told." in page
    assert page.index(str(met.item)) < page.index(str(reader.world.gothic[0]))
    assert page.count("Delete …") == 4


def test_an_undated_interaction_stands_where_it_arrived(reader, met):
    undated = make_interaction(reader.user, reader.world.travel[1], happened_at=None)
    Interaction.objects.filter(pk=undated.pk).update(received_at=NOW + timedelta(hours=1))
    keys = [deed.key for deed in history_of(reader.user)]
    assert keys[:2] == [met.event_key, undated.event_key]


def test_a_long_history_is_turned_page_by_page(reader, django_assert_num_queries):
    for number in range(PAGE):
        make_interaction(reader.user, reader.world.travel[number % 20], happened_at=NOW)
    with django_assert_num_queries(2):
        first = history_of(reader.user)
    second = history_of(reader.user, "2")
    assert (len(first), len(second)) == (PAGE, 3)
    assert not {deed.key for deed in first} & {deed.key for deed in second}
    assert history_of(reader.user, "no number").number == 1
    page = text_of(signed_in(reader.account).get(reverse("history") + "?page=2"))
    assert "2 / 2" in page
    assert "Newer" in page
    assert "Older" not in page


def test_deleting_leads_back_to_the_page_of_the_history_that_was_open(reader):
    for number in range(PAGE):
        make_interaction(reader.user, reader.world.travel[number % 20], happened_at=NOW)
    client = signed_in(reader.account)
    listed = text_of(client.get(reverse("history") + "?page=2"))
    address = re.findall('href="([^"]*page=2)"', listed)[0]
    assert f'href="{reverse("history")}?page=2">Keep it</a>' in text_of(client.get(address))
    assert client.post(address)["Location"] == reverse("history") + "?page=2"
    again = re.findall('href="([^"]*page=2)"', text_of(client.get(reverse("history") + "?page=2")))
    elsewhere = again[0].replace("page=2", "page=//evil.example")
    assert client.post(elsewhere)["Location"] == reverse("history")


def test_deleting_is_asked_once_more_and_says_what_follows(reader, met):
    client = signed_in(reader.account)
    address = reverse("delete-deed", args=[met.event_key])
    asked = text_of(client.get(address))
    assert "as if it had never been" in asked
    assert "If whoever sent it sends it again, it is back." in asked
    assert Interaction.objects.filter(pk=met.pk).exists()
    response = client.post(address, follow=True)
    assert "Deleted. Your portrait is being drawn again without it." in text_of(response)
    assert not Interaction.objects.filter(pk=met.pk).exists()
    assert not Review.objects.filter(pk=met.pk).exists()


def test_what_rests_on_it_has_lost_it_at_once_and_the_portrait_is_due(reader):
    first = Interaction.objects.get(user=reader.user, item=reader.world.gothic[0])
    revision = reader.user.evidence_revision
    signed_in(reader.account).post(reverse("delete-deed", args=[first.event_key]))
    reader.user.refresh_from_db()
    assert Evidence.objects.filter(statement__user=reader.user).count() == 1
    assert reader.user.evidence_revision > revision


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_deletes_what_another_did(reader, met, method):
    other = make_reader("eve", world=reader.world)
    client = signed_in(other.account)
    for key in (met.event_key, uuid.uuid4()):
        assert getattr(client, method)(reverse("delete-deed", args=[key])).status_code == 404
    assert Interaction.objects.filter(pk=met.pk).exists()


def test_owners_delete_what_a_user_did_after_being_asked(reader, met):
    owner = signed_in(make_staff("owner", reader.world.workspace, role=Role.OWNER))
    portrait = text_of(owner.get(reverse("admin:profiles_user_change", args=[reader.user.pk])))
    listed = reverse("user-deeds", args=[reader.user.pk])
    assert listed in portrait
    address = reverse("delete-user-deed", args=[reader.user.pk, met.event_key])
    assert f"{address}?page=1" in text_of(owner.get(listed))
    assert "as if it had never been" in text_of(owner.get(address))
    assert Interaction.objects.filter(pk=met.pk).exists()
    assert f'href="{listed}?page=1"' in text_of(owner.get(f"{address}?page=1"))
    done = owner.post(f"{address}?page=1", follow=True)
    assert done.redirect_chain[0][0] == f"{listed}?page=1"
    assert "Deleted." in text_of(done)
    assert not Interaction.objects.filter(pk=met.pk).exists()
    assert owner.post(address).status_code == 404


def test_curators_look_and_do_not_delete(reader, met):
    curator = signed_in(make_staff("curator", reader.world.workspace))
    address = reverse("delete-user-deed", args=[reader.user.pk, met.event_key])
    page = text_of(curator.get(reverse("user-deeds", args=[reader.user.pk])))
    assert "Long roads, well told." in page
    assert address not in page
    assert "Only owners of the workspace" in text_of(curator.post(address, follow=True))
    assert Interaction.objects.filter(pk=met.pk).exists()


def test_staff_of_other_workspaces_do_not_see_it(reader, met):
    stranger = signed_in(make_staff("far", make_workspace("far"), role=Role.OWNER))
    for name, args in (
        ("user-deeds", [reader.user.pk]),
        ("delete-user-deed", [reader.user.pk, met.event_key]),
    ):
        assert stranger.post(reverse(name, args=args)).status_code == 404
    assert Interaction.objects.filter(pk=met.pk).exists()


def test_one_users_key_deletes_nothing_of_anothers_page(reader, met):
    other = make_reader("eve", world=reader.world)
    owner = signed_in(make_staff("owner", reader.world.workspace, role=Role.OWNER))
    address = reverse("delete-user-deed", args=[other.user.pk, met.event_key])
    assert owner.post(address).status_code == 404
    assert Interaction.objects.filter(pk=met.pk).exists()
