"""What staff do with a mouse."""

import pytest
from playwright.sync_api import Page, expect

from profiles.models import Statement
from tests.likeness.people import Reader, give_statements, make_staff

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(open_window, reader: Reader) -> Page:
    """The window of a curator."""
    return open_window(make_staff("curator", reader.world.workspace))


def answer_first(page: Page, verdict: str) -> None:
    page.locator("#result_list input.action-select").first.check()
    page.locator("select[name=action]").select_option(verdict)
    page.locator("button[name=index]").click()
    expect(page.locator("body")).to_contain_text("1 statements answered.")


def test_the_inbox_is_answered_until_it_is_empty(desk, reader):
    waiting = give_statements(reader.user, 2, status="proposed", quote="It rains on every page.")
    desk.goto("/admin/")
    desk.get_by_role("link", name="Review inbox").click()
    expect(desk.locator("#result_list tbody tr")).to_have_count(2)
    expect(desk.locator("#result_list")).to_contain_text("It rains on every page.")
    answer_first(desk, "confirm")
    expect(desk.locator("#result_list tbody tr")).to_have_count(1)
    answer_first(desk, "reject")
    expect(desk.locator("#result_list tbody tr")).to_have_count(0)
    answered = Statement.objects.filter(pk__in=[one.pk for one in waiting])
    assert {one.status for one in answered} == {"active", "rejected"}


def test_a_word_of_the_vocabulary_takes_little_room_on_a_phone(open_window, reader):
    page = open_window(make_staff("curator", reader.world.workspace), width=390)
    page.goto("/admin/catalog/tag/")
    row = page.locator("#result_list tbody tr", has_text="gothic")
    expect(row.locator(".field-is_blocked")).to_be_visible()
    assert row.evaluate("row => row.getBoundingClientRect().height") < 120


def test_a_correction_moves_the_list_beside_it(desk, reader):
    desk.goto("/admin/profiles/user/")
    desk.get_by_role("link", name="ada").click()
    heading = desk.get_by_role("heading", name="likes gothic")
    statement = desk.locator(".lk-statement").filter(has=heading)
    expect(statement).to_contain_text("A fine cold house.")
    expect(desk.locator(".lk-places > li")).to_have_count(8)
    expect(desk.locator(".lk-places")).to_contain_text("liking for gothic")
    statement.get_by_role("button", name="Reject").click()
    expect(desk.locator("body")).to_contain_text("The list beside the statements has followed.")
    expect(desk.locator(".lk-places")).not_to_contain_text("liking for gothic")
    expect(statement).to_contain_text("rejected")


@pytest.mark.parametrize("path", ["/admin/", "/admin/profiles/user/{}/change/"])
def test_the_pages_of_staff_fit_a_phone(open_window, reader, path):
    page = open_window(make_staff("curator", reader.world.workspace), width=390)
    page.goto(path.format(reader.user.pk))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
