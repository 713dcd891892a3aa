"""Figures of the cohort page leave the browser as files, without a browser on the server."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OF_DEMO


@pytest.mark.parametrize(
    ("button", "start"), [("SVG", b"<svg"), ("PNG", b"\x89PNG")], ids=["svg", "png"]
)
def test_the_curve_downloads_as_a_picture(
    server: str, page: Page, button: str, start: bytes
) -> None:
    page.goto(f"{server}/past_patients{OF_DEMO}")
    plot = page.locator(".st-key-km .js-plotly-plot .main-svg").first
    expect(plot).to_be_visible()
    with page.expect_download() as download:
        page.locator(".st-key-km-files").get_by_text(button, exact=True).click()
    assert download.value.suggested_filename == f"kaplan-meier.{button.lower()}"
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(start)
    if button == "SVG":
        for words in (b"Research use only. Not a medical device.", b"no real patients"):
            assert words in content
