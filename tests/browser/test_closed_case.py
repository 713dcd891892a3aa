"""Ten seconds after a case is closed nothing in the server knows of it any more."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from playwright.sync_api import Page, expect
from pydicom.uid import JPEGLSLossless

from tests.browser.conftest import FIRST_VISIT_MS, running_server
from tests.dicom_case import write_case

pytestmark = pytest.mark.slow
NAME = "KEPT" + "NAMEOF"
REGION = "KEPT" + "REGIONOF"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the search is asked for."""
    return tmp_path / "search"


@pytest.fixture
def server(home: Path, place: Path) -> Iterator[str]:
    with running_server(home, module="tests.searching_server", DSS_SEARCH_FOR=str(place)) as found:
        yield found


def _archive(folder: Path) -> bytes:
    """A compressed case, unpacked in the archive so that the name can be found in its bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        case = write_case(folder, ct_patient=NAME, pet_patient=NAME, region_names=("GTV",))
        for number, path in enumerate(case.files()):
            dataset = pydicom.dcmread(path)
            if "PixelData" in dataset:
                dataset.compress(JPEGLSLossless, generate_instance_uid=False)
            one = io.BytesIO()
            dataset.save_as(one, enforce_file_format=True)
            out.writestr(f"{number}.dcm", one.getvalue())
    return archive.getvalue()


def _search(place: Path, word: str = NAME) -> list[str]:
    """What the server holds of the name, which is asked for backwards: to ask must not plant it."""
    found = place.with_suffix(".found")
    found.unlink(missing_ok=True)
    place.with_suffix(".part").write_text(word[::-1])
    place.with_suffix(".part").rename(place)
    end = time.monotonic() + 120
    while not found.exists() and time.monotonic() < end:
        time.sleep(0.2)
    return found.read_text().splitlines()


def test_nothing_of_a_closed_case_is_held(
    server: str, page: Page, place: Path, tmp_path: Path
) -> None:
    page.goto(f"{server}")
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="files or a zip")
    file = {"name": "study.zip", "mimeType": "application/zip", "buffer": _archive(tmp_path)}
    uploader.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Score case").click()
    expect(page.locator(".st-key-case-bar")).to_contain_text("Saved until")
    assert _search(place)  # the search can see
    page.locator(".st-key-case-bar").get_by_role("button").click()
    page.get_by_role("button", name="Close case").click()
    expect(page.get_by_text("New case")).to_be_visible()
    time.sleep(10)
    assert not _search(place)


def test_nothing_is_held_of_a_case_closed_just_before_its_reader_leaves(
    server: str, page: Page, place: Path, tmp_path: Path
) -> None:
    """The page after it is then not drawn to its end, which is when Streamlit tidies up."""
    case = write_case(tmp_path, region_names=(REGION,))
    page.goto(server)
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="files or a zip")
    uploader.locator("input[type=file]").set_input_files(case.files())
    page.get_by_role("button", name="Score case").click()
    expect(page.locator(".viewer[data-shown]")).to_be_visible(timeout=FIRST_VISIT_MS)
    assert _search(place, REGION)
    page.locator(".st-key-case-bar").get_by_role("button").click()
    page.get_by_role("button", name="Close case").click()
    page.wait_for_url(lambda address: "?case=" not in address)
    page.goto("about:blank")
    time.sleep(5)
    assert not _search(place, REGION)
