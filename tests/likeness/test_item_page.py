"""An item's page: what it is, why it was on a list, and what goes with it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from profiles.models import Interaction
from recommendations.models import Slate
from tests.factories import make_item, make_tag
from tests.likeness.people import make_reader
from tests.recommendations.worlds import put_tag


def text_of(response) -> str:
    return response.content.decode()


def first_link(page: str) -> str:
    return re.findall(r'<h2 id="item-1-[^"]*"><a href="([^"]*)"', page)[0]


def test_every_card_opens_the_page_of_its_item_with_its_reasons_in_shares(reader, visit):
    link = first_link(text_of(visit.get("/for-you/")))
    slate = Slate.objects.get(placement="for-you")
    item = next(one for one in reader.world.gothic if one.pk == slate.item_ids[0])
    assert link == f"/items/{item.external_id}/?slate={slate.pk}"
    page = text_of(visit.get(link))
    assert f">{item.title}</h1>" in page
    assert ">Fits your liking for gothic</a>" in page
    [share] = [one["share"] for one in slate.reasons[0] if one["kind"] == "statement"]
    assert f"<span>{round(100 * share)}%</span>" in page
    assert "What goes with it" in page
    assert '<li class="badge">gothic</li>' in page


def test_an_answer_from_the_page_counts_as_one_to_the_slate(reader, visit):
    page = text_of(visit.get(first_link(text_of(visit.get("/for-you/")))))
    name = dict(re.findall('name="(item|slate)" value="([^"]*)"', page))
    told = visit.post("/for-you/respond/", name | {"verdict": "more"}, follow=True)
    assert "Thank you: more like" in text_of(told)
    assert str(Interaction.objects.latest("pk").slate_id) == name["slate"]


def test_without_a_slate_of_theirs_the_page_gives_no_reasons(reader, visit):
    other = make_reader("bob", world=reader.world)
    item = reader.world.gothic[7]
    theirs = Slate.objects.create(
        workspace=reader.world.workspace,
        user=other.user,
        item_ids=[item.pk],
        scores=[1.0],
        reasons=[[{"kind": "popular", "share": 1.0}]],
    )
    for query in ("", "?slate=no-slate", f"?slate={theirs.pk}"):
        page = text_of(visit.get(reverse("item", args=["g7"]) + query))
        assert ">Gothic 7</h1>" in page
        assert "Why it was on your list" not in page
        assert 'name="slate" value=""' in page


def test_an_item_that_is_gone_or_still_to_come_is_said_to_be_nothing(reader, visit):
    soon = timezone.now() + timedelta(days=1)
    make_item(reader.world.workspace, "soon", title="A secret", available_from=soon)
    for name in ("soon", "gone", "a/b c"):
        page = visit.get(reverse("item", args=[name]))
        assert page.status_code == 404
        assert "<h1>There is nothing here</h1>" in text_of(page)
        assert "A secret" not in text_of(page)


def test_an_item_of_any_id_has_its_page_and_says_when_it_cannot_be_had(reader, visit):
    item = make_item(
        reader.world.workspace,
        "a/b ?#ü",
        title="<b>Odd</b>",
        text="One.\n\nTwo.",
        is_available=False,
    )
    put_tag(item, make_tag(reader.world.workspace, "brought-by-one", source="user"))
    page = text_of(visit.get(reverse("item", args=["a/b ?#ü"])))
    assert "&lt;b&gt;Odd&lt;/b&gt;</h1>" in page
    assert "<p>Two.</p>" in page
    assert "It is not to be had at the moment." in page
    assert "brought-by-one" not in page


def test_who_is_paused_is_asked_for_no_answer(visit):
    visit.post("/my-portrait/pause/", {"pause": "yes"})
    assert "not_for_me" not in text_of(visit.get(reverse("item", args=["g7"])))


def test_the_page_asks_as_many_questions_at_any_size(db):
    counts = []
    for name, size in (("ada", 8), ("bob", 30)):
        reader, client = make_reader(name, size=size), Client()
        for number in range(size):
            put_tag(reader.world.gothic[7], make_tag(reader.world.workspace, f"{name}-{number}"))
        client.force_login(reader.account)
        link = first_link(text_of(client.get("/for-you/")))
        client.get(link)
        with CaptureQueriesContext(connection) as queries:
            client.get(link)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    without_the_visit = counts[0] - 3  # the session, the account, its users
    assert without_the_visit <= 11


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_is_for_those_who_signed_in(reader, language):
    answer = Client().get(reverse("item", args=["g7"]), HTTP_ACCEPT_LANGUAGE=language)
    assert answer["Location"] == "/sign-in/?next=/items/g7/"
