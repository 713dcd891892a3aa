"""Pictures of the dashboard for the README: `python -m docs.take_images http://localhost:8501`.

Needs a running dashboard and Chromium; writes docs/images/*.png. The pages of a case show the first
demo patient.
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from dss_core.case.demo_patients import FIRST, demo_case_id

CASE = f"?case={demo_case_id(FIRST)}"
PAGES = {
    "cases": "",
    "images": f"images{CASE}",
    "score": f"score{CASE}",
    "decision": f"decision{CASE}",
    "past_patients": f"past_patients{CASE}",
    "model": "model",
    "weights": "weights",
}
WIDTH_PX, PATIENCE_MS, SETTLE_MS = 1440, 120_000, 3000


def main(address: str) -> None:
    """Take every page in light mode, and the score page in dark mode."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for mode, names in (("light", list(PAGES)), ("dark", ["score"])):
            context = browser.new_context(
                viewport={"width": WIDTH_PX, "height": 1000}, color_scheme=mode
            )
            page = context.new_page()
            for name in names:
                suffix = "" if mode == "light" else f"-{mode}"
                _take(page, f"{address}/{PAGES[name]}", f"{name}{suffix}.png")
            context.close()
        browser.close()


def _take(page: Page, address: str, name: str) -> None:
    page.set_viewport_size({"width": WIDTH_PX, "height": 1000})
    page.goto(address, timeout=PATIENCE_MS)
    state = page.get_by_test_id("stApp")
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    height = 0
    while height != (height := _height(page)):
        page.set_viewport_size({"width": WIDTH_PX, "height": height})
        expect(state).to_have_attribute("data-test-script-state", "notRunning")
        page.wait_for_timeout(SETTLE_MS)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.save(Path(__file__).with_name("images") / name, optimize=True)


def _height(page: Page) -> int:
    return int(page.get_by_test_id("stMain").evaluate("e => e.scrollHeight"))


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
