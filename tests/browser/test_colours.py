"""Words stand out from what is behind them, and fields have edges that can be seen.

Contrast as WCAG 2.2 measures it: 4.5 for words, 3 for large ones (24 px, or 18.66 px and bold)
and for the edges of fields. Looked at in light and in dark.
"""

import pytest

from profiles.models import Statement
from tests.likeness.people import Reader, give_statements, make_staff

pytestmark = pytest.mark.browser

READERS_PAGES = [
    *("/for-you/", "/items/g1/", "/my-portrait/", "/my-portrait/history/"),
    "/my-portrait/erase/",
]
STAFF_PAGES = [
    *("/admin/", "/admin/costs/", "/admin/quality/", "/admin/training/", "/admin/outcomes/"),
    *("/admin/profiles/user/", "/admin/profiles/statement/"),
    "/admin/profiles/user/{}/change/",
    "/admin/recommendations/experiment/add/",
]

STATES = [{"status": "proposed"}, {"status": "rejected"}, {"polarity": -1}, {"is_hidden": True}]

# Returns what cannot be told from what is behind it.
LOOK = """() => {
  const brush = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = words => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = words;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) =>
    [0, 1, 2].map(n => top[n] * top[3] + below[n] * (1 - top[3])).concat(1);
  const light = colour => {
    const [r, g, b] = colour.slice(0, 3).map(value => value / 255)
      .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [less, more] = [light(one), light(other)].sort((a, b) => a - b);
    return (more + 0.05) / (less + 0.05);
  };
  const above = one => one ? [...above(one.parentElement), one] : [];
  const behind = one => above(one).reduce(
    (colour, each) => over(rgba(getComputedStyle(each).backgroundColor), colour),
    [255, 255, 255, 1]);
  const share = one => above(one).reduce((all, each) => all * getComputedStyle(each).opacity, 1);
  const isSeen = one => one.getBoundingClientRect().width > 1
    && one.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const wrong = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement, words = texts.currentNode.textContent.trim();
    if (!words || !isSeen(one) || one.closest('.skip, [aria-hidden=true], [class*=symbols]'))
      continue;
    const style = getComputedStyle(one), size = parseFloat(style.fontSize);
    const [r, g, b, a] = rgba(one instanceof SVGElement ? style.fill : style.color);
    const found = contrast(over([r, g, b, a * share(one)], behind(one)), behind(one));
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (found < (isLarge ? 3 : 4.5)) wrong.add(`${words.slice(0, 30)}: ${found.toFixed(2)}`);
  }
  for (const field of document.querySelectorAll('main input, main select, main textarea')) {
    if (!isSeen(field) || ['checkbox', 'radio'].includes(field.type) || field.closest('#toolbar'))
      continue;
    const ground = behind(field.parentElement);
    const found = contrast(over(rgba(getComputedStyle(field).borderTopColor), ground), ground);
    if (found < 3) wrong.add(`${field.name || field.type}: ${found.toFixed(2)}`);
  }
  return [...wrong];
}"""


@pytest.fixture
def rich(reader: Reader) -> Reader:
    """A reader with something in every state on the portrait."""
    given = give_statements(reader.user, 4, quote="It rains on every page.")
    for statement, changes in zip(given, STATES, strict=True):
        Statement.objects.filter(pk=statement.pk).update(**changes)
    return reader


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_that_is_written_can_be_read(open_window, rich, scheme):
    windows = [
        (open_window(rich.account, color_scheme=scheme), READERS_PAGES),
        (open_window(make_staff("chief"), color_scheme=scheme), STAFF_PAGES),
    ]
    wrong = {}
    for page, paths in windows:
        for path in paths:
            page.goto(path.format(rich.user.pk))
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            if found := page.evaluate(LOOK):
                wrong[path] = found
    assert wrong == {}
