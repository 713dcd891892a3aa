"""A dashboard and Chromium for what is measured in a browser."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import running_server

MIB = 2**20
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@contextmanager
def dashboard(given: list[str]) -> Iterator[str]:
    """The address that was given, or else that of a new server, with its own or `DSS_HOME`."""
    if given:
        yield given[0].rstrip("/")
        return
    with tempfile.TemporaryDirectory() as folder:
        with running_server(Path(os.environ.get("DSS_HOME", folder))) as address:
            yield address


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS.split()
        )
        yield browser
        browser.close()


def process_of(address: str) -> Path:
    """The folder in /proc of the server at an address of this machine."""
    port = address.rsplit(":", 1)[1].encode()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"run" in words and port in words:
                return folder
    raise SystemExit("the server's process was not found")


def resident_mib(process: Path) -> float:
    """What a process holds in memory."""
    return int((process / "statm").read_text().split()[1]) * 4096 / MIB
