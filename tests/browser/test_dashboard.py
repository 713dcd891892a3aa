"""One clinical number end to end in a real browser, from a fresh server."""

from pathlib import Path

from playwright.sync_api import Page, expect

from dss_core.scoring.score_text import shown
from tests.app.pages import BANNER
from tests.app.shown_numbers import score_on_command_line
from tests.browser.conftest import FIRST_VISIT_MS, OF_DEMO
from tests.browser.visiting import go, idle
from tests.dicom_case import write_case


def test_a_deep_link_on_a_fresh_server_shows_banner_and_demo_patient(
    server: str, page: Page
) -> None:
    page.goto(f"{server}/score{OF_DEMO}")
    expect(page.get_by_text(BANNER)).to_be_visible()
    expect(page.locator(".st-key-case-bar")).to_contain_text("Simulated patient")
    expect(page.get_by_test_id("stMetric").filter(has_text="EGFR-DLS")).to_contain_text("cut-off")
    expect(page).to_have_title("Score · NSCLC PET/CT decision support")


def test_an_upload_is_scored_as_on_the_command_line(
    server: str, page: Page, tmp_path: Path
) -> None:
    case = write_case(tmp_path)
    page.goto(server)
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="files or a zip")
    uploader.locator("input[type=file]").set_input_files(case.files())
    page.get_by_role("button", name="Score case").click()
    expect(page.locator(".st-key-case-bar")).to_contain_text("Saved until")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Score").click()
    told = score_on_command_line(case.ct, case.pet, case.region)
    for label, task in (("EGFR-DLS", "egfr"), ("PDL1-DLS", "pdl1")):
        metric = page.get_by_test_id("stMetric").filter(has_text=label)
        number = metric.get_by_test_id("stMetricValue")
        expect(number).to_have_text(shown(told[task]["dls"], told[task]["cutoff"]))


def test_a_folder_can_be_dropped_whole(server: str, page: Page, tmp_path: Path) -> None:
    write_case(tmp_path / "study")
    page.goto(server)
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="select a folder")
    uploader.locator("input[type=file]").set_input_files(tmp_path / "study")
    page.get_by_role("button", name="Score case").click()
    expect(page.locator(".viewer[data-shown]")).to_be_visible()


def test_a_refusal_is_a_sentence_and_shows_no_markup_from_files(
    server: str, page: Page, tmp_path: Path
) -> None:
    name = "GTV <b>bold</b> ![x](https://example.org/x.png) www.example.org"
    case = write_case(tmp_path, region_names=(name,), region_offset_mm=(500.0, 0.0, 0.0))
    page.goto(server)
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="files or a zip")
    uploader.locator("input[type=file]").set_input_files(case.files())
    page.get_by_role("button", name="Score case").click()
    alert = page.get_by_role("alert").filter(has_text="does not meet the image")
    expect(alert).to_contain_text("<b>bold</b> ![x](")
    assert alert.locator("a, img, b").count() == 0


def test_scores_are_tried_out_while_their_box_stays_open(server: str, page: Page) -> None:
    page.goto(f"{server}/decision{OF_DEMO}")
    page.get_by_role("button", name="What-if").click()
    page.get_by_text("Explore other scores").click()
    expect(page.get_by_text("what-if scores")).to_be_visible()
    expect(page.get_by_role("slider", name="EGFR-DLS")).to_be_visible()


def test_the_variants_of_an_outline_can_be_cancelled(server: str, page: Page) -> None:
    page.goto(f"{server}/images{OF_DEMO}")
    expect(page.locator(".viewer[data-shown]")).to_be_visible(timeout=FIRST_VISIT_MS)
    go(page, "Score")
    start = page.get_by_role("button", name="Score the variants")
    start.click()
    page.get_by_role("button", name="Cancel").click()
    expect(start).to_be_enabled()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    idle(page)
    expect(page.get_by_text("variants cross the cut-off")).to_have_count(0)
