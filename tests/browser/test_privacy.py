"""Nothing that identifies reaches disk, log, page, title, address or download."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dss_ui.shell.navigation import OF_A_CASE, PAGES
from tests.browser.conftest import ROOT, home_with_demo, running_server
from tests.browser.visiting import go, idle
from tests.planted import FILE_NAME, assert_clean, assert_clean_bytes, write_planted_case

pytestmark = pytest.mark.slow
AGAIN_MS = 15_000
OF_FILES = ("DICOM SEG", "RTSTRUCT")
DOWNLOADS = {
    "Images": ("NIfTI mask", "DICOM SEG", "RTSTRUCT"),
    "Score": ("Download as JSON",),
    "Decision": ("Download decision", "Download patient record"),
}


def test_no_byte_that_the_server_writes_says_or_sends_names_the_patient(
    kept_home: Path, page: Page, tmp_path: Path
) -> None:
    """One upload is refused, one scored and saved, then every page is visited, also after a reload.

    Searched: files that are new or changed in the server's home with the saved case, in its
    temporary and cache folders and in the program's own; all that it printed; titles, addresses and
    the refusal; the source and every message from the server of each page; the downloads.
    """
    (tmp_path / "DSS").mkdir()
    home = home_with_demo(kept_home, tmp_path / "DSS")
    refused = _packed(tmp_path / "refused", weight_kg=None)
    scored = _packed(tmp_path / "scored")
    own = {name: tmp_path / name for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    for folder in own.values():
        folder.mkdir()
    places = (home, ROOT, *own.values())
    before = dict(_files(places))
    said = tmp_path / "said"
    with said.open("wb") as stream:
        environment = {name: str(folder) for name, folder in own.items()}
        with running_server(home, stream, **environment) as address:
            _use(page, address, refused, scored)
    assert_clean_bytes(said.read_bytes(), "output")
    assert list(home.glob("cases/*/*.npz"))  # the case is saved with its images
    for path, when in _files(places):
        if before.get(path) != when:
            assert_clean(str(path.relative_to(path.anchor)).replace(str(tmp_path), ""))
            assert_clean_bytes(path.read_bytes(), str(path))


def _packed(folder: Path, **changes: object) -> Path:
    """A planted case as one archive; names in it identify too."""
    for path in write_planted_case(folder / "study", **changes).files():
        path.rename(path.with_name(f"xaverius-{path.name}"))
    archive = folder / FILE_NAME
    return Path(shutil.make_archive(str(archive.with_suffix("")), "zip", folder / "study"))


def _use(page: Page, address: str, refused: Path, scored: Path) -> None:
    sent: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda m: sent.append(_raw(m))))
    _upload(page, address, refused)
    alert = page.get_by_role("alert").filter(has_text="PatientWeight (0010,1030)")
    assert_clean(alert.inner_text(), page.title(), page.url)
    _upload(page, address, scored)
    expect(page.locator(".viewer[data-shown]")).to_be_visible()
    idle(page)
    assert b"GTV" in b"".join(sent)  # the rest of the region's name: the search can see
    for entry in PAGES:
        sent.clear()
        go(page, entry.title)
        _search_page(page, sent)
        _download_all(page, entry.title)
    for entry in OF_A_CASE:
        go(page, entry.title)
        sent.clear()
        page.reload()
        expect(page.locator(".st-key-case-bar")).to_contain_text("Saved until")
        if entry.title == "Images":
            expect(page.locator(".viewer[data-shown]")).to_be_visible()
        idle(page)
        _search_page(page, sent)
        _download_all(page, entry.title, kept=True)


def _search_page(page: Page, sent: list[bytes]) -> None:
    assert_clean(page.title(), page.url, page.content())
    assert sent
    assert_clean_bytes(b"".join(sent), f"messages of {page.title()}")


def _download_all(page: Page, title: str, *, kept: bool = False) -> None:
    """Every file of a page; kept images have no DICOM files that a region could refer to."""
    if title == "Images":
        page.get_by_role("button", name="Export").click()
    for label in DOWNLOADS.get(title, ()):
        if kept and label in OF_FILES:
            expect(page.get_by_role("button", name=label, exact=True)).to_have_count(0)
            continue
        with page.expect_download() as arriving:
            page.get_by_role("button", name=label, exact=True).click()
        assert_clean(arriving.value.suggested_filename, arriving.value.url)
        assert_clean_bytes(arriving.value.path().read_bytes(), label)


def _upload(page: Page, address: str, archive: Path) -> None:
    page.goto(address)
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="files or a zip")
    uploader.locator("input[type=file]").set_input_files(archive)
    page.get_by_role("button", name="Score case").click()


def _raw(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


def _files(folders: tuple[Path, ...]) -> Iterator[tuple[Path, int]]:
    """Every file with its time of change; of the program's folder only what it uses."""
    for top in folders:
        for here, below, names in os.walk(top, followlinks=top != ROOT):
            below[:] = [b for b in below if top != ROOT or not (b.startswith(".") or b == "tests")]
            for name in names:
                path = Path(here, name)
                yield path, path.stat().st_mtime_ns
