"""Every page on a phone, by keyboard, and for those who listen to it."""

import pytest
from playwright.sync_api import Page, expect

from tests.likeness.people import Reader, give_statements

pytestmark = pytest.mark.browser

PAGES = ["/for-you/", "/items/g1/", "/my-portrait/", "/my-portrait/erase/", "/nothing-here/"]

# What a page must have for somebody who cannot see it. Returns what is wrong.
LOOK = """() => {
  const wrong = [];
  const say = (condition, words) => condition || wrong.push(words);
  say(document.documentElement.lang, 'no language');
  say(document.title.length > 10, 'no title');
  say(document.querySelectorAll('h1').length === 1, 'not one h1');
  say(document.querySelectorAll('main').length === 1, 'not one main');
  const heads = [...document.querySelectorAll('main h1, main h2, main h3')];
  const levels = heads.map(head => +head.tagName[1]);
  levels.forEach((level, n) => say(n === 0 || level <= levels[n - 1] + 1, 'a level is skipped'));
  for (const field of document.querySelectorAll('main input:not([type=hidden])'))
    say(field.labels.length === 1, 'no label for ' + field.name);
  for (const one of document.querySelectorAll('button, a'))
    say(one.textContent.trim() || one.getAttribute('aria-label'), 'a nameless control');
  for (const picture of document.querySelectorAll('svg'))
    say(picture.getAttribute('aria-label'), 'a nameless picture');
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  say(new Set(ids).size === ids.length, 'an id stands twice');
  for (const one of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) {
    const id = one.getAttribute('aria-labelledby') || one.getAttribute('aria-describedby');
    say(document.getElementById(id), 'refers to nothing: ' + id);
  }
  return wrong;
}"""


@pytest.fixture
def rich(reader: Reader) -> Reader:
    """A reader with much on the portrait, some of it in long words."""
    give_statements(reader.user, 3)
    reader.user.statements.update(strength=1.0)
    item = reader.world.gothic[1]
    item.title = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    item.save()
    return reader


def test_every_page_is_there_for_those_who_listen(open_window, rich):
    page = open_window(rich.account)
    found = {path: look(page, path) for path in PAGES}
    stranger = open_window()
    found["/sign-in/"] = look(stranger, "/sign-in/")
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def look(page: Page, path: str) -> list[str]:
    page.goto(path)
    return page.evaluate(LOOK)


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_no_page_is_wider_than_a_phone(open_window, rich, locale):
    page = open_window(rich.account, width=390, locale=locale)
    stranger = open_window(width=390, locale=locale)
    widths = {path: width(page, path) for path in PAGES} | {
        "/sign-in/": width(stranger, "/sign-in/")
    }
    assert widths == dict.fromkeys(widths, 390)


def width(page: Page, path: str) -> int:
    page.goto(path)
    for details in page.locator("details summary").all():
        details.click()
    return page.evaluate("document.documentElement.scrollWidth")


def test_the_buttons_are_large_enough_for_a_thumb(open_window, rich):
    page = open_window(rich.account, width=390)
    for path in ("/for-you/", "/items/g1/", "/my-portrait/"):
        page.goto(path)
        boxes = [button.bounding_box() for button in page.locator("button, .button").all()]
        assert min(box["height"] for box in boxes if box) >= 36


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(window):
    window.goto("/for-you/")
    window.keyboard.press("Tab")
    skip = window.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    order = [focus_of(window)] + [press_tab(window) for _ in range(10)]
    assert [name for name, _ in order] == [
        "Skip to the content",
        "Likeness",
        "For you",
        "My portrait",
        "中文",
        "Sign out",
        window.locator(".card h2").first.inner_text(),
        "Fits your liking for gothic",
        "More of this",
        "Less of this",
        "Not for me",
    ]
    assert all(outline >= 2 for _, outline in order)
    window.keyboard.press("Enter")
    expect(window.locator(".card.gone")).to_be_focused()


def test_the_skip_link_leads_past_the_head_of_the_page(window):
    window.goto("/my-portrait/")
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")
    expect(window.locator("main")).to_be_focused()
    name, _ = press_tab(window)
    assert name not in {"Likeness", "For you", "My portrait", "Sign out"}


def press_tab(page: Page) -> tuple[str, float]:
    page.keyboard.press("Tab")
    return focus_of(page)


def focus_of(page: Page) -> tuple[str, float]:
    """Return the words of what has the focus, and the width of the line around it."""
    name, outline = page.evaluate(
        """() => [document.activeElement.textContent.trim(),
                  getComputedStyle(document.activeElement).outlineWidth]"""
    )
    return name, float(outline.removesuffix("px"))
