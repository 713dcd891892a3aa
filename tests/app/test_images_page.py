"""The Images page before scoring: pictures of what was found, ties that are asked."""

from pathlib import Path

import pydicom
from streamlit.testing.v1 import AppTest

from dss_ui.images.looks import Look
from tests.app.pages import all_text, press, sentences, upload, upload_case
from tests.app.session import belongings, current_result, state
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
    assert len(emptied.get("imgs")) == 3
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
