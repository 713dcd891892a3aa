"""Marking tools of more than one step: PERCIST, limit box, keys, files, several lesions."""

import re
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from playwright.sync_api import Locator, Page, expect

from tests.browser.drawing import (
    SECOND,
    axial,
    drag,
    on_tumour,
    outlined,
    row,
    volume_ml,
)


def _new_lesion(page: Page) -> None:
    page.get_by_role("button", name="New lesion").click()
    expect(page.get_by_text("Lesion 1 is empty.")).to_be_visible()


def _tool(page: Page, name: str) -> None:
    page.locator(".viewer").get_by_role("button", name=name, exact=True).click()


def _open(page: Page, name: str) -> None:
    popover = page.get_by_test_id("stPopoverButton").filter(has_text=name)
    expect(popover).to_have_count(1)  # that of the run before has gone
    popover.click()


def _lesion(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stButtonGroup").get_by_role("radio", name=name)


def test_percist_asks_for_the_liver_and_a_limit_box_keeps_the_region_inside(region: Page) -> None:
    page, status = region, region.locator(".viewer .status")
    x, y, *_ = on_tumour(page, 0.0)
    _new_lesion(page)
    _tool(page, "PET threshold")
    page.locator(".pettool select").select_option("percist")
    drag(page, (x, y, x, y))
    expect(status).to_contain_text("needs a liver reference")
    _tool(page, "Liver reference")
    start = axial(page).get_attribute("aria-label")
    drag(page, (0.4, 0.8, 0.4, 0.8), on="coronal")  # the right lobe lies on the picture's left
    expect(status).to_contain_text("PERCIST threshold")
    told = re.search(
        r"SUVmean ([\d.]+) \(SD ([\d.]+)\); PERCIST threshold ([\d.]+)\.", status.inner_text()
    )
    assert told
    mean, sd, threshold = (float(v) for v in told.groups())
    assert abs(threshold - (1.5 * mean + 2.0 * sd)) < 0.02  # Wahl 2009
    _lesion(page, "GTV").click()  # back to the tumour
    expect(axial(page)).to_have_attribute("aria-label", start or "")
    _lesion(page, "Lesion 1").click()
    _tool(page, "PET threshold")
    drag(page, (x, y, x, y))
    whole = volume_ml(page, "Lesion 1")
    assert whole > 1.0 and outlined(page, SECOND)
    _tool(page, "Undo")
    expect(page.get_by_text("Lesion 1 is empty.")).to_be_visible()
    _tool(page, "Bounding box")
    drag(page, (x, y - 0.2, x + 0.2, y + 0.2))  # the left half of the tumour
    _tool(page, "PET threshold")
    drag(page, (x + 0.005, y, x + 0.005, y))
    half = volume_ml(page, "Lesion 1")
    assert 0.25 * whole < half < 0.75 * whole
    _tool(page, "Remove bounding box")
    expect(page.get_by_role("button", name="Remove bounding box")).to_be_hidden()


def test_a_rectangle_by_keys_is_drawn_subtracted_and_undone(region: Page) -> None:
    page = region
    _new_lesion(page)
    _tool(page, "Rectangle")
    picture = axial(page)

    def rectangle(back: bool) -> None:
        picture.press("Enter")
        for key in ("ArrowLeft", "ArrowUp") if back else ("ArrowRight", "ArrowDown"):
            for _ in range(20):
                picture.press(f"Shift+{key}")
        picture.press("Enter")

    rectangle(back=False)
    drawn = volume_ml(page, "Lesion 1")
    _tool(page, "Subtract")
    rectangle(back=True)
    expect(page.get_by_text("Lesion 1 is empty.")).to_be_visible()
    picture.press("Control+z")
    assert volume_ml(page, "Lesion 1") == drawn
    _tool(page, "Freehand")
    x, y, *_ = on_tumour(page, 0.0)
    corners = [(x - 0.1, y - 0.1), (x + 0.1, y - 0.1), (x + 0.1, y + 0.1), (x - 0.1, y + 0.1)]
    drag(page, *corners)  # an outline taken away around all that is there
    expect(page.get_by_text("Lesion 1 is empty.")).to_be_visible()


def test_an_exported_region_comes_back_and_lesions_are_renamed_and_removed(
    region: Page, tmp_path: Path
) -> None:
    page, files = region, []
    for name in ("GTV", "Lesion 1"):
        if files:
            _open(page, "Import region")
            uploader = page.get_by_test_id("stFileUploader")
            uploader.locator("input[type=file]").set_input_files(files[0])
            region_found = page.get_by_test_id("stSelectbox").get_by_role("combobox")
            expect(region_found).to_have_value("label 1")
            page.get_by_role("button", name="Add to Lesion 1").click()
            expect(row(page, "Lesion 1")).to_contain_text(f"{volume_ml(page, 'GTV'):.1f}")
            page.keyboard.press("Escape")
        _open(page, "Export")
        with page.expect_download() as download:
            page.get_by_role("button", name="NIfTI mask").click()
        files.append(tmp_path / f"{len(files)}.nii.gz")
        download.value.save_as(files[-1])
        page.keyboard.press("Escape")
        if name == "GTV":
            _new_lesion(page)
    first, second = (sitk.GetArrayFromImage(sitk.ReadImage(str(path))) for path in files)
    assert first.any() and np.array_equal(first, second)
    _open(page, "Rename")
    page.get_by_label("Name", exact=True).fill("Reader 2")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(_lesion(page, "Reader 2")).to_be_visible()
    expect(row(page, "Reader 2")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Reader 2")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    _open(page, "Remove")
    page.get_by_role("button", name="Remove Reader 2").click()
    expect(_lesion(page, "Reader 2")).to_have_count(0)
    expect(row(page, "GTV (active)")).to_be_visible()


def test_the_row_of_the_next_step_has_its_height_before_it_is_filled(region: Page) -> None:
    """It is filled after the viewer below it, which must not move for it."""
    watch = """() => { const seen = window.rows = [];
        const look = () => {
            const row = document.querySelector('.st-key-next-step');
            if (row) seen.push([row.innerText.trim() !== '', Math.round(row.offsetHeight)]);
            requestAnimationFrame(look);
        };
        look(); }"""
    region.add_init_script(f"({watch})()")
    region.reload()
    expect(region.locator(".viewer[data-shown]")).to_be_visible()
    expect(region.locator(".st-key-next-step").get_by_text("Interpolate")).to_be_visible()
    rows = region.evaluate("window.rows")
    assert {filled for filled, _ in rows} == {False, True}
    assert len({height for _, height in rows}) == 1
