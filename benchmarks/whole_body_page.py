"""Memory of the running dashboard while a zipped whole-body study is uploaded and opened.

python -m benchmarks.whole_body_page
Needs Chromium. The study is the one of `benchmarks.whole_body`. The home page is
on screen before, so that only what the study adds is counted; sampled ten times a second.
"""

import os
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from benchmarks._browser import MIB, chromium, process_of, resident_mib
from benchmarks._sizes import size
from benchmarks.whole_body import CT_SLICES, PET_SLICES, write_study
from tests.browser.conftest import running_server

VOLUMES_MIB = (CT_SLICES * 512**2 + PET_SLICES * 168**2) * 4 / MIB
PATIENCE_MS, SETTLE_S = 120_000, size(3.0, 0.2)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        study = Path(folder) / "study.zip"
        write_study(study)
        with running_server(Path(os.environ.get("DSS_HOME", Path(folder) / "home"))) as address:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(PATIENCE_MS)
            _measure(page, address, study)


def _measure(page: Page, address: str, study: Path) -> None:
    server = process_of(address)
    page.goto(address)
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="files or a zip")
    drop = uploader.locator("input[type=file]")
    drop.wait_for(state="attached")
    time.sleep(SETTLE_S)
    before, samples, done = resident_mib(server), [], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            samples.append(resident_mib(server) - before)

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
    time.sleep(SETTLE_S)
    done.set()
    watcher.join()
    print(f"archive {study.stat().st_size / MIB:.0f} MiB, volumes {VOLUMES_MIB:.0f} MiB")
    print(f"uploaded and listed in {listed:.1f} s, opened for marking in {opened:.1f} s")
    print(f"peak {max(samples):.0f} MiB ({max(samples) / VOLUMES_MIB:.2f} times the volumes), "
          f"at the end {samples[-1]:.0f} MiB")  # fmt: skip


if __name__ == "__main__":
    main()
