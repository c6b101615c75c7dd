"""Staff look at what a correction would move, leave it, come again and save it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from profiles.models import Statement
from tests.likeness.people import make_staff

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_a_correction_is_looked_at_left_and_saved(open_window, reader, width):
    page = open_window(make_staff("curator", reader.world.workspace), width=width)
    page.goto(reverse("admin:profiles_user_change", args=[reader.user.pk]))
    page.get_by_role("link", name="See what would move").click()
    before, after = page.locator(".lk-moves .lk-places").all()
    expect(before).to_contain_text("liking for gothic")
    expect(after).not_to_contain_text("liking for gothic")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if width > 1000:  # each line ends at the middle of its item
        rows = page.locator(".lk-moves section").nth(1).locator("li")
        boxes = [row.bounding_box() for row in rows.all()]
        picture = page.locator(".lk-slopes").bounding_box()
        assert [round(box["height"]) for box in boxes] == [round(picture["height"] / 8)] * 8
        assert abs(boxes[0]["y"] - picture["y"]) < 2
        assert abs(boxes[-1]["y"] + boxes[-1]["height"] - picture["y"] - picture["height"]) < 2
        lines = page.locator(".lk-moves li p").all()
        assert not any(line.evaluate("p => p.scrollHeight > p.clientHeight + 1") for line in lines)
    seen = after.locator("b").all_inner_texts()
    page.get_by_role("link", name="Leave it").click()
    expect(page.locator(".lk-statement")).to_contain_text("in use")
    assert Statement.objects.get(user=reader.user).reviewed_at is None
    page.get_by_role("link", name="See what would move").click()
    page.get_by_role("button", name="Save: Reject").click()
    expect(page.locator(".lk-statement")).to_contain_text("rejected")
    expect(page.locator(".lk-statement")).to_be_in_viewport()
    assert page.locator(".lk-places b").all_inner_texts() == seen
