"""What counts as seen: items that came into view, and no others."""

import pytest
from playwright.sync_api import Page, expect

from recommendations.models import Impression, Slate

pytestmark = pytest.mark.browser


def told(page: Page, doing, slate="") -> None:
    """Do something that brings items into view, and wait until the page told of it."""

    def is_it(response) -> bool:
        is_told = response.url.endswith("/for-you/seen/")
        return is_told and str(slate) in (response.request.post_data or "")

    with page.expect_response(is_it) as answer:
        doing()
    assert answer.value.status == 204


@pytest.mark.parametrize("width", [1280, 390])
def test_items_count_as_seen_once_they_come_into_view(open_window, reader, width):
    page = open_window(reader.account, width=width)
    told(page, lambda: page.goto("/for-you/"))
    slate = Slate.objects.get(placement="for-you")
    at_first = Impression.objects.filter(slate=slate).count()
    assert 0 < at_first < len(slate.item_ids)
    assert not Impression.objects.exclude(slate=slate).exists()
    told(page, page.locator(".slate > li").nth(11).scroll_into_view_if_needed)
    assert Impression.objects.filter(slate=slate).count() > at_first
    [first, *_] = Slate.objects.filter(placement="for-you-lists").order_by("-created_at")
    card = page.locator(f'.line .card[data-slate="{first.pk}"]').first
    told(page, card.scroll_into_view_if_needed, first.pk)
    lists = Impression.objects.exclude(slate=slate)
    assert 0 < lists.count() < page.locator(".line .card").count()


def test_what_is_shown_after_more_was_asked_for_counts_too(open_window, reader):
    page = open_window(reader.account)
    told(page, lambda: page.goto("/for-you/"))
    page.get_by_role("link", name="Show more").click()
    expect(page.locator(".slate .card")).not_to_have_count(12)
    later = Slate.objects.get(previous__isnull=False)
    told(page, page.locator(".slate .card").nth(20).scroll_into_view_if_needed, later.pk)
    assert Impression.objects.filter(slate=later).exists()


def test_without_scripts_nothing_counts(open_window, reader):
    page = open_window(reader.account, java_script_enabled=False)
    page.goto("/for-you/")
    expect(page.locator(".slate .card")).to_have_count(12)
    assert not Impression.objects.exists()


def test_lists_lie_side_by_side_and_the_page_stays_as_wide_as_the_window(open_window, reader):
    for width in (1280, 390):
        page = open_window(reader.account, width=width)
        page.goto("/for-you/")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        tops = (
            page.locator(".line")
            .first.locator(".card")
            .evaluate_all("cards => cards.map(card => card.getBoundingClientRect().top)")
        )
        assert len(tops) >= 3
        assert len(set(tops)) == 1
