"""What a user answers to items, what is told of it, how it is taken back; and what was seen."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Item
from profiles.models import Interaction, Statement, User
from recommendations.models import Impression, Slate
from tests.likeness.people import make_reader

HTMX = {"HTTP_HX_REQUEST": "true"}


def text_of(response) -> str:
    return response.content.decode()


def statement_of(reader) -> Statement:
    return Statement.objects.get(user=reader.user)


def test_an_answer_is_stored_and_said_with_and_without_javascript(reader, visit):
    slate = next_slate(visit)
    answer = {"item": "g5", "slate": str(slate.pk), "verdict": "not_for_me"}
    part = visit.post("/for-you/respond/", answer, **HTMX)
    assert part.status_code == 200
    assert "“Gothic 5” will not be shown again." in text_of(part)
    page = visit.post("/for-you/respond/", answer | {"item": "g6"}, follow=True)
    assert page.redirect_chain == [("/for-you/", 302)]
    assert "“Gothic 6” will not be shown again." in text_of(page)
    turned_down = Interaction.objects.filter(user=reader.user, kind__name="dismiss")
    assert {one.item.external_id for one in turned_down} == {"g5", "g6"}
    assert "Gothic 5" not in text_of(visit.get("/for-you/"))


def test_an_answer_is_taken_back_and_the_card_is_there_again(reader, visit):
    slate = next_slate(visit)
    answer = {"item": "g5", "slate": str(slate.pk), "verdict": "not_for_me"}
    part = text_of(visit.post("/for-you/respond/", answer, **HTMX))
    assert "You can also take it back later, in" in part
    [address] = set(re.findall('action="([^"]*)"', part))
    card = text_of(visit.post(address, **HTMX))
    assert "Fits your liking for gothic" in card
    assert 'value="not_for_me"' in card
    assert not Interaction.objects.filter(user=reader.user, kind__name="dismiss").exists()
    assert "Gothic 5" in text_of(visit.get("/for-you/"))
    visit.post("/for-you/respond/", answer)
    assert Interaction.objects.filter(user=reader.user, kind__name="dismiss").count() == 1


def test_an_answer_is_taken_back_without_javascript(reader, visit):
    answer = {"item": "g6", "slate": str(next_slate(visit).pk), "verdict": "more"}
    page = text_of(visit.post("/for-you/respond/", answer, follow=True))
    [address] = re.findall('<a href="([^"]*)">Undo …</a>', page)
    assert 'href="/for-you/">Keep it</a>' in text_of(visit.get(address))
    back = visit.post(address, follow=True)
    assert back.redirect_chain == [("/for-you/", 302)]
    assert "Deleted." in text_of(back)
    assert "Gothic 6" in text_of(back)


def test_a_card_is_given_back_only_to_whom_its_slate_was_served(reader, visit):
    other = make_reader("bob", world=reader.world)
    theirs = Slate.objects.create(
        workspace=reader.world.workspace,
        user=other.user,
        item_ids=[reader.world.gothic[0].pk],
        scores=[1.0],
        reasons=[[{"kind": "popular", "share": 1.0}]],
    )
    Interaction.objects.filter(user=reader.user).update(slate_id=theirs.pk)
    deed = Interaction.objects.get(user=reader.user, item=reader.world.gothic[0])
    part = visit.post(reverse("delete-deed", args=[deed.event_key]) + "?from=for-you", **HTMX)
    assert (part["HX-Redirect"], text_of(part)) == ("/for-you/", "")


def test_a_paused_portrait_asks_for_no_answers_and_promises_nothing(reader, visit):
    slate = next_slate(visit)
    visit.post("/my-portrait/pause/", {"pause": "yes"})
    assert "not_for_me" not in text_of(visit.get("/for-you/"))
    answer = {"item": "g5", "slate": str(slate.pk), "verdict": "not_for_me"}
    for told in (
        visit.post("/for-you/respond/", answer, **HTMX),
        visit.post("/for-you/respond/", answer, follow=True),
        visit.post(
            reverse("correct", args=[statement_of(reader).pk]), {"verdict": "reject"}, follow=True
        ),
    ):
        assert "Kept; it counts once you resume." in text_of(told)
        assert "not be shown again" not in text_of(told)
        assert "follow at once" not in text_of(told)
    card = reverse("delete-deed", args=[Interaction.objects.latest("pk").event_key])
    assert "not_for_me" not in text_of(visit.post(card, **HTMX))
    visit.post("/for-you/respond/", answer)
    visit.post("/my-portrait/pause/", {"pause": "no"})
    assert "Gothic 5" not in text_of(visit.get("/for-you/"))


def next_slate(visit: Client) -> Slate:
    visit.get("/for-you/")
    return Slate.objects.filter(placement="for-you").latest("created_at")


def test_an_unknown_answer_is_refused_as_a_page_and_as_a_note(visit):
    page = visit.post("/for-you/respond/", {"item": "g5", "verdict": "maybe"})
    assert (page.status_code, page["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "<h1>That did not work</h1>" in text_of(page)
    note = visit.post("/for-you/respond/", {"item": "g5", "verdict": "maybe"}, **HTMX)
    assert note.status_code == 400
    assert "<h1>" not in text_of(note)
    assert '<li class="error">That did not work.' in text_of(note)


@pytest.mark.parametrize("item", ["\0", "a" * 201, ""])
def test_an_item_that_no_item_can_be_is_refused_as_a_page(visit, item):
    page = visit.post("/for-you/respond/", {"item": item, "verdict": "more"})
    assert page.status_code == 400
    assert "<h1>That did not work</h1>" in text_of(page)


def test_an_item_that_is_not_there_is_a_page_of_its_own(visit):
    page = visit.post("/for-you/respond/", {"item": "gone", "verdict": "more"})
    assert page.status_code == 404
    assert "There is nothing here" in text_of(page)


def test_only_what_came_into_view_counts_as_seen(reader, visit):
    slate = next_slate(visit)
    assert not Impression.objects.exists()
    names = [item.external_id for item in Item.objects.filter(pk__in=slate.item_ids)[:2]]
    told = {"slate": str(slate.pk), "item": names}
    for _ in range(2):
        assert visit.post("/for-you/seen/", told).status_code == 204
    rows = Impression.objects.filter(slate=slate).values_list("item__external_id", flat=True)
    assert sorted(rows) == sorted(names)
    assert visit.get("/for-you/seen/").status_code == 405
    reader.user.is_paused = True
    reader.user.save()
    paused = next_slate(visit)
    name = Item.objects.get(pk=paused.item_ids[0]).external_id
    assert visit.post("/for-you/seen/", {"slate": str(paused.pk), "item": name}).status_code == 204
    assert not Impression.objects.filter(slate=paused).exists()


def test_nothing_is_seen_on_the_slate_of_another_reader(reader, visit):
    make_reader("bob", world=reader.world)
    theirs = Slate.objects.create(
        workspace=reader.world.workspace,
        user=User.objects.get(external_id="bob"),
        item_ids=[reader.world.gothic[0].pk],
        scores=[1.0],
    )
    told = {"slate": str(theirs.pk), "item": "g0"}
    assert visit.post("/for-you/seen/", told).status_code == 404
    assert visit.post("/for-you/seen/", told | {"slate": "?"}).status_code == 404
    assert not Impression.objects.exists()
