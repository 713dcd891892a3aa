"""Seconds from starting the dashboard to its first page in a real browser.

Usage: python -m benchmarks.first_paint [--starts 4] (needs Chromium and playwright).
The commands are those of `make run` after installation. The demo case's files are made ahead, the
very first time by simulating it (`DSS_HOME` is where they are found later); then the server starts.
From its start on counts: the text of the page stands, and the scores of the demo case.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Browser, expect

from benchmarks._browser import chromium
from benchmarks._sizes import arguments, size
from tests.browser.conftest import ROOT, running_server

PATIENCE_MS = 120_000
HEADING = "What you can do"


@dataclass(frozen=True)
class Start:
    """Seconds: the demo's files, then from the server's start to the text and to the scores."""

    files: float
    text: float
    scores: float


def first_paint(browser: Browser, home: Path) -> Start:
    """One start and its first visitor."""
    begin = perf_counter()
    subprocess.run(
        [sys.executable, "-m", "dss_ui.shell.demo_case"],
        cwd=ROOT,
        env={**os.environ, "DSS_HOME": str(home)},
        check=True,
    )
    start = perf_counter()
    with running_server(home) as address:
        page = browser.new_page()
        page.goto(address, timeout=PATIENCE_MS)
        expect(page.get_by_text(HEADING)).to_be_visible(timeout=PATIENCE_MS)
        text = perf_counter() - start
        # the sidebar names a score once there is one
        shown = page.get_by_test_id("stSidebar").get_by_text("EGFR-DLS")
        expect(shown).to_be_visible(timeout=PATIENCE_MS)
        return Start(start - begin, text, perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=size(4, 1))
    starts = parser.parse_args(arguments()).starts
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        home = Path(os.environ.get("DSS_HOME", folder))
        for _ in range(starts):
            took = first_paint(browser, home)
            print(
                f"demo files {took.files:5.1f} s   server's start to text {took.text:5.1f} s   "
                f"to scores {took.scores:5.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
