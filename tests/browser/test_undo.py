"""A correction is undone in a real browser: by the user with keys alone, and by staff."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.likeness.people import make_staff

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_a_reader_takes_a_word_back_with_keys_alone(open_window, reader, width):
    page = open_window(reader.account, width=width)
    page.goto("/my-portrait/")
    statement = page.locator(".statement", has_text="gothic")
    expect(statement.get_by_role("button", name="Undo")).to_have_count(0)
    statement.get_by_role("button", name="Not true").focus()
    page.keyboard.press("Enter")
    rejected = page.locator(".statement", has_text="rejected")
    expect(rejected).to_be_focused()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "undo":
            break
    expect(rejected.get_by_role("button", name="Undo")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.keyboard.press("Enter")
    expect(page.locator(".statement", has_text="rejected")).to_have_count(0)
    expect(statement).to_be_focused()
    expect(page.locator("#said")).to_contain_text("gothic")
    expect(statement.get_by_role("button", name="Undo")).to_have_count(0)


def test_a_word_is_taken_back_without_scripts(open_window, reader):
    page = open_window(reader.account, java_script_enabled=False)
    page.goto("/my-portrait/")
    page.locator(".statement", has_text="gothic").get_by_role("button", name="Not true").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#notes")).to_contain_text("Noted.")
    expect(page.locator(".statement", has_text="rejected")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_staff_take_a_word_back(open_window, reader, width):
    curator = make_staff("curator", reader.world.workspace)
    page = open_window(curator, width=width)
    page.goto(reverse("admin:profiles_user_change", args=[reader.user.pk]))
    page.locator(".lk-statement").get_by_role("button", name="Reject").click()
    expect(page.locator(".lk-badge.lk-rejected")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("body")).to_contain_text("Undone.")
    expect(page.locator(".lk-badge.lk-rejected")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
