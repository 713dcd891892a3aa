"""The region page without a browser: lesions, their numbers, what happens without a case."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dss_core.case.case_files import ImageSeries
from dss_core.case.open_case import open_images, take_region
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths, from_uploads
from dss_core.regions.region_files import read_region_file
from dss_core.regions.region_writer import RegionFormat
from dss_ui.images.region_import import region_writer
from dss_ui.session.current import BELONGINGS
from dss_ui.shell.demo_case import demo_folder
from dss_ui.viewer.marking_session import MarkingSession
from tests.app.pages import all_text, case_bar, press, sentences, upload, upload_case
from tests.app.session import belongings, current_result, fill_in, marking_session
from tests.dicom_case import WrittenCase, write_case


@pytest.fixture
def region(app: AppTest) -> AppTest:
    """The region page with the demo case."""
    app.switch_page("pages/images.py").run()
    assert not app.exception and not app.error
    return app


def _grow_at_tumour(app: AppTest, tool: str) -> None:
    """What the browser sends when the hottest voxel of the demo's tumour is clicked."""
    session = marking_session(app)
    roi = session.marked(session.lesions[0]).roi
    k, j, i = np.argwhere(roi.mask_zyx).mean(axis=0)
    seed = session.grid.to_world(np.array([[i, j, k]]))[0].tolist()
    session.take({"id": 1, "do": "grow", "erase": False, "seed": seed, "tool": tool, "box": None})
    assert session.note == ""


def test_the_scored_region_is_the_first_lesion_with_its_numbers(region: AppTest) -> None:
    result = current_result(region)
    row = next(line for line in all_text(region).splitlines() if "(active)" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1] == f"{result.roi.volume_ml:.1f}"
    suv_max, _, suv_mean = cells[3].split(" / ")
    assert suv_max == f"{result.suv.max:.1f}" and suv_mean == f"{result.suv.mean:.1f}"


def test_a_lesion_takes_another_name_unless_it_is_taken(region: AppTest) -> None:
    press(region, "New lesion")
    for name, left in (("Reader 2", "Reader 2"), ("GTV", "Reader 2"), ("  ", "Reader 2")):
        region.text_input(key="lesion-name").set_value(name).run()
        assert not region.exception
        assert [lesion.name for lesion in marking_session(region).lesions] == ["GTV", left]
        assert bool(region.toast) == (name != left)
        assert region.text_input(key="lesion-name").value == left


def test_each_lesion_is_scored_on_its_own_and_kept(region: AppTest) -> None:
    before = current_result(region)
    press(region, "New lesion")
    assert "Lesion 1 is empty." in all_text(region)
    _grow_at_tumour(region, "50%")
    region.run()
    assert "not scored" in all_text(region)
    press(region, "Score Lesion 1")
    after = current_result(region)
    assert not region.exception and not region.error
    assert after.input_digest != before.input_digest
    assert after.roi.volume_ml < before.roi.volume_ml
    assert after.roi.method.startswith("PET threshold, 50 % of SUVmax")
    assert "not scored" not in all_text(region)
    session = marking_session(region)
    session.choose(0)
    region.run()
    press(region, "Make GTV active")
    assert current_result(region) is before
    region.switch_page("pages/score.py").run()
    region.switch_page("pages/images.py").run()
    assert [lesion.name for lesion in marking_session(region).lesions] == ["GTV", "Lesion 1"]


def test_a_refused_edit_changes_nothing_and_says_why(region: AppTest) -> None:
    session = marking_session(region)
    before = session.lesion
    seed = session.grid.to_world(np.array([[2.0, 2.0, 60.0]]))[0].tolist()
    session.take({"id": 1, "do": "grow", "erase": False, "seed": seed, "tool": "4.0", "box": None})
    assert "below the threshold 4.00" in session.note
    session.take({"id": 2, "do": "draw", "erase": False, "slice": 4, "points": [[0, 0], [1, 1]]})
    assert "three points" in session.note
    assert session.refused and session.lesion is before


def test_every_export_is_read_again_as_the_region(region: AppTest) -> None:
    session = marking_session(region)
    mask = session.marked(session.lesion).on_ct.mask_zyx
    folder = demo_folder()
    inventory = take_inventory(from_paths([folder]))
    images = open_images(
        ImageSeries(propose_series(inventory, "CT"), propose_series(inventory, "PT"))
    )
    written = {b.label: b for b in region.get("download_button")}
    assert set(written) == {"NIfTI mask", "DICOM SEG", "RTSTRUCT"}
    ct = propose_series(inventory, "CT")
    for kind in RegionFormat:
        content = region_writer(ct, session.marked(session.lesion), kind)()
        (source,) = from_uploads([content])
        found = take_region(read_region_file(source), None, images).roi.mask_zyx
        dice = 2 * (found & mask).sum() / (found.sum() + mask.sum())
        assert dice >= (0.98 if kind is RegionFormat.RTSTRUCT else 1.0)


def test_images_without_a_region_are_marked_and_scored(emptied: AppTest, tmp_path: Path) -> None:
    app = emptied
    case = write_case(tmp_path)
    contents = [path.read_bytes() for path in case.files() if path != case.region]
    upload(app, contents)
    assert "No tumour region in these files. Draw it here" in all_text(app)
    press(app, "Draw the tumour region")
    app.switch_page("pages/images.py").run()
    assert not app.exception and "Lesion 1 is empty." in all_text(app)
    session = marking_session(app)
    x, y, z = session.grid.to_world(np.argwhere(_tumour(case, session))[:, ::-1]).mean(axis=0)
    k = round(float(session.grid.to_index(np.array([[x, y, z]]))[0, 2]))
    corners = [[x - 9, y - 9], [x + 9, y - 9], [x + 9, y + 9], [x - 9, y + 9]]
    session.take({"id": 1, "do": "draw", "erase": False, "slice": k, "points": corners})
    app.run()
    press(app, "Score Lesion 1")
    assert not app.exception and not app.error
    result = current_result(app)
    assert result.roi.method == "1 outlines by hand on 1 slices"
    assert "Saved until" in case_bar(app) and "(active)" in all_text(app)
    app.switch_page("pages/images.py").run()
    assert not app.exception and not app.error


def test_what_cannot_be_a_tumour_is_said_and_not_scored(region: AppTest) -> None:
    press(region, "New lesion")
    session = marking_session(region)
    x, y, _ = session.grid.origin_mm
    corners = [[x + 5, y + 5], [x + 30, y + 5], [x + 30, y + 30], [x + 5, y + 30]]
    session.take({"id": 1, "do": "draw", "erase": False, "slice": 60, "points": corners})
    region.run()
    assert any("air" in s or "body" in s or "PET" in s for s in sentences(region))
    assert next(b for b in region.button if b.label == "Score Lesion 1").disabled


def _tumour(case: WrittenCase, session: MarkingSession) -> np.ndarray:
    (source,) = from_paths([case.region])
    return take_region(read_region_file(source), None, session.images).roi.mask_zyx


def test_without_a_case_the_page_asks_for_its_files(emptied: AppTest) -> None:
    emptied.switch_page("pages/images.py").run()
    assert not emptied.exception and len(emptied.file_uploader) == 2
    assert any("Drop a CT series, the PET" in info.value for info in emptied.info)


def test_closing_the_case_deletes_what_was_drawn_and_recorded(region: AppTest) -> None:
    fill_in(region, {"age": 61})
    assert belongings(region, "marking session")
    region.switch_page("pages/images.py").run()
    press(region, "Close case")
    assert not region.exception
    assert not region.session_state[BELONGINGS]
    assert "decision_patient" not in region.session_state


def test_another_case_takes_the_drawn_lesions_of_the_one_before_with_it(
    region: AppTest, tmp_path: Path
) -> None:
    before = marking_session(region)
    upload_case(region, write_case(tmp_path))
    assert not belongings(region, "marking session")
    press(region, "Score case")
    assert not region.exception and not region.error
    assert all(one is not before for one in belongings(region, "marking session"))
