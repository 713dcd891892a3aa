"""The board in a real browser: everything on one screen, in any size a board room has."""

import pytest
from playwright.sync_api import Locator, Page, expect

from dss_core.case.demo_patients import demo_patients
from tests.browser.conftest import FIRST_VISIT_MS, OF_DEMO

SIZES = pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
FOOT, IMAGES = ".dss-board .foot", ".st-key-board-images img"


@SIZES
def test_the_board_fits_one_screen_with_and_without_attention(
    server: str, page: Page, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{server}/board{OF_DEMO}")
    images = page.locator(IMAGES)
    expect(images).to_have_count(3)
    _fits(page, width)
    page.get_by_text("Attention", exact=True).last.click()
    expect(images).to_have_count(4, timeout=FIRST_VISIT_MS)
    _fits(page, width)


@SIZES
def test_the_board_of_every_demo_patient_fits_one_screen(
    server: str, page: Page, width: int, height: int
) -> None:
    """Whatever the cards say: withheld scores with their reasons say most."""
    page.set_viewport_size({"width": width, "height": height})
    for patient in demo_patients():
        page.goto(f"{server}/board?case={patient.record.id}")
        expect(page.locator(".st-key-case-bar")).to_contain_text(patient.record.label)
        expect(page.locator(IMAGES)).to_have_count(3)
        _fits(page, width)


def _fits(page: Page, width: int) -> None:
    expect(page.locator(FOOT)).to_be_in_viewport(ratio=1.0)
    expect(page.locator(".st-key-case-bar")).to_be_in_viewport(ratio=1.0)
    banner = page.get_by_text("Research use only.").first
    expect(banner).to_be_in_viewport(ratio=1.0)
    assert not _meet(banner, page.get_by_test_id("stExpandSidebarButton"))
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= width
    for image in page.locator(IMAGES).all():
        box = image.bounding_box()
        assert box is not None and min(box["width"], box["height"]) > 140


def _meet(one: Locator, other: Locator) -> bool:
    """Whether two things lie over each other."""
    a, b = one.bounding_box(), other.bounding_box()
    assert a is not None and b is not None
    return (
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
    )
