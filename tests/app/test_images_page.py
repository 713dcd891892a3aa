"""The Images page before scoring: pictures of what was found, ties that are asked."""

from pathlib import Path

import pydicom
from streamlit.testing.v1 import AppTest

from dss_core.regions.region_files import on_image
from dss_ui.images.looks import Look
from dss_ui.session.state import Case, CtOpened
from tests.app.pages import all_text, press, sentences, upload, upload_case
from tests.app.session import current_result, marking_session, open_case, state
from tests.dicom_case import write_case
from tests.unit.test_series_choice import add_series


def looks(app: AppTest) -> list[Look]:
    """The pictures that the session keeps of the files."""
    kept = app.session_state["dss.belongings"]
    return [value for (name, _), value in kept.items() if name.startswith("look ")]


def test_ct_pet_and_region_are_pictured_before_scoring(emptied: AppTest, tmp_path: Path) -> None:
    upload_case(emptied, write_case(tmp_path)).switch_page("pages/images.py").run()
    assert not emptied.exception and not emptied.error
    found = looks(emptied)
    assert len(found) == 3 and all(look.png for look in found)
    assert len(emptied.get("image")) == 3
    text = all_text(emptied)
    assert "Middle slice" in text and "Frontal projection" in text and " mL, z " in text
    before = {id(look) for look in found}
    emptied.run()
    assert {id(look) for look in looks(emptied)} == before  # made once


def test_what_cannot_be_pictured_says_why_and_the_rest_stays(
    emptied: AppTest, tmp_path: Path
) -> None:
    case = write_case(tmp_path)
    for path in case.pet.iterdir():
        dataset = pydicom.dcmread(path)
        del dataset.PatientWeight
        dataset.save_as(path)
    upload_case(emptied, case).switch_page("pages/images.py").run()
    assert not emptied.exception
    assert "no picture. PET PatientWeight (0010,1030)" in all_text(emptied)
    assert [bool(look.png) for look in looks(emptied)].count(True) == 2


def test_two_ct_that_fit_equally_are_asked_and_the_selected_one_is_scored(
    emptied: AppTest, tmp_path: Path
) -> None:
    case = write_case(tmp_path)
    uid = add_series(case.ct, "again", SeriesDescription="soft tissue")
    contents = [path.read_bytes() for path in (*case.files(), *(tmp_path / "again").iterdir())]
    upload(emptied, contents).switch_page("pages/images.py").run()
    assert not emptied.exception
    assert "2 CT series fit equally. Select one above." in all_text(emptied)
    assert not any(b.label == "Score case" for b in emptied.button)
    box = emptied.selectbox[0]
    assert box.value is None and len(set(box.options)) == 2
    assert any("soft tissue" in option for option in box.options)
    assert len([look for look in looks(emptied) if "Middle slice" in look.text]) == 2
    box.set_value(uid).run()
    press(emptied, "Score case")
    assert not emptied.exception and not sentences(emptied)
    assert current_result(emptied) is not None


def test_a_ct_alone_is_viewed_and_measured_and_the_page_says_what_is_missing(
    emptied: AppTest, tmp_path: Path
) -> None:
    case = write_case(tmp_path)
    contents = [path.read_bytes() for path in (*case.ct.iterdir(), case.region)]
    upload(emptied, contents).switch_page("pages/images.py").run()
    assert "A score needs the PET of the same examination" in all_text(emptied)
    press(emptied, "View the CT")
    assert not emptied.exception and not emptied.error
    assert isinstance(state(emptied), CtOpened)
    assert not any(b.label.startswith("Score") for b in emptied.button)
    session = marking_session(emptied)
    truth = on_image(state(emptied).source.intake.regions[0], session.images.ct.grid)[0]
    (row,) = (m.value for m in emptied.markdown if "Longest 3D" in m.value)
    mean = session.images.ct.values_zyx[truth.mask_zyx].mean()
    shown = [cell.strip().replace("\\", "") for cell in row.splitlines()[-1].split("|")]
    assert shown[2] == f"{truth.volume_ml:.1f}"
    assert shown[4] == f"{mean:.0f}".replace("-", "\N{MINUS SIGN}")
    session.take({"id": 1, "do": "grow", "erase": False, "seed": [0, 0, 0], "tool": "41%"})
    assert session.refused and "need a PET" in session.note
    other = write_case(tmp_path / "whole")
    upload_case(emptied, other)
    assert not isinstance(state(emptied), CtOpened)


def test_an_image_of_another_kind_is_no_pet(emptied: AppTest, tmp_path: Path) -> None:
    case = write_case(tmp_path, pet_modality="MR")
    upload_case(emptied, case).switch_page("pages/images.py").run()
    assert "Found 1 CT series, 1 MR series" in all_text(emptied)
    labels = [b.label for b in emptied.button]
    assert "View the CT" in labels and "Score case" not in labels


def test_undo_stops_at_the_region_that_came_with_the_case(app_with_images: AppTest) -> None:
    session = marking_session(app_with_images)
    before = session.marked(session.lesion).roi.mask_zyx.sum()
    for number in (1, 2):
        session.take({"id": number, "do": "undo", "erase": False})
    assert session.marked(session.lesion).roi.mask_zyx.sum() == before > 0
    x, y, _ = session.grid.origin_mm
    corners = [[x + 5, y + 5], [x + 30, y + 5], [x + 30, y + 30], [x + 5, y + 30]]
    session.take({"id": 3, "do": "draw", "erase": False, "slice": 1, "points": corners})
    assert session.marked(session.lesion).roi.mask_zyx.sum() > before
    session.take({"id": 4, "do": "undo", "erase": False})
    session.take({"id": 5, "do": "undo", "erase": False})
    assert session.marked(session.lesion).roi.mask_zyx.sum() == before


def test_opening_that_was_cancelled_waits_until_it_is_asked_for_again(app: AppTest) -> None:
    app.run()
    app.session_state["dss.opening_cancelled"] = open_case(app).id  # what its Cancel does
    app.switch_page("pages/images.py").run()
    assert not app.exception and not isinstance(open_case(app), Case)
    press(app, "Open the images")
    assert not app.exception and isinstance(open_case(app), Case)
