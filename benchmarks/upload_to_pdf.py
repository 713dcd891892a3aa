"""Clicks and seconds from a case's folder to its board report as a PDF, as a newcomer goes.

Usage: python -m benchmarks.upload_to_pdf [CASE_FOLDER] [--region TEXT] (needs Chromium and
playwright). Without a folder a small simulated case. Starts its own dashboard, uploads the folder
on the home page, takes the region whose name holds TEXT where the page asks for one, scores, opens
the board and saves the PDF. Choosing the folder in the dialogue of the browser counts as one click.
"""

import argparse
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Locator, Page, expect

from benchmarks._browser import chromium, dashboard
from benchmarks._sizes import arguments
from tests.browser.visiting import idle
from tests.dicom_case import write_case

PATIENCE_MS = 600_000


@dataclass
class Way:
    """What has been done so far."""

    page: Page
    clicks: int = 0
    steps: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        start = perf_counter()
        yield
        self.steps.append((name, perf_counter() - start))

    def click(self, what: Locator) -> None:
        """Click, and count it."""
        what.click(timeout=PATIENCE_MS)
        self.clicks += 1


def walk(way: Way, address: str, folder: Path, region: str) -> bytes:
    """From the folder to the PDF."""
    page = way.page
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    inputs = page.locator("input[type=file]")
    expect(inputs).to_have_count(2, timeout=PATIENCE_MS)
    idle(page)
    score = page.get_by_role("button", name="Score case")
    with way.step("upload and read"):
        inputs.nth(1).set_input_files(folder)
        way.clicks += 1
        expect(page.get_by_role("heading", name="Images", level=1)).to_be_visible(
            timeout=PATIENCE_MS
        )
        idle(page)
    if not score.is_visible():
        with way.step("choose the region"):
            way.click(page.get_by_role("combobox", name=re.compile("region", re.IGNORECASE)))
            way.click(page.get_by_role("option", name=re.compile(region, re.IGNORECASE)).first)
            expect(score).to_be_visible(timeout=PATIENCE_MS)
    with way.step("score"):
        way.click(score)
        expect(page.locator(".st-key-case-bar")).to_contain_text(
            re.compile(r"EGFR-DLS|withheld"), timeout=PATIENCE_MS
        )
        idle(page)
    with way.step("board"):
        way.click(page.get_by_role("link", name="Board", exact=True))
        expect(page.locator(".dss-board .foot")).to_be_visible(timeout=PATIENCE_MS)
        idle(page)
    with way.step("PDF"):
        with page.expect_download(timeout=PATIENCE_MS) as waiting:
            way.click(page.get_by_role("button", name="PDF"))
        content = Path(waiting.value.path()).read_bytes()
    return content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--region", default="", help="part of the name of the region to take")
    asked = parser.parse_args(arguments())
    with tempfile.TemporaryDirectory() as made, dashboard([]) as address, chromium() as browser:
        folder: Path | None = asked.folder
        if folder is None:
            folder = Path(made)
            write_case(folder)
        way = Way(browser.new_page(viewport={"width": 1440, "height": 900}))
        content = walk(way, address, folder, asked.region)
    assert content.startswith(b"%PDF")
    for name, seconds in way.steps:
        print(f"{name:20s} {seconds:6.1f} s")
    total = sum(seconds for _, seconds in way.steps)
    print(f"{'together':20s} {total:6.1f} s, {way.clicks} clicks")


if __name__ == "__main__":
    main()
