"""Seconds from starting the dashboard to its first page in a real browser.

Usage: python -m benchmarks.first_paint [--starts 4] (needs Chromium and playwright).
The commands are those of `make run` after installation, with an empty `DSS_HOME`. From the
server's start on counts: the text of the home page stands, and the demo patients with their
pictures and scores.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Browser, expect

from benchmarks._browser import chromium
from benchmarks._sizes import arguments, size
from dss_core.case.demo_patients import demo_patients
from dss_ui.shell.navigation import PRODUCT
from tests.browser.conftest import running_server

PATIENCE_MS = 120_000


@dataclass(frozen=True)
class Start:
    """Seconds from the server's start to the text and to the demo patients."""

    text: float
    patients: float


def first_paint(browser: Browser, home: Path) -> Start:
    """One start and its first visitor."""
    start = perf_counter()
    with running_server(home) as address:
        page = browser.new_page()
        page.goto(address, timeout=PATIENCE_MS)
        expect(page.get_by_role("heading", name=PRODUCT, level=1)).to_be_visible(
            timeout=PATIENCE_MS
        )
        text = perf_counter() - start
        last = page.get_by_role("link", name="Open", exact=True).nth(len(demo_patients()) - 1)
        expect(last).to_be_visible(timeout=PATIENCE_MS)
        return Start(text, perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=size(4, 1))
    starts = parser.parse_args(arguments()).starts
    with chromium() as browser:
        for _ in range(starts):
            with tempfile.TemporaryDirectory() as home:
                took = first_paint(browser, Path(home))
            print(
                f"server's start to text {took.text:5.1f} s   to the demo patients "
                f"{took.patients:5.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
