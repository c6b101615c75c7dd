"""What a reader does with a mouse, with scripts and without."""

import json

import pytest
from playwright.sync_api import Page, expect

from profiles.models import Statement
from tests.likeness.people import PASSWORD, Reader, give_statement, make_reader

pytestmark = pytest.mark.browser


def titles(page: Page) -> list[str]:
    return page.locator(".slate .card h2").all_inner_texts()


def reasons(page: Page) -> str:
    return " ".join(page.locator(".why").all_inner_texts())


def test_a_reader_signs_in_and_reads_why_each_item_is_there(open_window, db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    make_reader("ada", size=30, password=PASSWORD)
    page = open_window()
    page.goto("/")
    expect(page).to_have_title("Sign in · Likeness")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("not it")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator(".errorlist")).to_contain_text("correct username and password")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(page.url.split("?")[0].replace("/sign-in/", "/for-you/"))
    assert len(titles(page)) == 12
    for card in page.locator(".card").all():
        assert card.locator(".why li").count() > 0
    page.get_by_role("link", name="Fits your liking for gothic").first.click()
    expect(page.get_by_role("heading", name="My portrait")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_not_for_me_with_scripts_answers_in_place(window):
    window.goto("/for-you/")
    first = titles(window)[0]
    window.get_by_role("button", name="Not for me").first.click()
    answer = window.locator(".card.gone")
    expect(answer).to_contain_text(f"“{first}” will not be shown again.")
    expect(answer).to_be_focused()
    assert window.locator(".slate .card").count() == 12
    window.reload()
    assert first not in titles(window)


def test_not_for_me_without_scripts_comes_back_with_a_message(open_window, reader):
    page = open_window(reader.account, java_script_enabled=False)
    page.goto("/for-you/")
    first = titles(page)[0]
    page.get_by_role("button", name="Not for me").first.click()
    expect(page.locator("#notes")).to_contain_text(f"“{first}” will not be shown again.")
    assert first not in titles(page)


@pytest.mark.parametrize("has_scripts", [True, False])
def test_showing_more_never_repeats(open_window, reader, has_scripts):
    page = open_window(reader.account, java_script_enabled=has_scripts)
    page.goto("/for-you/")
    seen = titles(page)
    for _ in range(2):
        page.get_by_role("link", name="Show more").click()
        if has_scripts:
            expect(page.locator(".slate .card")).not_to_have_count(len(seen))
            seen = titles(page)
        else:
            page.wait_for_url("**/for-you/?after=*")
            seen += titles(page)
    assert len(seen) == 36
    assert len(set(seen)) == 36


def test_the_list_follows_what_the_reader_says_of_the_portrait(window, reader):
    window.goto("/my-portrait/")
    statement = window.locator(".statement", has_text="gothic")
    statement.get_by_text("Because of 2 things").click()
    expect(statement.locator("blockquote").first).to_have_text("A fine cold house.")
    statement.get_by_role("button", name="Not true").click()
    expect(window.locator("#said")).to_contain_text("too little evidence")
    expect(window.locator(".statement", has_text="rejected")).to_be_focused()
    window.goto("/for-you/")
    assert "liking for gothic" not in reasons(window)
    window.goto("/my-portrait/")
    window.get_by_role("button", name="Take back: it is true").click()
    expect(window.locator("#said")).to_contain_text("gothic")
    window.goto("/for-you/")
    assert "liking for gothic" in reasons(window)


def test_a_question_is_answered_and_a_statement_hidden_and_shown_again(window, reader):
    give_statement(
        reader.user,
        reader.world.tags["travel"],
        reader.world.travel[:2],
        status=Statement.Status.PROPOSED,
    )
    window.goto("/my-portrait/")
    asked = window.locator(".asked .statement")
    expect(asked.get_by_role("heading")).to_have_text("You like: travel?")
    asked.get_by_role("button", name="True", exact=True).click()
    expect(asked.locator(".badge", has_text="confirmed")).to_be_visible()
    expect(window.locator("#said")).to_contain_text("travel")
    window.goto("/for-you/")
    assert "liking for travel" in reasons(window)
    window.goto("/my-portrait/")
    window.locator(".statement", has_text="travel").get_by_role("button", name="Hide").click()
    expect(window.locator("#said")).not_to_contain_text("travel")
    window.reload()
    window.get_by_role("button", name="Show it again").click()
    expect(window.locator("#said")).to_contain_text("travel")


def test_what_a_reader_declares_counts_in_the_next_list(window):
    window.goto("/my-portrait/")
    window.get_by_label("Something you like").fill("travel")
    window.get_by_role("button", name="I like this").click()
    expect(window.locator("#notes")).to_contain_text("“travel” is on your portrait now.")
    expect(window.locator(".statement", has_text="travel")).to_contain_text("you said so")
    window.goto("/for-you/")
    assert "liking for travel" in reasons(window)
    window.goto("/my-portrait/")
    window.get_by_label("Something you like").fill("gothic")
    window.get_by_role("button", name="Rather not").click()
    expect(window.locator(".statement.dislike", has_text="gothic")).to_be_visible()


def test_a_paused_portrait_is_said_to_be_so_and_can_be_resumed(window):
    window.goto("/my-portrait/")
    window.get_by_role("button", name="Pause my portrait").click()
    expect(window.locator("main")).to_contain_text("Paused: nothing on this page is used")
    window.goto("/for-you/")
    expect(window.locator("main")).to_contain_text("this list is not personal")
    assert "liking for" not in reasons(window)
    assert "Because you enjoyed" not in reasons(window)
    window.get_by_role("link", name="Resume it on your portrait.").click()
    window.get_by_role("button", name="Resume my portrait").click()
    expect(window.get_by_role("button", name="Pause my portrait")).to_be_visible()


def test_a_reader_takes_everything_along_and_then_erases_it(window, tmp_path):
    window.goto("/my-portrait/")
    with window.expect_download() as download:
        window.get_by_role("link", name="Download everything").click()
    download.value.save_as(tmp_path / "all.json")
    assert len(json.loads((tmp_path / "all.json").read_text("utf-8"))["profiles.interaction"]) == 3
    window.get_by_role("link", name="Erase everything").click()
    window.get_by_label("Yes, erase everything about me.").check()
    window.get_by_role("button", name="Erase everything").click()
    expect(window.get_by_role("heading", name="Everything is erased")).to_be_visible()
    row = window.get_by_role("row", name="interactions")
    expect(row.get_by_role("cell")).to_have_text(["3", "0"])
    expect(window.get_by_role("button", name="Sign out")).to_have_count(0)
    window.goto("/my-portrait/")
    expect(window.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_visit_that_ended_leads_back_to_the_door(window, reader):
    window.goto("/my-portrait/")
    window.context.clear_cookies(name="sessionid")
    window.get_by_role("button", name="Not true").first.click()
    window.wait_for_url("**/sign-in/?next=/my-portrait/")


def test_the_pages_speak_chinese_when_asked(window, reader):
    window.goto("/my-portrait/")
    window.get_by_role("button", name="中文").click()
    expect(window.get_by_role("heading", name="我的画像")).to_be_visible()
    assert window.locator("html").get_attribute("lang") == "zh-hans"
    expect(window.locator("#said")).to_contain_text("你")
    window.get_by_role("link", name="为你推荐").click()
    expect(window.locator(".why").first).to_contain_text("符合你对“gothic”的喜好")
    window.get_by_role("button", name="English").click()
    expect(window.get_by_role("heading", name="For you")).to_be_visible()


def test_an_empty_portrait_says_what_to_do_next(open_window, reader: Reader):
    reader.user.statements.all().delete()
    page = open_window(reader.account)
    page.goto("/my-portrait/")
    expect(page.locator(".empty")).to_contain_text("Nothing is believed about you yet.")
    page.get_by_role("link", name="Tell us what you like").click()
    expect(page.get_by_label("Something you like")).to_be_in_viewport()


def test_an_answer_that_cannot_be_taken_is_explained_on_the_page(window):
    window.goto("/for-you/")
    window.locator("input[name=item]").last.evaluate("one => { one.value = 'gone' }")
    window.get_by_role("button", name="More of this").last.click()
    expect(window.locator("#notes .error")).to_contain_text("There is nothing here.")
    expect(window.locator("#notes")).to_be_in_viewport()
    expect(window.locator(".slate .card")).to_have_count(12)


@pytest.mark.parametrize("has_scripts", [True, False])
def test_an_answer_by_mistake_is_taken_back_on_a_phone(open_window, reader, has_scripts):
    page = open_window(reader.account, width=390, java_script_enabled=has_scripts)
    page.goto("/for-you/")
    first = titles(page)[0]
    page.get_by_role("button", name="Not for me").first.click()
    if has_scripts:
        gone = page.locator(".card.gone")
        expect(gone).to_contain_text("My history")
        gone.get_by_role("button", name="Undo").click()
        expect(page.locator(".slate .card").first).to_be_focused()
        expect(page.get_by_role("button", name="Not for me").first).to_be_visible()
    else:
        page.get_by_role("link", name="Undo …").click()
        page.get_by_role("button", name="Delete this").click()
        expect(page.locator("#notes")).to_contain_text("Deleted.")
    assert titles(page)[0] == first
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.reload()
    assert titles(page)[0] == first


def test_an_answer_that_reaches_nobody_is_said_on_the_page(window):
    window.goto("/for-you/")
    window.context.set_offline(True)
    window.get_by_role("button", name="Not for me").last.click()
    note = window.locator("#notes .error")
    expect(note).to_contain_text("No answer: you may be offline.")
    expect(note).to_be_in_viewport()
    window.context.set_offline(False)
    window.get_by_role("button", name="Not for me").last.click()
    expect(window.locator(".card.gone")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, '<li class="error">Something broke here.</li>', "Something broke here."),
        (502, "<html><body><main><h1>Bad gateway</h1></main></body></html>", "No answer"),
    ],
)
def test_what_a_server_cannot_do_is_a_note_and_the_page_stays(window, status, body, words):
    window.goto("/my-portrait/")
    window.route("**/my-portrait/?day=*", lambda one: one.fulfill(status=status, body=body))
    window.get_by_label("See it as of the day").fill("2026-01-01")
    window.get_by_role("button", name="Show", exact=True).click()
    expect(window.locator("#notes .error")).to_contain_text(words)
    expect(window.locator("main, h1")).to_have_count(2)
    expect(window.locator(".statement", has_text="gothic")).to_be_visible()


def test_a_form_of_another_visit_is_refused_by_a_note(window):
    window.goto("/for-you/")
    window.context.clear_cookies(name="csrftoken")
    window.get_by_role("button", name="Not for me").first.click()
    expect(window.locator("#notes .error")).to_contain_text("This page had been open for too long")
    expect(window.locator("main, h1, header.top")).to_have_count(3)


def test_what_cannot_be_declared_is_seen_at_once_and_leads_nowhere_else(open_window, reader):
    page = open_window(reader.account, width=390)
    page.goto("/my-portrait/")
    page.get_by_label("Something you like").fill("!!!")
    page.get_by_role("button", name="I like this").click()
    expect(page.locator("#add .errorlist")).to_contain_text("cannot stand on a portrait")
    expect(page.locator("#add .errorlist")).to_be_in_viewport()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="我的画像")).to_be_visible()


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_card_opens_the_page_of_its_item_by_keyboard_on_a_phone(open_window, reader, locale):
    page = open_window(reader.account, width=390, locale=locale)
    page.goto("/for-you/")
    first = titles(page)[0]
    page.get_by_role("link", name=first, exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    assert page.locator(".shares li").count() > 0
    page.locator(".alike a").first.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(first)
    page.go_back()
    page.locator("button[value=not_for_me]").press("Enter")
    expect(page.locator("#notes")).to_contain_text(first)
    assert first not in titles(page)
