"""A reader at the screen: steps, draws, grows, undoes, and sees numbers and score follow."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from dss_ui.desk import COLOURS

_OUTLINE = """(canvas, hex) => {
  const want = [1, 3, 5].map((n) => parseInt(hex.slice(n, n + 2), 16));
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 200 && want.every((v, n) => Math.abs(data[at + n] - v) < 25)) found += 1;
  }
  return found;
}"""
FIRST_VISIT_MS = 240_000  # the first visitor waits for the demo case
FIRST, SECOND = list(COLOURS.values())[:2]


@pytest.fixture
def region(server: str, page: Page) -> Page:
    """The region page with the demo case, its images drawn."""
    page.goto(f"{server}/region")
    expect(page.locator(".viewer[data-shown]")).to_be_visible(timeout=FIRST_VISIT_MS)
    return page


def _axial(page: Page) -> Locator:
    return page.locator(".panel.axial .picture").first


def _outlined(page: Page, colour: str) -> int:
    """Pixels of an outline on the axial picture."""
    found: int = _axial(page).locator("canvas").last.evaluate(_OUTLINE, colour)
    return found


def _shown(page: Page) -> str:
    return page.locator(".viewer").get_attribute("data-shown") or ""


def _drag(page: Page, box: tuple[float, float, float, float]) -> None:
    """Drag on the axial picture, in shares of its width and height."""
    place = _axial(page).bounding_box()
    assert place is not None
    x0, y0, x1, y1 = box
    page.mouse.move(place["x"] + x0 * place["width"], place["y"] + y0 * place["height"])
    page.mouse.down()
    page.mouse.move(place["x"] + x1 * place["width"], place["y"] + y1 * place["height"], steps=4)
    page.mouse.up()


def _on_tumour(page: Page, size: float) -> tuple[float, float, float, float]:
    """A square around the crosshair, which starts in the middle of the demo's tumour."""
    x, y = page.locator(".panel.axial .picture").first.evaluate("e => JSON.parse(e.dataset.cross)")
    return x - size / 2, y - size / 2, x + size / 2, y + size / 2


def _row(page: Page, name: str) -> Locator:
    return page.locator("table tr").filter(has_text=name)


def _sidebar_scores(page: Page) -> str:
    return page.get_by_test_id("stSidebar").get_by_text(re.compile("-DLS")).first.inner_text()


def test_a_box_on_the_demo_case_changes_the_score_and_stays(region: Page) -> None:
    page = region
    before = _sidebar_scores(page)
    assert _outlined(page, FIRST) > 50
    page.get_by_role("button", name="New lesion").click()
    expect(page.get_by_text("Lesion 1 is empty.")).to_be_visible()
    page.get_by_role("button", name="Rectangle").click()
    _drag(page, _on_tumour(page, 0.05))
    expect(_row(page, "Lesion 1")).to_contain_text("not scored")
    assert _outlined(page, SECOND) > 50
    page.get_by_role("button", name="Mediastinum").click()
    assert _outlined(page, SECOND) > 50
    score = page.get_by_role("button", name="Score Lesion 1")
    expect(score).to_have_count(1)  # the one before the last edit has gone
    score.click()
    expect(_row(page, "Lesion 1 (in use)")).to_be_visible()
    assert _sidebar_scores(page) != before
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("link", name="Score").click()
    expect(page.get_by_role("heading", name="Score", exact=True)).to_be_visible()
    sidebar.get_by_role("link", name="Region").click()
    expect(_row(page, "Lesion 1 (in use)")).to_be_visible()
    expect(page.locator(".viewer[data-shown]")).to_be_visible()
    expect(page.get_by_role("button", name="Mediastinum")).to_have_attribute("aria-pressed", "true")
    assert _outlined(page, SECOND) > 50 and _outlined(page, FIRST) > 0


def test_outlines_on_two_slices_are_filled_and_undone(region: Page) -> None:
    page = region
    page.get_by_role("button", name="New lesion").click()
    expect(page.get_by_text("Lesion 1 is empty.")).to_be_visible()
    page.get_by_role("button", name="Circle").click()
    x, y, *_ = _on_tumour(page, 0.0)
    _drag(page, (x, y, x + 0.02, y))
    expect(_row(page, "Lesion 1")).to_be_visible()
    alone = float(_row(page, "Lesion 1").locator("td").nth(1).inner_text())
    for _ in range(4):
        _axial(page).press("ArrowUp")
    _drag(page, (x, y, x + 0.02, y))
    five = f"{5 * alone:.0f}"
    expect(_row(page, "Lesion 1").locator("td").nth(1)).to_contain_text(five)
    for _ in range(2):
        _axial(page).press("ArrowDown")
    assert _outlined(page, SECOND) > 30  # a slice in between that nobody drew on
    _axial(page).press("Control+z")
    expect(_row(page, "Lesion 1").locator("td").nth(1)).to_have_text(f"{alone:.1f}")
    _axial(page).press("Control+y")
    expect(_row(page, "Lesion 1").locator("td").nth(1)).to_contain_text(five)


def test_a_click_on_the_pet_grows_the_tumour_or_says_why_not(region: Page) -> None:
    page = region
    page.get_by_role("button", name="New lesion").click()
    page.get_by_role("button", name="Grow in PET").click()
    x, y, *_ = _on_tumour(page, 0.0)
    _drag(page, (0.03, 0.03, 0.03, 0.03))
    expect(page.locator(".viewer .status")).to_contain_text("SUV")
    _drag(page, (x, y, x, y))
    expect(_row(page, "Lesion 1")).to_be_visible()
    assert _outlined(page, SECOND) > 50


def test_the_wheel_scrolls_the_page_until_an_image_is_clicked(region: Page) -> None:
    page = region
    before = _shown(page)
    _axial(page).hover()
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(300)
    assert _shown(page) == before
    page.mouse.down()
    page.mouse.up()
    slice_before = int(_shown(page).split()[0])
    page.mouse.wheel(0, -100)
    expect(page.locator(f".viewer[data-shown^='{slice_before + 1} ']")).to_be_visible()


def test_keys_step_through_the_slices_of_the_plane_in_focus(region: Page) -> None:
    for place, axis in enumerate(("axial", "coronal", "sagittal")):
        before = int(_shown(region).split()[place])
        picture = region.locator(f".panel.{axis} .picture")
        for key, moved in (("ArrowUp", 1), ("PageDown", -9), ("Home", -before)):
            picture.press(key)
            expect(region.locator(".viewer")).to_have_attribute(
                "data-shown", re.compile(rf"^(\S+ ){{{place}}}{before + moved}\b")
            )


def test_the_cursor_reads_hu_and_suv(region: Page) -> None:
    x, y, *_ = _on_tumour(region, 0.0)
    place = _axial(region).bounding_box()
    assert place is not None
    region.mouse.move(place["x"] + x * place["width"], place["y"] + y * place["height"])
    readout = region.locator(".readout").inner_text()
    found = re.match(r"HU (-?\d+)\s+SUV (\d+\.\d+)\s+x", readout)
    assert found, readout
    assert -100 < int(found[1]) < 150 and 4.0 < float(found[2]) < 12.0
