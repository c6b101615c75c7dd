"""What staff see and do on the pages of readings, on a desk and on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from profiles.models import Reading, Review, Ruling
from tests.likeness.people import make_staff
from tests.profiles.readers import Room

pytestmark = pytest.mark.browser
LIST = "admin:profiles_reading_changelist"
RUDE = "You idiots, what were you thinking when you printed the acting of this?"


@pytest.fixture
def room(workspace, transactional_db) -> Room:
    room = Room(workspace)
    for name, text in (("ann", "The acting is superb, and the city is a friend."), ("ben", RUDE)):
        user = room.reader(name)
        for number in range(3):
            room.writes(user, "crime", number, text, value=5.0 if name == "ann" else 1.0)
    Reading.objects.filter(review__clean_text=RUDE).update(safety=0.2)
    return room


def is_as_wide_as_the_window(page: Page, width: int) -> bool:
    return page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [1280, 390])
def test_a_curator_hides_what_is_unsafe_and_thinks_again(open_window, room, width):
    page = open_window(make_staff("curator", room.workspace), width=width)
    page.goto(f"{reverse(LIST)}?safety=low&standing=open")
    rows = page.locator("#result_list tbody tr")
    expect(rows).to_have_count(3)
    assert is_as_wide_as_the_window(page, width)
    for place in range(2):
        rows.nth(place).locator("input.action-select").check()
    page.locator("select[name=action]").select_option("hide")
    page.get_by_label("reason").fill("rude")
    page.locator("button[name=index]").click()
    expect(page.locator("body")).to_contain_text("2 reviews decided about.")
    expect(rows).to_have_count(1)
    rows.locator("a").first.press("Enter")
    expect(page.locator("#ruling")).to_contain_text("May it be shown?")
    assert is_as_wide_as_the_window(page, width)
    page.locator("#ruling input[name=reason]").fill("an attack")
    page.get_by_role("button", name="Hide and leave out").click()
    expect(page.locator("#ruling")).to_contain_text("an attack")
    said = page.locator(".lk-said", has_text="idiots")
    expect(said).not_to_be_visible()
    page.locator(".lk-veiled summary").first.click()
    expect(said).to_be_visible()
    assert is_as_wide_as_the_window(page, width)
    page.get_by_role("button", name="Undo the last decision").click()
    expect(page.locator("#ruling")).to_contain_text("undone by curator")
    assert set(Review.objects.values_list("standing", flat=True)) == {"", "hidden"}
    assert Ruling.objects.count() == 3
