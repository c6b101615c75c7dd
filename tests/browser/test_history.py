"""What a reader does with their past: they look at an earlier portrait, and delete one thing."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from profiles.services.statements import state_users
from tests.likeness.people import make_account
from tests.profiles.readers import START, Room

pytestmark = pytest.mark.browser


@pytest.fixture
def ann(workspace, transactional_db):
    """The account of somebody who took to crime first, and much later to love."""
    room = Room(workspace)
    room.crowd(12)
    user = room.reader("ann")
    room.rates(user, "crime", 5, 0, 1, 2)
    room.rates(user, "love", 5, 0, 1, 2, 3, after_days=100)
    state_users(workspace.pk, [user.pk], now=timezone.now())
    user.account = make_account("ann")
    user.save()
    return user.account


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_reader_looks_at_the_portrait_of_a_past_day_and_comes_back(open_window, ann, has_scripts):
    page = open_window(ann, width=390, java_script_enabled=has_scripts)
    page.goto("/my-portrait/")
    expect(page.locator(".statement", has_text="love")).to_be_visible()
    expect(page.locator("#figures dd").first).to_have_text("7")
    day = page.get_by_label("See it as of the day")
    day.fill(f"{START + timedelta(days=20):%Y-%m-%d}")
    day.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("As it was on")
    if has_scripts:
        expect(page.get_by_role("status")).to_be_focused()
    assert "?day=" in page.url
    expect(page.locator(".statement", has_text="crime")).to_be_visible()
    expect(page.locator(".statement", has_text="love")).to_have_count(0)
    expect(page.locator(".statement button")).to_have_count(0)
    expect(page.locator("#figures dd").first).to_have_text("3")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Back to today").click()
    expect(page.locator(".statement", has_text="love")).to_be_visible()


def test_a_reader_deletes_one_thing_from_a_phone_with_the_keyboard(open_window, ann):
    page = open_window(ann, width=390)
    page.goto("/my-portrait/")
    page.get_by_role("link", name="My history").press("Enter")
    lines = page.locator(".history li")
    expect(lines).to_have_count(7)
    first = lines.first.locator("p").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    lines.first.get_by_role("link", name="Delete").press("Enter")
    expect(page.get_by_role("heading", name="Delete this?")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(first)
    page.get_by_role("link", name="Keep it").press("Enter")
    expect(lines).to_have_count(7)
    lines.first.get_by_role("link", name="Delete").press("Enter")
    page.get_by_role("button", name="Delete this").press("Enter")
    expect(page.locator("#notes")).to_contain_text("Deleted.")
    expect(lines).to_have_count(6)
    assert first not in lines.all_inner_texts()
