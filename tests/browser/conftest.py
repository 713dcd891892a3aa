"""A fresh dashboard server and a real Chromium."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from dss_core.case.demo_patients import FIRST, demo_case_id

ROOT = Path(__file__).resolve().parents[2]
START_S = 60
PATIENCE_MS = 60_000
FIRST_VISIT_MS = 240_000  # who looks first waits for the images to be simulated
OF_DEMO = f"?case={demo_case_id(FIRST)}"
"""Ends the address of a page that shows a demo patient."""
expect.set_options(timeout=PATIENCE_MS)


@contextlib.contextmanager
def running_server(
    home: Path,
    said: int | IO[bytes] = subprocess.DEVNULL,
    module: str = "dss_core",
    **environment: str,
) -> Iterator[str]:
    """Address of a new server with that DSS_HOME; `said` takes all that it prints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", module, "run", "--server.port", str(port)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "DSS_HOME": str(home), **environment},
        stdout=said,
        stderr=said,
    )
    try:
        _wait_for(f"{address}/_stcore/health", process)
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def home(kept_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty DSS_HOME but for the demo files, which are kept between runs."""
    return home_with_demo(kept_home, tmp_path_factory.mktemp("home"))


def home_with_demo(kept_home: Path, folder: Path) -> Path:
    """The folder as a DSS_HOME that has no saved case and shares the demo files."""
    (kept_home / "demo").mkdir(exist_ok=True)
    (folder / "demo").symlink_to(kept_home / "demo")
    return folder


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[str]:
    """Address of a server that nobody has visited yet."""
    with running_server(home) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the machine; required in CI."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have chromium")
        pytest.skip("chromium is not installed")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    arguments += ["--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        running.close()


@pytest.fixture(scope="session")
def visitors(browser: Browser) -> Iterator[BrowserContext]:
    """Where all visitors look: the files of the dashboard itself are loaded and compiled once."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield context
    context.close()


@pytest.fixture
def page(visitors: BrowserContext) -> Iterator[Page]:
    """A new visitor, of whom nothing is left for the next."""
    opened = visitors.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    for tab in visitors.pages:
        with contextlib.suppress(Error):  # an empty page has no storage
            tab.evaluate("localStorage.clear()")
        tab.close()
    visitors.clear_cookies()


@pytest.fixture
def region(server: str, page: Page) -> Page:
    """The images page of a demo patient, its images drawn."""
    page.goto(f"{server}/images{OF_DEMO}")
    expect(page.locator(".viewer[data-shown]")).to_be_visible(timeout=FIRST_VISIT_MS)
    return page


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2):
            return
        time.sleep(0.2)
    pytest.fail(f"the server did not answer at {address} within {START_S} s")
