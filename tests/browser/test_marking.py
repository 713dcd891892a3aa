"""A reader at the screen: steps, draws, grows, undoes, and sees numbers and score follow."""

import re

from playwright.sync_api import Page, expect

from tests.browser.drawing import (
    FIRST,
    SECOND,
    axial,
    drag,
    on_tumour,
    outlined,
    row,
    scores_of_bar,
    shown,
)


def test_a_box_on_the_demo_case_changes_the_score_and_stays(region: Page) -> None:
    page = region
    before = scores_of_bar(page)
    assert outlined(page, FIRST)
    page.get_by_role("button", name="New lesion").click()
    expect(page.get_by_text("Lesion 1 is empty.")).to_be_visible()
    page.get_by_role("button", name="Rectangle").click()
    drag(page, on_tumour(page, 0.05))
    expect(row(page, "Lesion 1")).to_contain_text("not scored")
    assert outlined(page, SECOND)
    page.get_by_role("button", name="Soft tissue").click()
    assert outlined(page, SECOND)
    score = page.get_by_role("button", name="Score Lesion 1")
    expect(score).to_have_count(1)  # the one before the last edit has gone
    score.click()
    expect(row(page, "Lesion 1 (active)")).to_be_visible()
    assert scores_of_bar(page) != before
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("link", name="Score").click()
    expect(page.get_by_role("heading", name="Score", exact=True)).to_be_visible()
    sidebar.get_by_role("link", name="Images").click()
    expect(row(page, "Lesion 1 (active)")).to_be_visible()
    expect(page.locator(".viewer[data-shown]")).to_be_visible()
    expect(page.get_by_role("button", name="Soft tissue")).to_have_attribute("aria-pressed", "true")
    assert outlined(page, SECOND) and outlined(page, FIRST, 0)


def test_outlines_on_two_slices_are_filled_and_undone(region: Page) -> None:
    page = region
    page.get_by_role("button", name="New lesion").click()
    expect(page.get_by_text("Lesion 1 is empty.")).to_be_visible()
    page.get_by_role("button", name="Circle").click()
    x, y, *_ = on_tumour(page, 0.0)
    drag(page, (x, y, x + 0.02, y))
    expect(row(page, "Lesion 1")).to_be_visible()
    alone = float(row(page, "Lesion 1").locator("td").nth(1).inner_text())
    for _ in range(4):
        axial(page).press("ArrowUp")
    drag(page, (x, y, x + 0.02, y))
    five = f"{5 * alone:.0f}"
    expect(row(page, "Lesion 1").locator("td").nth(1)).to_contain_text(five)
    for _ in range(2):
        axial(page).press("ArrowDown")
    assert outlined(page, SECOND, 30)  # a slice in between that nobody drew on
    axial(page).press("Control+z")
    expect(row(page, "Lesion 1").locator("td").nth(1)).to_have_text(f"{alone:.1f}")
    axial(page).press("Control+y")
    expect(row(page, "Lesion 1").locator("td").nth(1)).to_contain_text(five)


def test_a_click_on_the_pet_grows_the_tumour_or_says_why_not(region: Page) -> None:
    page = region
    page.get_by_role("button", name="New lesion").click()
    page.get_by_role("button", name="PET threshold").click()
    x, y, *_ = on_tumour(page, 0.0)
    drag(page, (0.03, 0.03, 0.03, 0.03))
    expect(page.locator(".viewer .status")).to_contain_text("SUV")
    drag(page, (x, y, x, y))
    expect(row(page, "Lesion 1")).to_be_visible()
    assert outlined(page, SECOND)


def test_the_wheel_scrolls_the_page_until_an_image_is_clicked(region: Page) -> None:
    page = region
    before = shown(page)
    axial(page).hover()
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(300)
    assert shown(page) == before
    page.mouse.down()
    page.mouse.up()
    slice_before = int(shown(page).split()[0])
    page.mouse.wheel(0, -100)
    expect(page.locator(f".viewer[data-shown^='{slice_before + 1} ']")).to_be_visible()


def test_keys_step_through_the_slices_of_the_plane_in_focus(region: Page) -> None:
    for place, axis in enumerate(("axial", "coronal", "sagittal")):
        before = int(shown(region).split()[place])
        picture = region.locator(f".panel.{axis} .picture")
        for key, moved in (("ArrowUp", 1), ("PageDown", -9), ("Home", -before)):
            picture.press(key)
            expect(region.locator(".viewer")).to_have_attribute(
                "data-shown", re.compile(rf"^(\S+ ){{{place}}}{before + moved}\b")
            )


def test_the_cursor_reads_hu_and_suv(region: Page) -> None:
    x, y, *_ = on_tumour(region, 0.0)
    place = axial(region).bounding_box()
    assert place is not None
    region.mouse.move(place["x"] + x * place["width"], place["y"] + y * place["height"])
    readout = region.locator(".readout").inner_text()
    found = re.match(r"HU (-?\d+)\s+SUV (\d+\.\d+)\s+x", readout)
    assert found, readout
    assert -100 < int(found[1]) < 150 and 4.0 < float(found[2]) < 12.0
