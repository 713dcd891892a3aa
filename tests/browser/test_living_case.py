"""A case lives at its address: in a reload, a second tab, the browser's history, a new server."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dss_core.case.demo_patients import demo_patients
from dss_core.case.record import CaseRecord
from dss_ui.shell.navigation import CASES, OF_A_CASE, PAGES
from tests.browser.conftest import FIRST_VISIT_MS, home_with_demo, running_server
from tests.browser.visiting import go, idle
from tests.dicom_case import write_case

pytestmark = pytest.mark.slow
Serve = Callable[..., contextlib.AbstractContextManager[str]]
HEADINGS = {"Board": "Tumour board"}
"""Of pages that call themselves otherwise than the sidebar does."""


@pytest.fixture
def serve(kept_home: Path, tmp_path: Path) -> Serve:
    """A server, each time with the same DSS_HOME."""
    (tmp_path / "DSS").mkdir()
    home = home_with_demo(kept_home, tmp_path / "DSS")
    return lambda **environment: running_server(home, **environment)


@pytest.fixture
def at(serve: Serve) -> Iterator[str]:
    """Address of a server of this test alone, with no saved case."""
    with serve() as address:
        yield address


def test_every_page_of_a_case_is_the_same_after_reload_in_a_second_tab_and_on_a_new_server(
    serve: Serve, page: Page, tmp_path: Path
) -> None:
    with serve() as address:
        said = _score(page, address, tmp_path)
        case = page.url.partition("?")[2]
        for entry in OF_A_CASE:
            go(page, entry.title)
            assert page.url.endswith(f"?{case}")
            page.reload()
            _shows(page, entry.title, said)
        second = page.context.new_page()
        second.goto(page.url)
        _shows(second, OF_A_CASE[-1].title, said)
        second.close()
    with serve() as address:
        for path, title in (("score", "Score"), ("images", "Images")):
            page.goto(f"{address}/{path}?{case}")
            _shows(page, title, said)
        expect(page.locator(".viewer[data-shown]")).to_be_visible()


def test_the_back_button_returns_to_the_case_that_was_open_before(server: str, page: Page) -> None:
    first, second = demo_patients()[:2]
    page.goto(server)
    for patient in (first, second):
        page.locator(f".st-key-open-{patient.name}").get_by_role("link").click()
        expect(_bar(page)).to_contain_text(patient.record.label)
        idle(page)
        if patient is first:
            go(page, "Cases")
    # one press for each page that was left: the cases page, then the case before
    _back_to(page, "", first.record)
    _back_to(page, "score", first.record)
    expect(_bar(page)).to_contain_text(first.record.label)
    _no_word_of(page, second.record.label)
    page.reload()
    expect(_bar(page)).to_contain_text(first.record.label)


def _back_to(page: Page, path: str, wanted: CaseRecord) -> None:
    """Press the back button once, which shows this page of this case."""
    page.go_back()
    idle(page)
    expect(page).to_have_url(re.compile(rf"//[^/]+/{path}\?case={wanted.id}$"))
    link = page.get_by_test_id("stSidebar").get_by_role("link", name="Score", exact=True)
    expect(link).to_have_attribute("href", re.compile(f"{wanted.id}$"))


def test_every_link_of_the_sidebar_leads_a_new_tab_to_its_page(server: str, page: Page) -> None:
    """Also the one to the cases page, whose address is empty."""
    patient = demo_patients()[0]
    page.goto(f"{server}/score?case={patient.record.id}")
    expect(_bar(page)).to_contain_text(patient.record.label)
    idle(page)
    for entry in PAGES:
        link = page.get_by_test_id("stSidebar").get_by_role("link", name=entry.title, exact=True)
        path = "" if entry is CASES else Path(entry.path).stem
        address = link.evaluate("link => link.href")
        assert address == f"{server}/{path}?case={patient.record.id}"


def test_a_saved_case_is_opened_by_a_link_beside_the_table(
    at: str, page: Page, tmp_path: Path
) -> None:
    said = _score(page, at, tmp_path)
    label = said.partition(" · ")[0]
    go(page, "Cases")
    before = page.evaluate("history.length")
    # the table is drawn on a canvas: the first column of its first row selects the row
    page.get_by_test_id("stDataFrame").click(position={"x": 15, "y": 52})
    page.get_by_role("link", name=f"Open {label}").click()
    _shows(page, "Score", said)
    idle(page)
    assert page.evaluate("history.length") == before + 1


def test_the_back_button_opens_a_closed_case_again_and_says_that_a_deleted_one_is_gone(
    at: str, page: Page, tmp_path: Path
) -> None:
    said = _score(page, at, tmp_path)
    place = page.url
    second = page.context.new_page()
    second.goto(place.replace("images", "score"))
    _shows(second, "Score", said)
    _bar(page).get_by_role("button").click()
    page.get_by_role("button", name="Close case").click()
    expect(page.get_by_text("New case")).to_be_visible()
    page.go_back()
    _shows(page, "Images", said)
    assert page.url == place
    _bar(page).get_by_role("button").click()
    page.get_by_text("Delete this case and its images from the server").click()
    page.get_by_role("button", name="Delete now").click()
    expect(page.get_by_text("its record and 1 file of images")).to_be_visible()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.go_back()
    _is_gone(page, "is no longer here", said)
    page.goto(place)
    _is_gone(page, "is no longer here", said)
    go(second, "Board")
    expect(_bar(second)).to_contain_text("Deleted from this server: gone when this session ends")


def test_where_nothing_is_kept_a_reload_says_so_and_offers_the_upload(
    serve: Serve, page: Page, tmp_path: Path
) -> None:
    with serve(DSS_KEEP="none") as address:
        said = _score(page, address, tmp_path, "Not saved")
        page.reload()
        _is_gone(page, "it was closed or the session in which it was open has ended", said)
        page.get_by_role("link", name="Open a case").click()
        expect(_uploader(page)).to_be_visible()
        expect(_bar(page)).to_have_count(0)


def test_of_two_uploads_no_page_shows_the_first_any_more(
    server: str, page: Page, tmp_path: Path
) -> None:
    first = _score(page, server, tmp_path / "first")
    label = first.partition(" · ")[0]
    go(page, "Cases")
    said = _score(page, None, tmp_path / "second", radius_mm=13.0)
    assert said.partition(" · ")[0] != label and said.split()[-2] != first.split()[-2]
    for entry in OF_A_CASE:
        go(page, entry.title)
        _shows(page, entry.title, said)
        _no_word_of(page, label)


def _score(
    page: Page, address: str | None, folder: Path, kept: str = "Saved until", **changes: object
) -> str:
    """Upload a case, at an address or on the page that is open; what its bar says."""
    case = write_case(folder, **changes)
    if address is not None:
        page.goto(address)
    _uploader(page).locator("input[type=file]").set_input_files(case.files())
    page.get_by_role("button", name="Score case").click()
    expect(_bar(page)).to_contain_text(kept, timeout=FIRST_VISIT_MS)
    expect(page.locator(".viewer[data-shown]")).to_be_visible()
    idle(page)
    return _facts(page)


def _facts(page: Page) -> str:
    """Which case it is, its scores and its region, as the bar says them."""
    lines = _bar(page).locator("p").first.inner_text().split("\n")
    return f"{lines[0]} · {lines[1].partition(' · ')[0]}"


def _shows(page: Page, title: str, said: str) -> None:
    expect(page.get_by_role("heading", name=HEADINGS.get(title, title)).first).to_be_visible()
    expect(_bar(page)).to_contain_text(said.partition(" · ")[0])
    idle(page)
    # the board, for a screen that many look at, leaves out the name that a file gave the region
    assert _facts(page) == (said.replace("GTV,", "region,") if title == "Board" else said)
    assert page.get_by_test_id("stException").count() == 0


def _is_gone(page: Page, reason: str, said: str) -> None:
    """The page says why there is no case, offers the upload, and shows no other case."""
    expect(page.get_by_role("alert").filter(has_text=reason)).to_be_visible()
    expect(page.get_by_role("link", name="Open a case")).to_be_visible()
    idle(page)
    expect(_bar(page)).to_have_count(0)
    _no_word_of(page, said.partition(" · ")[0])
    for patient in demo_patients():
        _no_word_of(page, patient.record.label)


def _no_word_of(page: Page, text: str) -> None:
    idle(page)
    assert text not in page.content()


def _bar(page: Page) -> Locator:
    return page.locator(".st-key-case-bar")


def _uploader(page: Page) -> Locator:
    return page.get_by_test_id("stFileUploader").filter(has_text="files or a zip")
