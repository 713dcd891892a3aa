"""No text of any input makes the browser ask another computer for anything."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import planted_text
from tests.browser.conftest import FIRST_VISIT_MS, home_with_demo, running_server
from tests.browser.visiting import go, idle
from tests.dicom_case import write_case
from tests.planted_text import HOST, MARK

pytestmark = pytest.mark.slow
_INSIDE = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|(data|blob|about):")


@pytest.fixture(scope="module")
def planted_server(kept_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose weights hold the text too."""
    own = home_with_demo(kept_home, tmp_path_factory.mktemp("home"))
    planted_text.bundle(own)
    with running_server(own) as address:
        yield address


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Every address that the browser asks for and that is not this machine."""
    found: list[str] = []
    page.on("request", lambda r: None if _INSIDE.match(r.url) else found.append(r.url))
    return found


def _drop(page: Page, label: str, name: str, content: bytes) -> None:
    uploader = page.get_by_test_id("stFileUploader").filter(has_text=label)
    uploader.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    idle(page)


def _choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name)).first.click()
    idle(page)


def test_the_search_sees_a_request_that_leaves(page: Page, asked: list[str]) -> None:
    page.set_content(f"<img src='http://{HOST}/p.png'>", wait_until="commit")
    page.wait_for_timeout(500)
    assert asked == [f"http://{HOST}/p.png"]


def test_no_request_leaves_this_machine(
    planted_server: str, page: Page, asked: list[str], tmp_path: Path
) -> None:
    short = f"![p](http://{HOST}/p.png)**bold**"
    regions = (f"GTV {short}", f"other {short}")
    write_case(
        tmp_path / "study", ct_description=short, pet_description=short, region_names=regions
    )
    archive = Path(shutil.make_archive(str(tmp_path / "study"), "zip", tmp_path / "study"))
    page.goto(f"{planted_server}/weights")
    expect(page.get_by_text("Installed weights")).to_be_visible(timeout=FIRST_VISIT_MS)
    idle(page)
    expect(page.get_by_text(f"title {MARK}").first).to_be_visible()  # as it is, to the letter
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="planted").click()
    page.get_by_role("button", name="Score with these weights").click()
    idle(page)

    page.goto(f"{planted_server}")
    _drop(page, "files or a zip", f"{MARK[:60].replace('/', '-')}.zip", archive.read_bytes())
    page.get_by_role("combobox", name="Tumour region").click()
    expect(page.get_by_role("option").filter(has_text="**bold**").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Score case").click()
    expect(page.locator(".viewer[data-shown]")).to_be_visible()

    go(page, "Past patients")
    page.locator("summary").filter(has_text="patients").first.click()
    _choose(page, "My own table")
    _drop(page, "one row per patient", "own.csv", planted_text.table())
    page.get_by_role("button", name="Use this table").click()
    idle(page)
    page.get_by_role("button", name="Overlay a published trial").click()
    _drop(page, "Trial table", "trial.csv", planted_text.trial())
    page.get_by_label("Citation (required)").fill(MARK)
    page.keyboard.press("Enter")
    idle(page)
    page.keyboard.press("Escape")
    for title in ("Images", "Score", "Attention", "Decision", "Board", "Model", "Weights"):
        go(page, title)
        page.mouse.move(700, 400)  # over a figure: its labels
        idle(page)
    assert not asked
