"""The command line: same numbers as the core, one sentence and exit 2 for bad input."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest

from dss_core.cli import main
from tests.dicom_case import DicomCase, axis_mm, write_case

ROOT = Path(__file__).resolve().parents[2]


def arguments(folder: Path) -> list[str]:
    return ["--ct", f"{folder}/ct", "--pet", f"{folder}/pet", "--roi", f"{folder}/rtstruct.dcm"]


def score(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict:
    assert main(["score", *arguments(folder)]) == 0
    return json.loads(capsys.readouterr().out)


def test_score_says_everything_that_was_promised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_case(tmp_path)
    said = score(tmp_path, capsys)
    case = DicomCase()
    assert said["weights_id"] == "demo"
    assert said["suv"]["type"] == "SUVbw"
    assert said["suv"]["rule"] == "series_time"
    # Voxel centres nearest the origin lie 2 mm off in each axis on the even PET grid.
    focus = np.exp(-12.0 / (2 * case.focus_sigma_mm**2))
    peak = case.suv_background + (case.suv_peak - case.suv_background) * focus
    assert said["suv"]["max"] == pytest.approx(peak, rel=1e-3)
    assert said["roi"]["name"] == "GTV"
    # Voxels of 3 mm whose centre lies in the ball, counted on the closed form.
    x, y, z = np.meshgrid(axis_mm(64, 3.0), axis_mm(64, 3.0), axis_mm(12, 3.0))
    inside = int((x**2 + y**2 + z**2 < case.radius_mm**2).sum())
    assert said["roi"]["volume_ml"] == pytest.approx(inside * 0.027, rel=0.01)
    assert said["roi"]["n_slices"] == len(said["egfr"]["slices"]) == 18
    for task in ("egfr", "pdl1"):
        scores = [s["score"] for s in said[task]["slices"]]
        assert said[task]["dls"] == pytest.approx(np.mean(scores), abs=1e-12)
        assert 0.0 < min(scores) and max(scores) < 1.0
    assert {"demo_weights"} <= {w["code"] for w in said["warnings"]}
    assert set(said["versions"]) >= {"dss_core", "torch", "numpy", "SimpleITK", "pydicom"}


def test_score_is_the_same_from_folder_and_from_nested_zip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = write_case(tmp_path)
    before = score(tmp_path, capsys)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as bundle:
        for path in written.files():
            bundle.write(path, f"{path.parent.name}_{path.name}")
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("inner.zip", inner.getvalue())
    archive = str(tmp_path / "all.zip")
    assert main(["score", "--ct", archive, "--pet", archive, "--roi", archive]) == 0
    after = json.loads(capsys.readouterr().out)
    assert after == before


def test_tensor_command_stores_what_the_network_sees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_case(tmp_path)
    out = tmp_path / "x.npz"
    assert main(["tensor", *arguments(tmp_path), "--out", str(out)]) == 0
    stored = np.load(out)
    said = score(tmp_path, pytest_free(capsys))
    assert stored["x"].dtype == np.float32
    assert stored["x"].shape == (said["roi"]["n_slices"], 3, 64, 64)
    assert stored["z_mm"].tolist() == [s["z_mm"] for s in said["egfr"]["slices"]]
    assert np.abs(stored["x"].mean(axis=(2, 3))).max() < 1e-5


def pytest_free(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """Forget what was printed so far."""
    capsys.readouterr()
    return capsys


def test_region_is_chosen_by_name_and_the_choice_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_case(tmp_path, region_names=("Heart", "Lung_L", "GTV-1"))
    said = score(tmp_path, capsys)
    assert said["roi"]["name"] == "GTV-1"
    assert "several_regions" in {w["code"] for w in said["warnings"]}
    assert main(["score", *arguments(tmp_path), "--roi-name", "Heart"]) == 0
    assert json.loads(capsys.readouterr().out)["roi"]["name"] == "Heart"


def test_a_region_of_a_name_used_twice_is_reached_by_its_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write_case(tmp_path, region_names=("GTV", "GTV"), with_pet=False)
    dataset = pydicom.dcmread(case.region)
    del dataset.ROIContourSequence[1].ContourSequence[3:]
    dataset.save_as(case.region)
    command = ["mask", str(case.region), "--reference", str(case.ct)]
    command += ["--out", str(tmp_path / "m.nii.gz"), "--roi-name", "GTV"]
    assert main(command) == 2
    assert "(number 2, " in capsys.readouterr().err
    slices = []
    for number in ("1", "2"):
        assert main([*command, "--roi-number", number]) == 0
        slices.append(json.loads(capsys.readouterr().out)["roi"]["n_slices"])
    assert slices == [6, 3]


BAD = [
    ({"with_ct": False}, "does not exist"),
    ({"ct_modality": "MR"}, "The CT is missing: a DICOM series of Modality CT was expected"),
    ({"pet_modality": "NM"}, "The PET is missing: a DICOM series of Modality PT was expected"),
    ({"weight_kg": None}, "PatientWeight (0010,1030) is absent"),
    ({"dose_bq": None}, "RadionuclideTotalDose (0018,1074) is absent"),
    ({"injection_time": None}, "The injection time is missing"),
    ({"units": "PROPCPS"}, "Units (0054,1001) is 'PROPCPS'"),
    ({"pet_same_frame": False}, "PET and CT are in different frames of reference"),
    ({"region_same_frame": False}, "is drawn in another frame of reference"),
    ({"region_offset_mm": (900.0, 0.0, 0.0)}, "does not meet the image"),
    ({"constant_ct": True}, "CT is constant around the region"),
    ({"constant_pet": True}, "PET is constant around the region"),
    ({"pet_patient": "someone else"}, "different PatientID (0010,0020)"),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD)
def test_bad_input_is_one_sentence_and_exit_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict, sentence: str
) -> None:
    write_case(tmp_path, **changes)
    assert main(["score", *arguments(tmp_path)]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("error: ") and streams.err.count("\n") == 1
    assert sentence in streams.err
    assert "someone else" not in streams.err


def test_files_that_are_not_dicom_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_case(tmp_path)
    for path in (tmp_path / "ct").iterdir():
        path.write_text("not an image")
    assert main(["score", *arguments(tmp_path)]) == 2
    assert "found 12 file(s) that are not DICOM" in capsys.readouterr().err


def test_region_file_that_is_an_image_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_case(tmp_path)
    image = str(next((tmp_path / "ct").iterdir()))
    assert main(["score", *arguments(tmp_path)[:4], "--roi", image]) == 2
    assert "No tumour region found. Add an RTSTRUCT" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        (["--roi-name", "Nothing"], "no region named 'Nothing'"),
        (["--weights", "absent"], "no weights bundle 'absent'; available: demo"),
    ],
)
def test_wrong_names_are_refused_with_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], sentence: str
) -> None:
    write_case(tmp_path)
    assert main(["score", *arguments(tmp_path), *extra]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [[], ["score"], ["dance"], ["score", "--ct", "a", "--pet", "b", "--roi", "c", "--out", "no/x"]],
)
def test_wrong_usage_is_one_error_line_and_exit_two(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dss_core", *words],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dss_core", "weights", "list"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


def test_core_runs_where_streamlit_is_not_installed(tmp_path: Path) -> None:
    write_case(tmp_path)
    code = (
        "import sys; sys.modules['streamlit'] = None; from dss_core.cli import main; "
        "sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "score", *arguments(tmp_path)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["roi"]["name"] == "GTV"
