"""Memory of the running dashboard while a zipped whole-body study is uploaded and opened.

python -m benchmarks.whole_body_page
Needs Chromium. The study is the one of `benchmarks.whole_body`. The demo case
is on screen before, so that only what the study adds is counted; sampled ten times a second.
"""

import os
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from benchmarks._browser import chromium
from benchmarks.whole_body import CT_SLICES, PET_SLICES, write_study
from tests.browser.conftest import running_server

MIB = 2**20
VOLUMES_MIB = (CT_SLICES * 512**2 + PET_SLICES * 168**2) * 4 / MIB
PATIENCE_MS = 120_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        study = Path(folder) / "study.zip"
        write_study(study)
        with running_server(Path(os.environ.get("DSS_HOME", Path(folder) / "home"))) as address:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(PATIENCE_MS)
            _measure(page, address, study)


def _measure(page: Page, address: str, study: Path) -> None:
    server = _process_of(address.rsplit(":", 1)[1])
    page.goto(f"{address}")
    drop = page.locator("input[type=file]").first
    drop.wait_for(state="attached")
    time.sleep(3)
    before, samples, done = _resident(server), [], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            samples.append(_resident(server) - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.monotonic()
    drop.set_input_files(study)
    mark = page.get_by_role("button", name="Draw the tumour region")
    mark.wait_for()
    listed = time.monotonic() - start
    mark.click()
    expect(page.locator(".viewer[data-shown]")).to_be_visible(timeout=PATIENCE_MS)
    opened = time.monotonic() - start - listed
    time.sleep(3)
    done.set()
    watcher.join()
    print(f"archive {study.stat().st_size / MIB:.0f} MiB, volumes {VOLUMES_MIB:.0f} MiB")
    print(f"uploaded and listed in {listed:.1f} s, opened for marking in {opened:.1f} s")
    print(f"peak {max(samples):.0f} MiB ({max(samples) / VOLUMES_MIB:.2f} times the volumes), "
          f"at the end {samples[-1]:.0f} MiB")  # fmt: skip


def _process_of(port: str) -> Path:
    """The server's folder in /proc."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"streamlit" in words and port.encode() in words:
                return folder
    raise SystemExit("the server's process was not found")


def _resident(process: Path) -> float:
    """MiB in memory."""
    return int((process / "statm").read_text().split()[1]) * 4096 / MIB


if __name__ == "__main__":
    main()
