import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from profiles.models import Statement, User
from recommendations.models import Slate
from tests.factories import make_item, make_user, make_workspace
from tests.likeness.people import PASSWORD, give_statement, give_statements, make_reader

HTMX = {"HTTP_HX_REQUEST": "true"}


def text_of(response) -> str:
    return response.content.decode()


def statement_of(reader) -> Statement:
    return Statement.objects.get(user=reader.user)


def test_for_you_names_the_reason_and_links_the_statement_behind_it(reader, visit):
    page = text_of(visit.get("/for-you/"))
    link = f'href="/my-portrait/#statement-{statement_of(reader).pk}"'
    assert f"{link}>Fits your liking for gothic</a>" in page
    assert "Gothic 7" in page


def test_that_something_is_popular_is_said_last(reader, visit):
    page = text_of(visit.get("/for-you/"))
    runs = re.findall(r'<ul class="why".*?</ul>', page, re.DOTALL)
    popular = [run for run in runs if "Popular here" in run and run.count("<li") > 1]
    assert popular
    assert all(run.rindex("<li") < run.index("Popular here") for run in popular)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Homer · 700 BC"), ("zh-hans", "Homer · 公元前700年")]
)
def test_a_year_before_the_common_era_is_written_as_one(reader, visit, language, words):
    make_item(
        reader.world.workspace, "iliad", title="Iliad", attributes={"author": "Homer", "year": -700}
    )
    assert words in text_of(visit.get("/for-you/", HTTP_ACCEPT_LANGUAGE=language))


def test_the_list_of_another_reader_cannot_be_continued(reader, visit):
    make_reader("bob", world=reader.world)
    theirs = Slate.objects.create(
        workspace=reader.world.workspace,
        user=User.objects.get(external_id="bob"),
        query={"user": "bob"},
        item_ids=[],
        scores=[],
    )
    assert visit.get("/for-you/", {"after": str(theirs.pk)}).status_code == 404


def test_lists_about_one_thing_stand_below_and_repeat_nothing(db):
    reader, client = make_reader(size=30), Client()
    client.force_login(reader.account)
    page = text_of(client.get("/for-you/"))
    assert re.search('<h2 id="line-[^"]*">Because you like gothic</h2>', page)
    slates = Slate.objects.filter(user=reader.user)
    assert {one.placement for one in slates} == {"for-you", "for-you-lists"}
    items = [pk for one in slates for pk in one.item_ids]
    assert len(items) == len(set(items))
    for one in slates:
        assert page.count(f'data-slate="{one.pk}"') == len(one.item_ids)
    first = slates.get(placement="for-you")
    assert "Because you like gothic" not in text_of(
        client.get("/for-you/", {"after": str(first.pk)})
    )


def test_the_portrait_speaks_to_the_reader_and_shows_the_words_behind_it(visit):
    page = text_of(visit.get("/my-portrait/"))
    assert re.search(r'id="said">[^<]*\byou\b[^<]*gothic', page, re.IGNORECASE)
    assert "A fine cold house." in page
    assert "strength 80%" in page


def test_what_is_used_stands_before_what_is_asked(reader, visit):
    proposed = {"status": Statement.Status.PROPOSED, "strength": 1.0}
    give_statement(reader.user, reader.world.tags["travel"], reader.world.travel[:1], **proposed)
    page = text_of(visit.get("/my-portrait/"))
    assert page.index(">Gothic</h3>") < page.index(">Not sure yet</h2>")
    assert page.index(">Not sure yet</h2>") < page.index(">You like: travel?</h3>")


def test_evidence_of_the_other_sign_is_marked_as_speaking_against(reader, visit):
    assert "speaks against it" not in text_of(visit.get("/my-portrait/"))
    statement_of(reader).evidence.filter(interaction__item__external_id="g1").update(weight=-0.4)
    assert text_of(visit.get("/my-portrait/")).count("speaks against it") == 1


@pytest.mark.parametrize(
    ("verdict", "status", "is_hidden"),
    [("confirm", "active", False), ("reject", "rejected", False), ("hide", "active", True)],
)
def test_a_verdict_changes_the_statement(reader, visit, verdict, status, is_hidden):
    statement = statement_of(reader)
    page = visit.post(reverse("correct", args=[statement.pk]), {"verdict": verdict}, follow=True)
    assert page.redirect_chain == [(f"/my-portrait/#statement-{statement.pk}", 302)]
    assert "Noted. Your recommendations follow at once." in text_of(page)
    statement.refresh_from_db()
    assert (statement.status, statement.is_hidden) == (status, is_hidden)
    assert statement.reviewed_by == (None if is_hidden else reader.account)


def test_what_was_hidden_and_shown_again_may_still_be_confirmed(reader, visit):
    address = reverse("correct", args=[statement_of(reader).pk])
    assert "Show it again" in text_of(visit.post(address, {"verdict": "hide"}, **HTMX))
    part = text_of(visit.post(address, {"verdict": "unhide"}, **HTMX))
    assert 'value="confirm"' in part
    assert "confirmed" not in part


def test_the_last_word_can_be_undone_and_only_that(reader, visit):
    statement = statement_of(reader)
    address = reverse("correct", args=[statement.pk])
    assert 'value="undo"' not in text_of(visit.get("/my-portrait/"))
    before = text_of(visit.get("/for-you/")).count("Fits your liking for gothic")
    assert 'value="undo"' in text_of(visit.post(address, {"verdict": "reject"}, **HTMX))
    part = text_of(visit.post(address, {"verdict": "undo"}, **HTMX))
    assert 'value="undo"' not in part
    statement.refresh_from_db()
    assert (statement.status, statement.reviewed_at) == ("active", None)
    assert text_of(visit.get("/for-you/")).count("Fits your liking for gothic") == before > 0
    again = visit.post(address, {"verdict": "undo"}, follow=True)
    assert "This has changed meanwhile" in text_of(again)


def test_what_was_hidden_is_shown_again_rather_than_undone(reader, visit):
    address = reverse("correct", args=[statement_of(reader).pk])
    part = text_of(visit.post(address, {"verdict": "hide"}, **HTMX))
    assert 'value="unhide"' in part
    assert 'value="undo"' not in part


def test_a_declaration_that_is_undone_is_gone(reader, visit):
    visit.post("/my-portrait/declare/", {"tag": "travel", "polarity": "1"})
    said = reader.user.statements.get(tag__key="travel")
    address = reverse("correct", args=[said.pk])
    page = visit.post(address, {"verdict": "undo"}, follow=True)
    assert page.redirect_chain == [("/my-portrait/", 302)]
    assert not reader.user.statements.filter(tag__key="travel").exists()
    visit.post("/my-portrait/declare/", {"tag": "travel", "polarity": "1"})
    said = reader.user.statements.get(tag__key="travel")
    part = visit.post(reverse("correct", args=[said.pk]), {"verdict": "undo"}, **HTMX)
    assert part["HX-Refresh"] == "true"


def test_a_rejected_statement_leaves_the_words_and_the_reasons_at_once(reader, visit):
    address = reverse("correct", args=[statement_of(reader).pk])
    part = text_of(visit.post(address, {"verdict": "reject"}, **HTMX))
    assert "too little evidence" in part
    assert 'hx-swap-oob="true"' in part
    assert "Fits your liking for gothic" not in text_of(visit.get("/for-you/"))


def test_another_readers_statement_is_not_there(reader, visit):
    theirs = statement_of(make_reader("bob", world=reader.world))
    answer = visit.post(reverse("correct", args=[theirs.pk]), {"verdict": "reject"})
    assert answer.status_code == 404
    theirs.refresh_from_db()
    assert theirs.status == "active"


def test_a_declared_like_is_used_from_the_next_list_on(visit):
    said = visit.post("/my-portrait/declare/", {"tag": "travel", "polarity": "1"}, follow=True)
    assert "“travel” is on your portrait now." in text_of(said)
    assert "Fits your liking for travel" in text_of(visit.get("/for-you/"))


def test_what_cannot_be_declared_is_said_beside_the_field(visit):
    page = visit.post("/my-portrait/declare/", {"tag": "!!!", "polarity": "1"})
    assert page.status_code == 400
    assert "cannot stand on a portrait." in text_of(page)


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/for-you/respond/", "/for-you/"),
        ("/my-portrait/declare/", "/my-portrait/"),
        ("/my-portrait/statements/1/", "/my-portrait/"),
        ("/my-portrait/pause/", "/my-portrait/"),
    ],
)
def test_the_address_of_a_form_leads_to_its_page(visit, address, page):
    assert visit.get(address)["Location"] == page


def test_a_paused_portrait_gives_a_list_that_is_not_personal(visit):
    visit.post("/my-portrait/pause/", {"pause": "yes"})
    page = text_of(visit.get("/for-you/"))
    assert "this list is not personal" in page
    assert "Fits your liking" not in page
    assert "Because you enjoyed" not in page


def test_everything_can_be_downloaded(visit):
    answer = visit.get("/my-portrait/download/")
    assert re.search(r'filename="likeness-\d{4}-\d\d-\d\d\.json"', answer["Content-Disposition"])
    stored = json.loads(answer.content)
    assert len(stored["profiles.interaction"]) == 3
    assert stored["profiles.evidence"][0]["quote"] == "A fine cold house."


def test_erasing_needs_the_tick_and_gives_a_receipt(reader, visit):
    assert "Erase everything?" in text_of(visit.post("/my-portrait/erase/"))
    assert User.objects.filter(pk=reader.user.pk).exists()
    receipt = text_of(visit.post("/my-portrait/erase/", {"is_sure": "on"}))
    assert '<th scope="row">interactions</th><td>3</td><td>0</td>' in receipt
    assert not User.objects.filter(pk=reader.user.pk).exists()
    assert visit.get("/for-you/").status_code == 302


def test_a_language_that_was_chosen_comes_back_with_the_next_visit(reader, visit):
    page = visit.post("/language/setlang/", {"language": "zh-hans", "next": "/my-portrait/"})
    assert page["Location"] == "/my-portrait/"
    reader.account.refresh_from_db()
    assert reader.account.language == "zh-hans"
    reader.account.set_password(PASSWORD)
    reader.account.save()
    elsewhere = Client(HTTP_ACCEPT_LANGUAGE="en")
    entry = {"username": "ada", "password": PASSWORD}
    assert "我的画像" in text_of(elsewhere.post("/sign-in/", entry, follow=True))


def test_a_language_that_is_not_spoken_changes_nothing(reader, visit):
    visit.post("/language/setlang/", {"language": "tlh", "next": "/"})
    reader.account.refresh_from_db()
    assert reader.account.language == ""


def test_visitors_are_sent_to_the_door_and_parts_take_the_page_along(db):
    stranger = Client()
    assert stranger.get("/my-portrait/")["Location"] == "/sign-in/?next=/my-portrait/"
    at = {"HTTP_HX_CURRENT_URL": "http://testserver/my-portrait/"}
    part = stranger.post("/my-portrait/statements/1/", **HTMX, **at)
    assert part["HX-Redirect"] == "/sign-in/?next=/my-portrait/"


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/for-you/respond/", "/for-you/"),
        ("/my-portrait/declare/", "/my-portrait/"),
        ("/my-portrait/statements/1/", "/my-portrait/"),
        ("/my-portrait/pause/", "/my-portrait/"),
    ],
)
def test_a_form_posted_after_the_session_ended_leads_back_to_its_page(reader, address, page):
    visitor = Client()
    reader.account.set_password(PASSWORD)
    reader.account.save()
    door = visitor.post(address, {"tag": "travel"})["Location"]
    entry = {"username": "ada", "password": PASSWORD}
    assert visitor.post(door, entry, follow=True).redirect_chain == [(page, 302)]


def test_a_form_without_its_token_is_refused_with_a_page(reader):
    client = Client(enforce_csrf_checks=True)
    client.force_login(reader.account)
    for address in ("/for-you/respond/", "/my-portrait/declare/", "/my-portrait/erase/"):
        answer = client.post(address, {"is_sure": "on"})
        assert answer.status_code == 403
        assert "This page had been open for too long" in text_of(answer)
    assert User.objects.filter(pk=reader.user.pk).exists()


def test_a_part_without_its_token_is_a_note_on_the_page_that_is_open(reader):
    client = Client(enforce_csrf_checks=True)
    client.force_login(reader.account)
    answer = client.post("/for-you/respond/", {"item": "g5"}, **HTMX)
    assert answer.status_code == 403
    assert text_of(answer).strip().startswith('<li class="error">This page had been open')
    assert "<h1>" not in text_of(answer)


def test_markup_in_titles_and_reviews_is_shown_as_it_was_written(reader, visit):
    evil = "<script>alert(1)</script>"
    item = reader.world.gothic[7]
    item.title, item.text, item.attributes = evil, evil, {"author": evil}
    item.save()
    seen = reader.world.gothic[0]
    seen.title = evil
    seen.save()
    statement_of(reader).evidence.update(quote=evil)
    for address in ("/for-you/", "/my-portrait/"):
        page = text_of(visit.get(address))
        assert evil not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("address", ["/for-you/", "/my-portrait/"])
def test_a_page_asks_as_many_questions_at_any_size(db, address):
    counts = []
    for name, size, statements in (("ada", 16, 1), ("bob", 30, 14)):
        reader = make_reader(name, size=size)
        give_statements(reader.user, statements)
        client = Client()
        client.force_login(reader.account)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("address", ["/nothing/here/", "/my-portrait/statements/abc/"])
def test_an_address_that_leads_nowhere_is_a_page(visit, address):
    page = visit.get(address)
    assert page.status_code == 404
    assert "<h1>There is nothing here</h1>" in text_of(page)


def test_a_mistake_of_ours_is_a_page_without_details(reader, visit, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("likeness.pages.portrait.portrait_of", broken)
    visit.raise_request_exception = False
    page = visit.get("/my-portrait/")
    assert page.status_code == 500
    assert "<h1>Something broke here</h1>" in text_of(page)
    assert "secret" not in text_of(page)
    note = visit.get("/my-portrait/", **HTMX)
    assert (note.status_code, note["HX-Push-Url"]) == (500, "false")
    assert text_of(note).strip().startswith('<li class="error">Something broke here.')
    assert "<h1>" not in text_of(note)


def test_a_part_of_a_page_that_is_nowhere_is_a_note(visit):
    note = visit.post("/my-portrait/statements/abc/", **HTMX)
    assert note.status_code == 404
    assert text_of(note).strip().startswith('<li class="error">There is nothing here.')


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_api_keeps_its_problem_documents(client, headers):
    answer = client.get("/api/v1/nothing-here/", **headers)
    assert answer["Content-Type"] == "application/problem+json"


def test_who_has_users_in_several_workspaces_finds_the_way_to_each(reader, visit):
    assert "?workspace=" not in text_of(visit.get("/for-you/"))
    other = make_workspace(title="Walks & tours")
    make_user(other, "ada", account=reader.account)
    page = text_of(visit.get("/my-portrait/"))
    link = f'<a href="/my-portrait/?workspace={other.name}"'
    assert f"{link}>Walks &amp; tours</a>" in page
    assert "gothic" in page
    there = text_of(visit.get(f"/my-portrait/?workspace={other.name}"))
    assert f'{link} aria-current="true">Walks &amp; tours</a>' in there
    assert "gothic" not in there
