"""Images page in both themes, wide and narrow: nothing cut off, overflowing or blank."""

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import FIRST_VISIT_MS, OF_DEMO, PATIENCE_MS

Theme = Literal["light", "dark"]

_PICTURES = ".panel .picture canvas:first-child"
_LABELS = "button, label, select, summary, [data-testid=stMetricLabel], figcaption, th"
_CUT = """(query) => {
  const parts = (root) => [...root.querySelectorAll('*')].flatMap(
    (e) => (e.shadowRoot ? [e, ...parts(e.shadowRoot)] : [e]));
  const clips = (e) => getComputedStyle(e).overflowX !== 'visible'
    && e.clientWidth > 1;  // one pixel: words for screen readers only
  const cut = (e) => clips(e) && e.scrollWidth > e.clientWidth + 1;
  return parts(document.body)
    .filter((e) => e.matches(query) && e.offsetParent && e.textContent.trim())
    .filter((e) => [e, ...e.querySelectorAll('*')].some(cut)
      || e.getBoundingClientRect().right > window.innerWidth + 1)
    .map((e) => e.textContent.trim());
}"""
_SPREAD = """(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let n = 0, sum = 0, squares = 0;
  for (let at = 0; at < data.length; at += 4) { n += 1; sum += data[at]; squares += data[at] ** 2; }
  return Math.sqrt(squares / n - (sum / n) ** 2);
}"""
_BRIGHTNESS = """() => {
  const [r, g, b] = getComputedStyle(document.querySelector('.stApp')).backgroundColor
    .match(/\\d+/g).map(Number);
  return (r + g + b) / 3;
}"""


def _left(page: Page, width: int) -> list[str]:
    """What is wrong, once the page has had time to be drawn anew after its width changed."""
    found: list[str] = []
    for _ in range(40):
        if not (found := _wrong(page, width)):
            break
        page.wait_for_timeout(250)
    return found


def _wrong(page: Page, width: int) -> list[str]:
    found = [f"cut off: {label}" for label in page.evaluate(_CUT, _LABELS)]
    parts = ("document.querySelector('.stMain')", "document.documentElement")
    wide = [part for part in parts if page.evaluate(f"{part}.scrollWidth") > width]
    found += [f"wider than the window: {part}" for part in wide]
    pictures = page.locator(_PICTURES)
    blank = [n for n in range(pictures.count()) if pictures.nth(n).evaluate(_SPREAD) <= 10.0]
    return found + [f"blank: picture {n}" for n in blank]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_images_page_is_whole(server: str, browser: Browser, theme: Theme) -> None:
    visitor = browser.new_context(color_scheme=theme)
    page = visitor.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server}/images{OF_DEMO}")
    expect(page.locator(".viewer[data-shown]")).to_be_visible(timeout=FIRST_VISIT_MS)
    expect(page.locator(_PICTURES)).to_have_count(4)
    for width in (1440, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("(wide) => window.innerWidth === wide", arg=width)
        assert _left(page, width) == []
    assert page.get_by_test_id("stException").count() == 0
    assert (page.evaluate(_BRIGHTNESS) < 128.0) == (theme == "dark")
    visitor.close()


def test_tabs_of_the_decision_page_fit_a_narrow_window(server: str, browser: Browser) -> None:
    """Nothing to scroll sideways: every tab lies within the row of tabs."""
    visitor = browser.new_context(viewport={"width": 1024, "height": 900})
    page = visitor.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server}/decision{OF_DEMO}")
    heading = page.get_by_role("heading", name="What is missing", exact=True)
    expect(heading).to_be_visible(timeout=FIRST_VISIT_MS)
    row = page.get_by_role("tablist").bounding_box()
    assert row is not None
    assert page.get_by_role("tablist").evaluate("(e) => e.scrollWidth <= e.clientWidth + 1")
    for tab in page.get_by_role("tab").all():
        place = tab.bounding_box()
        assert place is not None
        assert place["x"] >= row["x"] - 1
        assert place["x"] + place["width"] <= row["x"] + row["width"] + 1
    visitor.close()
