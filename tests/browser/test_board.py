"""The board in a real browser: everything on one screen, in any size a board room has."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import FIRST_VISIT_MS, OF_DEMO


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_the_board_fits_one_screen_with_and_without_attention(
    server: str, page: Page, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{server}/images{OF_DEMO}")
    expect(page.locator(".viewer[data-shown]")).to_be_visible(timeout=FIRST_VISIT_MS)
    page.goto(f"{server}/board{OF_DEMO}")
    origin = page.locator(".dss-board .foot")
    images = page.locator(".st-key-board-images img")
    for count in (3, 4):
        expect(images).to_have_count(count)
        expect(origin).to_be_in_viewport(ratio=1.0)
        expect(page.get_by_text("Research use only.").first).to_be_in_viewport()
        wide = page.evaluate("document.querySelector('.stMain').scrollWidth")
        assert wide <= width
        if count == 3:
            page.get_by_text("Attention", exact=True).last.click()
