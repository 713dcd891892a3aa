"""The region page in a test's hands: dragging on pictures, reading outlines and the table."""

import re

from playwright.sync_api import Locator, Page

from dss_ui.viewer.marking_session import COLOURS

_OUTLINE = """(canvas, hex) => {
  const want = [1, 3, 5].map((n) => parseInt(hex.slice(n, n + 2), 16));
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 200 && want.every((v, n) => Math.abs(data[at + n] - v) < 25)) found += 1;
  }
  return found;
}"""
BAR = ".st-key-case-bar"
_LOOKS = 80
FIRST, SECOND = list(COLOURS.values())[:2]


def axial(page: Page) -> Locator:
    """The axial picture."""
    return page.locator(".panel.axial .picture").first


def outlined(page: Page, colour: str, more_than: int = 50) -> bool:
    """Whether an outline of more pixels than that comes on the axial picture.

    The numbers of a lesion may be on the page before its outline is.
    """
    picture = axial(page).locator("canvas").last
    for _ in range(_LOOKS):
        if picture.evaluate(_OUTLINE, colour) > more_than:
            return True
        page.wait_for_timeout(250)
    return False


def shown(page: Page) -> str:
    """Slices that the pictures show."""
    return page.locator(".viewer").get_attribute("data-shown") or ""


def drag(page: Page, box: tuple[float, ...], *more: tuple[float, float], on: str = "axial") -> None:
    """Drag from corner to corner of a box on a picture, or along points; in shares of its size."""
    place = page.locator(f".panel.{on} .picture").first.bounding_box()
    assert place is not None
    points = [(box[0], box[1]), *([(box[2], box[3])] if len(box) == 4 else []), *more]
    at = [(place["x"] + x * place["width"], place["y"] + y * place["height"]) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for x, y in at[1:]:
        page.mouse.move(x, y, steps=4)
    page.mouse.up()


def on_tumour(page: Page, size: float) -> tuple[float, float, float, float]:
    """A square around the crosshair, which starts in the middle of the demo's tumour."""
    x, y = axial(page).evaluate("e => JSON.parse(e.dataset.cross)")
    return x - size / 2, y - size / 2, x + size / 2, y + size / 2


def row(page: Page, name: str) -> Locator:
    """The row of a lesion in the table."""
    return page.locator("table tr").filter(has_text=name)


def scores_of_bar(page: Page) -> str:
    """Both scores as the case bar says them."""
    found = re.search(r"EGFR-DLS [\d.]+.*?PDL1-DLS [\d.]+", page.locator(BAR).inner_text())
    assert found
    return found[0]


def volume_ml(page: Page, name: str) -> float:
    """Volume of a lesion as the table says it."""
    return float(row(page, name).locator("td").nth(1).inner_text())
