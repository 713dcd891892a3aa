"""Seconds from starting the dashboard to the scored demo case in a real browser.

Usage: python -m benchmarks.first_paint [--starts 4] (needs Chromium and playwright).
The very first start simulates the demo case, later ones find its files; the commands are those of
`make run` after installation.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_MS = 120_000


def first_paint(browser: Browser, home: str) -> float:
    """Seconds from the commands of `make run` to both scores on screen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "DSS_HOME": home}
    start = perf_counter()
    subprocess.run(
        [sys.executable, "-m", "dss_ui.shell.demo_case"], cwd=ROOT, env=environment, check=True
    )
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        page = browser.new_page()
        while True:
            try:
                page.goto(f"http://127.0.0.1:{port}", timeout=PATIENCE_MS)
                break
            except Exception:
                page.wait_for_timeout(50)
        # the sidebar names a score once there is one
        shown = page.get_by_test_id("stSidebar").get_by_text("EGFR-DLS")
        expect(shown).to_be_visible(timeout=PATIENCE_MS)
        return perf_counter() - start
    finally:
        server.kill()
        server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=4)
    later = parser.parse_args().starts - 1
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        print(f"first start, demo case simulated  {first_paint(browser, home):6.1f} s")
        for _ in range(later):
            print(f"later start                       {first_paint(browser, home):6.1f} s")
        browser.close()


if __name__ == "__main__":
    main()
