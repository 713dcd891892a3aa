"""An upload through the real uploader: scored, or refused in one sentence."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from streamlit.testing.v1 import AppTest

import dss_ui.shell.run_case
from dss_core.scoring.score_text import shown
from dss_ui.shell.messages import BUG
from tests.app.pages import (
    press,
    sentences,
    shown_scores,
    upload,
    upload_case,
)
from tests.app.session import current_result, open_case
from tests.app.shown_numbers import case_bar_is, score_on_command_line
from tests.dicom_case import write_case

SCORE = "Score case"


def test_an_uploaded_case_gives_the_scores_of_the_command_line(
    app: AppTest, tmp_path: Path
) -> None:
    case = write_case(tmp_path)
    press(upload_case(app, case), SCORE)
    assert not app.exception and not app.error
    app.switch_page("pages/score.py").run()
    told = score_on_command_line(case.ct, case.pet, case.region)
    metrics = shown_scores(app)
    assert metrics["EGFR-DLS"] == shown(told["egfr"]["dls"], told["egfr"]["cutoff"])
    assert metrics["PDL1-DLS"] == shown(told["pdl1"]["dls"], told["pdl1"]["cutoff"])
    assert metrics["SUVmax"] == f"{told['suv']['max']:.2f}"
    case_bar_is(app, told)
    scored = open_case(app)
    press(app.switch_page("pages/images.py").run(), "Score again")
    assert not app.exception and not app.error
    assert (open_case(app).id, open_case(app).version) == (scored.id, 2)
    assert open_case(app).record.result == scored.record.result


def test_a_zip_of_the_case_is_the_same_input(app: AppTest, tmp_path: Path) -> None:
    case = write_case(tmp_path)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        for number, path in enumerate(case.files()):
            bundle.writestr(f"../{number}", path.read_bytes())
    press(upload(app, [archive.getvalue()]), SCORE)
    digest = current_result(app).input_digest
    assert digest == score_on_command_line(case.ct, case.pet, case.region)["input_digest"]


def test_series_are_listed_and_the_tumour_is_preselected(app: AppTest, tmp_path: Path) -> None:
    upload_case(app, write_case(tmp_path, region_names=("Heart", "GTV left")))
    table = app.dataframe[0].value
    assert table["Modality"].tolist() == ["CT", "PET", "Region", "Region"]
    assert table["Content"].tolist()[:2] == ["12 slices", "12 slices"]
    assert table["Spacing (mm)"].tolist()[0] == "3.00 × 3.00 × 3.00"
    assert table["Chosen"].tolist() == [True, True, False, True]


def test_another_region_can_be_chosen(app: AppTest, tmp_path: Path) -> None:
    upload_case(app, write_case(tmp_path, region_names=("Heart", "GTV left")))
    app.selectbox[2].set_value(0).run()
    press(app, SCORE)
    assert current_result(app).roi.name == "Heart"


def test_regions_of_one_name_are_told_apart_and_each_reaches_its_own(
    app: AppTest, tmp_path: Path
) -> None:
    case = write_case(tmp_path, region_names=("GTV", "Heart", "GTV"))
    dataset = pydicom.dcmread(case.region)
    for contour in dataset.ROIContourSequence[2].ContourSequence:
        points = np.array(contour.ContourData, dtype=float).reshape(-1, 3) * (0.7, 0.7, 1.0)
        contour.ContourData = [f"{v:.4f}" for v in points.ravel()]
    dataset.save_as(case.region)
    upload_case(app, case)
    assert ["Not exactly one region" in i.value for i in app.info].count(True) == 1
    assert SCORE not in [b.label for b in app.button]
    choice = app.selectbox[2]
    assert choice.value is None
    assert len(set(choice.options)) == 3
    assert [o for o in choice.options if "number 3" in o] == choice.options[2:]
    for index in (2, 0):
        app.selectbox[2].set_value(index).run()
        press(app, SCORE)
        told = score_on_command_line(case.ct, case.pet, case.region, "--roi-number", str(index + 1))
        assert current_result(app).roi.volume_ml == pytest.approx(told["roi"]["volume_ml"])
        assert current_result(app).input_digest == told["input_digest"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"with_ct": False}, "The CT is missing"),
        ({"ct_modality": "MR"}, "found 1 MR series, 1 PT series"),
    ],
)
def test_a_missing_part_is_told_before_scoring(
    app: AppTest, tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    upload_case(app, write_case(tmp_path, **changes))
    _is_refused(app, sentence)
    assert SCORE not in [b.label for b in app.button]


def test_a_missing_region_is_told_and_may_be_marked(app: AppTest, tmp_path: Path) -> None:
    upload_case(app, write_case(tmp_path, with_region=False))
    assert not app.exception and not app.error
    assert ["No tumour region in these files" in i.value for i in app.info].count(True) == 1
    assert {b.label for b in app.button} >= {"Draw the tumour region"}
    assert SCORE not in [b.label for b in app.button]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"region_offset_mm": (500.0, 0.0, 0.0)}, "does not meet the image"),
        ({"region_same_frame": False}, "another frame of reference"),
        ({"pet_patient": "someone else"}, "different PatientID"),
        ({"weight_kg": None}, "PatientWeight (0010,1030) is absent"),
        ({"dose_bq": None}, "RadionuclideTotalDose (0018,1074) is absent"),
        ({"injection_time": None}, "The injection time is missing"),
        ({"constant_pet": True}, "The PET is constant around the region"),
        ({"constant_ct": True}, "The CT is constant around the region"),
    ],
)
def test_a_case_that_cannot_be_scored_is_refused_in_one_sentence(
    app: AppTest, tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    press(upload_case(app, write_case(tmp_path, **changes)), SCORE)
    _is_refused(app, sentence)
    assert app.status[0].label == "Not scored"


def test_files_that_are_not_dicom_are_refused(app: AppTest) -> None:
    _is_refused(upload(app, [b"a letter", b"a picture"]), "2 file(s) that are not DICOM")


def test_a_damaged_zip_is_refused(app: AppTest) -> None:
    _is_refused(upload(app, [b"PK\x03\x04 cut short"]), "could not be unpacked")


def test_names_from_files_are_shown_as_plain_text(app: AppTest, tmp_path: Path) -> None:
    name = "GTV ![x](http://example.org/x.png) <b>"
    case = write_case(tmp_path, region_names=(name,), region_offset_mm=(500.0, 0.0, 0.0))
    press(upload_case(app, case), SCORE)
    assert r"\!\[x\]\(" in app.error[0].value
    assert r"\<b\>" in app.error[0].value


def test_a_bug_is_told_without_its_text(
    app: AppTest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = "a name from a file"

    def broken(*_: object) -> None:
        raise ZeroDivisionError(secret)

    upload_case(app, write_case(tmp_path))
    monkeypatch.setattr(dss_ui.shell.run_case, "score_case", broken)
    press(app, SCORE)
    assert not app.exception
    assert sentences(app) == [BUG]
    assert "ZeroDivisionError" in caplog.text and secret not in caplog.text


def _is_refused(app: AppTest, sentence: str) -> None:
    assert not app.exception
    assert len(app.error) == 1
    assert sentence in sentences(app)[0]
