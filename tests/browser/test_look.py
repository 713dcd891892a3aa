"""Images and Decision page in both themes, wide and narrow: nothing cut off or overflowing."""

from itertools import pairwise
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from dss_core.case.demo_patients import DemoPatient, demo_patients
from tests.browser.conftest import FIRST_VISIT_MS, OF_DEMO, PATIENCE_MS
from tests.browser.visiting import idle

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


_FIRST_SCREEN = {
    "facts": ".st-key-decision-facts",
    "answer": ".dss-answers",
    "agreement": ".dss-verdict",
    "assessment": ".stForm:has(textarea)",
}


@pytest.mark.parametrize("patient", demo_patients(), ids=lambda patient: patient.record.label)
def test_facts_answer_agreement_and_assessment_are_on_the_first_screen(
    server: str, browser: Browser, patient: DemoPatient
) -> None:
    """Of every demonstration patient, and none of them over another."""
    visitor = browser.new_context(viewport={"width": 1440, "height": 900})
    page = visitor.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server}/decision?case={patient.record.id}")
    expect(page.get_by_role("button", name="Download patient record")).to_be_visible()
    idle(page)
    places = {}
    for name, where in _FIRST_SCREEN.items():
        box = page.locator(where).bounding_box()
        assert box is not None, name
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900, (name, box)
        places[name] = box
    facts, answer = places["facts"], places["answer"]
    assert facts["x"] + facts["width"] <= answer["x"]
    for above, below in pairwise(("answer", "agreement", "assessment")):
        assert places[above]["y"] + places[above]["height"] <= places[below]["y"] + 1
    visitor.close()


def test_on_a_small_screen_the_answer_comes_before_the_form(server: str, browser: Browser) -> None:
    visitor = browser.new_context(viewport={"width": 1024, "height": 768})
    page = visitor.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server}/decision{OF_DEMO}")
    expect(page.get_by_role("button", name="Download patient record")).to_be_visible()
    idle(page)
    answer = page.locator(".dss-answers").bounding_box()
    facts = page.locator(".st-key-decision-facts").bounding_box()
    assert answer is not None and facts is not None
    assert answer["y"] + answer["height"] <= 768 < facts["y"]
    visitor.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_decision_page_is_whole(server: str, browser: Browser, theme: Theme) -> None:
    visitor = browser.new_context(color_scheme=theme)
    page = visitor.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server}/decision{OF_DEMO}")
    expect(page.get_by_role("button", name="Download patient record")).to_be_visible()
    for width in (1440, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("(wide) => window.innerWidth === wide", arg=width)
        assert _left(page, width) == []
    visitor.close()
