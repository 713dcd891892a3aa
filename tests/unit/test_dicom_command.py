"""`dicom` from the command line: a case of files, a saved case, a demo patient."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import highdicom as hd
import pydicom
import pytest

from dss_core.cli import main
from tests.dicom_case import WrittenCase, write_case
from tests.dicom_objects import PDF, png, validator_errors

NAMES = ["seg", "sr", "sc", "report"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSS_HOME", str(home))
    monkeypatch.delenv("DSS_DATABASE_URL", raising=False)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> WrittenCase:
    return write_case(tmp_path_factory.mktemp("case"))


def run(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main([str(word) for word in words]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    assert main([str(word) for word in words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1
    return err


def images(case: WrittenCase) -> list[object]:
    return ["--ct", case.ct, "--pet", case.pet]


def save(capsys: pytest.CaptureFixture[str], case: WrittenCase, keep: str) -> dict[str, Any]:
    return run(capsys, "score", *images(case), "--roi", case.region, "--save", "--keep", keep)


def test_saved_case_gives_the_same_objects_again_with_and_without_its_files(
    case: WrittenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = save(capsys, case, "images")
    picture, pdf = tmp_path / "a.png", tmp_path / "a.pdf"
    picture.write_bytes(png())
    pdf.write_bytes(PDF)
    given = ["--picture", picture, "--pdf", pdf]
    header = pydicom.dcmread(next(case.ct.iterdir()))
    ways = {
        "alone": [],
        "files": images(case),
        "source": [*images(case), "--identity", "source"],
    }
    studies = {}
    for way, words in ways.items():
        first, second = tmp_path / way, tmp_path / f"{way} again"
        told = run(capsys, "dicom", saved["case_id"], "--out", first, *words, *given)
        run(capsys, "dicom", saved["case_id"], "--out", second, *words, *given)
        assert sorted(p.name for p in first.iterdir()) == sorted(f"{n}.dcm" for n in NAMES)
        assert told["identity"] == ("source" if way == "source" else "none")
        assert told["not_written"] == []
        for name, row in zip(NAMES, told["objects"], strict=True):
            path = first / f"{name}.dcm"
            assert path.read_bytes() == (second / path.name).read_bytes()
            ds = pydicom.dcmread(path)
            assert row == {
                "file": str(path),
                "sop_class": ds.SOPClassUID,
                "sop_instance_uid": ds.SOPInstanceUID,
                "series_uid": ds.SeriesInstanceUID,
                "study_uid": ds.StudyInstanceUID,
            }
            assert validator_errors(path.read_bytes(), tmp_path) == []
        (studies[way],) = {row["study_uid"] for row in told["objects"]}
        document = hd.sr.srread(first / "sr.dcm")
        (group,) = document.content.get_volumetric_roi_measurement_groups()
        by_name = {m.name.value: m.value for m in group.get_measurements()}
        assert by_name["EGFR-DLS"] == saved["egfr"]["dls"]
        assert by_name["118565006"] == saved["measures"]["volume_ml"]
    assert studies["source"] == header.StudyInstanceUID
    assert len(set(studies.values())) == 3

    with_source = refused(capsys, "dicom", saved["case_id"], "--out", tmp_path / "x",
                          "--identity", "source")  # fmt: skip
    assert "does not know the patient" in with_source
    other = write_case(tmp_path / "other", suv_peak=9.0)
    words = ["dicom", saved["case_id"], "--out", tmp_path / "x", *images(other)]
    assert "CT and PET are not those that case" in refused(capsys, *words)
    words = [*words[:-4], *images(case), "--roi",
             write_case(tmp_path / "shifted", region_scale=0.8).region]  # fmt: skip
    assert "The region is not the one that case" in refused(capsys, *words)
    assert not (tmp_path / "x").exists()


def test_saved_record_needs_its_files(
    case: WrittenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case_id = save(capsys, case, "record")["case_id"]
    words = ["dicom", case_id, "--out", tmp_path / "out", "--only", "seg"]
    assert "Only the record of this case is kept" in refused(capsys, *words)
    assert "Only the record of this case is kept" in refused(capsys, *words, *images(case))
    told = run(capsys, *words, *images(case), "--roi", case.region)
    assert [Path(row["file"]).name for row in told["objects"]] == ["seg.dcm"]


def test_files_alone_are_scored_and_written(
    case: WrittenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["dicom", *images(case), "--roi", case.region, "--out", tmp_path / "out"]
    told = run(capsys, *words)
    assert [Path(row["file"]).name for row in told["objects"]] == [f"{n}.dcm" for n in NAMES]
    assert told["not_written"] == []
    for row in told["objects"]:
        assert validator_errors(Path(row["file"]).read_bytes(), tmp_path) == []
    assert run(capsys, *words)["objects"] == told["objects"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nobody"], "'nobody' is no saved case and no demo patient"),
        (["8e8c4c2e-0000-4000-8000-000000000000"], "8e8c4c2e-0000-4000-8000-000000000000"),
        ([], "A case was expected"),
        (["egfr-high", "--only", "seg,xml"], "--only names 'xml'; seg, sr, sc, report"),
        (["egfr-high", "--ct", "ct"], "A demo patient brings its own images"),
    ],
)
def test_what_names_no_case_or_object_is_refused(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(capsys, "dicom", *words, "--out", tmp_path / "out")


def test_plain_installation_says_which_extra_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "highdicom" else find(name)
    )
    message = refused(capsys, "dicom", "egfr-high", "--out", tmp_path / "out")
    assert "pip install 'nsclc-dss[hospital]'" in message


def test_mask_command_copies_the_patient_of_the_images_or_names_nobody(
    case: WrittenCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = pydicom.dcmread(next(case.ct.iterdir()))
    words = ["mask", case.region, "--reference", case.ct, "--out", tmp_path / "a.dcm"]
    for extra, patient, same in (
        ([], "", False),
        (["--patient-id", "P7"], "P7", False),
        (["--identity", "source"], header.PatientID, True),
    ):
        run(capsys, *words, *extra)
        ds = pydicom.dcmread(tmp_path / "a.dcm")
        assert ds.PatientID == patient
        assert (ds.StudyInstanceUID == header.StudyInstanceUID) is same
    both = refused(capsys, *words, "--identity", "source", "--patient-id", "P7")
    assert "leave --patient-id out" in both


@pytest.mark.slow
def test_demo_patient_gives_its_objects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "dicom", "egfr-high", "--out", tmp_path / "out", "--identity", "source")
    names = [Path(row["file"]).name for row in told["objects"]]
    assert names == [f"{n}.dcm" for n in NAMES]
    for name in names:
        path = tmp_path / "out" / name
        assert pydicom.dcmread(path).PatientName == "SIMULATED^DEMO"
        assert validator_errors(path.read_bytes(), tmp_path) == []
