"""Memory of the running dashboard before and after many cases were opened and closed.

python -m benchmarks.opened_cases [--cases 50]
Needs Chromium. A case is uploaded, scored, saved with its images and closed; then it is opened at
its address again and again, its images are drawn, and it is closed in the case bar. The first few
make the server load what it needs; what it holds after them is the start.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from benchmarks._browser import chromium, process_of, resident_mib
from benchmarks._sizes import arguments, size
from tests.browser.conftest import running_server
from tests.dicom_case import write_case

FIRST_FEW = size(5, 1)
TOLD_EVERY = 10
PATIENCE_MS, SETTLE_MS = 120_000, size(10_000, 100)
SIZE_PX, SLICES = size(256, 64), size(60, 12)
SPACING_MM = (192 / SIZE_PX, 192 / SIZE_PX, 3.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=size(50, 2))
    cases = parser.parse_args(arguments()).cases
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        (Path(folder) / "home").mkdir()
        with running_server(Path(folder) / "home") as address:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            _measure(page, address, Path(folder) / "study", cases)


def _measure(page: Page, address: str, study: Path, cases: int) -> None:
    server = process_of(address)
    images = _saved(page, address, study)
    _close(page)
    start = 0.0
    for number in range(1, FIRST_FEW + cases + 1):
        page.goto(images)
        expect(page.locator(".viewer[data-shown]")).to_be_visible()
        opened = resident_mib(server)
        _close(page)
        if number == FIRST_FEW:
            page.wait_for_timeout(SETTLE_MS)
            start = resident_mib(server)
            print(f"start {start:.0f} MiB, with a case open {opened:.0f} MiB", flush=True)
        elif number > FIRST_FEW and (number - FIRST_FEW) % TOLD_EVERY == 0:
            print(f"case {number - FIRST_FEW}: closed {resident_mib(server):.0f} MiB", flush=True)
    page.wait_for_timeout(SETTLE_MS)
    end = resident_mib(server)
    print(f"after {cases} cases {end:.0f} MiB, {end / start - 1.0:+.1%}")


def _saved(page: Page, address: str, study: Path) -> str:
    """Address of the images of a case that is saved with them."""
    case = write_case(
        study, size_px=SIZE_PX, n_slices=SLICES, ct_spacing_mm=SPACING_MM, pet_spacing_mm=SPACING_MM
    )
    page.goto(address)
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="files or a zip")
    uploader.locator("input[type=file]").set_input_files(case.files())
    page.get_by_role("button", name="Score case").click()
    expect(page.locator(".st-key-case-bar")).to_contain_text("Saved until")
    return page.url


def _close(page: Page) -> None:
    page.locator(".st-key-case-bar").get_by_role("button").click()
    page.get_by_role("button", name="Close case").click()
    expect(page.get_by_text("New case")).to_be_visible()


if __name__ == "__main__":
    main()
