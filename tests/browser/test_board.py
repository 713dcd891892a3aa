"""The board in a real browser: everything on one screen, in any size a board room has."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dss_core.case.demo_patients import demo_patients
from dss_core.exports.make_board_report import board_report
from dss_ui.board.board_cards import board
from tests.board_case import assessed, demo, pdf_facts, pdf_text, with_result
from tests.browser.conftest import FIRST_VISIT_MS, OF_DEMO
from tests.browser.visiting import idle

SIZES = pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080), (1024, 768)])
FOOT, IMAGES = ".dss-board .foot", ".st-key-board-images img"


def test_the_board_takes_attention_into_its_pictures_and_still_fits(
    server: str, page: Page
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{server}/board{OF_DEMO}")
    expect(page.locator(IMAGES)).to_have_count(4)
    page.get_by_role("button", name="Pictures").click()
    page.get_by_role("button", name="Open the images").click()
    expect(page.get_by_role("button", name="Use these pictures")).to_be_visible(
        timeout=FIRST_VISIT_MS
    )
    idle(page)
    attention = page.get_by_text("Attention", exact=True).last
    if not attention.is_visible():  # the popover closes when its content is drawn anew
        page.get_by_role("button", name="Pictures").click()
    attention.click()
    page.get_by_role("button", name="Use these pictures").click()
    expect(page.locator(IMAGES)).to_have_count(5, timeout=FIRST_VISIT_MS)
    page.keyboard.press("Escape")
    _fits(page, 1440)


def test_the_board_prints_on_one_page_without_sidebar_and_buttons(
    server: str, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{server}/board{OF_DEMO}")
    expect(page.locator(FOOT)).to_be_visible(timeout=FIRST_VISIT_MS)
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    content = page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf_facts(content, tmp_path)["Pages"] == "1"
    said = pdf_text(content, tmp_path)
    assert "Research use only. Not a medical device." in said and "EGFR-DLS" in said
    for absent in ("Full screen", "PPTX", "Evidence"):
        assert absent not in said


def test_a_download_is_a_pdf_of_one_page(server: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{server}/board{OF_DEMO}")
    expect(page.locator(FOOT)).to_be_visible(timeout=FIRST_VISIT_MS)
    with page.expect_download(timeout=FIRST_VISIT_MS) as waiting:
        page.get_by_role("button", name="PDF").click()
    assert waiting.value.suggested_filename.startswith("tumour-board-")
    content = Path(waiting.value.path()).read_bytes()
    assert pdf_facts(content, tmp_path)["Pages"] == "1"


def test_full_screen_leaves_only_what_is_presented(server: str, page: Page) -> None:
    page.goto(f"{server}/board{OF_DEMO}")
    expect(page.locator(FOOT)).to_be_visible(timeout=FIRST_VISIT_MS)
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    expect(page.locator(".st-key-case-bar")).to_be_hidden()
    expect(page.locator(".st-key-board-actions")).to_be_hidden()
    expect(page.locator(FOOT)).to_be_in_viewport(ratio=1.0)
    assert page.get_by_text("Research use only.").first.is_visible()


def test_the_board_can_be_read_from_five_metres(server: str, page: Page) -> None:
    """On a screen 1.2 m wide: letters of 12 mm for what is read, of 25 mm for the scores."""
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{server}/board{OF_DEMO}")
    expect(page.locator(FOOT)).to_be_visible(timeout=FIRST_VISIT_MS)
    size = "element => parseFloat(getComputedStyle(element).fontSize) * 1200 / 1920"
    assert page.locator(".dss-board .number").first.evaluate(size) > 25
    assert page.locator(".dss-board .lead").first.evaluate(size) > 12
    assert page.locator(".dss-board .group").first.evaluate(size) > 12


@SIZES
def test_the_board_of_every_demo_patient_fits_one_screen(
    server: str, page: Page, width: int, height: int
) -> None:
    """Whatever the cards say: withheld scores with their reasons say most."""
    page.set_viewport_size({"width": width, "height": height})
    for patient in demo_patients():
        page.goto(f"{server}/board?case={patient.record.id}")
        expect(page.locator(".st-key-case-bar")).to_contain_text(patient.record.label)
        expect(page.locator(IMAGES)).to_have_count(4)
        _fits(page, width)


def test_eight_long_warnings_and_a_long_assessment_still_fit_a_small_screen(
    server: str, page: Page
) -> None:
    """The boxes of a case that says much, in the place of those of the case that is open."""
    warnings = [
        {"code": f"w{i}", "message": "A finding of 20 letters, " * 6 + "!"} for i in range(9)
    ]
    report = board_report(
        with_result(assessed(demo(), "Repeat the biopsy. " * 8), warnings=warnings)
    )
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"{server}/board{OF_DEMO}")
    expect(page.locator(FOOT)).to_be_visible(timeout=FIRST_VISIT_MS)
    put = "(element, html) => { element.outerHTML = html }"
    page.locator(".dss-board").evaluate(put, board(report))
    expect(page.locator(FOOT)).to_contain_text("and 1 more")
    _fits(page, 1024)


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
