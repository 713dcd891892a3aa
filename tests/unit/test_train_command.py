"""`train` from a manifest of scans and tensors to a bundle that scores."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from dss_core.batch.manifest import Row, load_cohort
from dss_core.bundles.bundle import load_bundle
from dss_core.case.case_files import CaseFiles, ImageFiles
from dss_core.cli import main
from dss_core.reading.volume_files import PetUnit
from dss_core.records import Task
from dss_core.settings import Preprocessing
from tests.dicom_case import write_case


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six patients: hot tumours positive, two of them as ready tensors."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    lines = ["patient_id,label,ct,pet,roi,roi_name,tensor"]
    for n in range(6):
        folder = tmp_path / f"p{n}"
        write_case(folder, suv_peak=4.0 + 2 * n, focus_sigma_mm=5.0 + (n % 2) * 5)
        scan = [f"{folder}/ct", f"{folder}/pet", f"{folder}/rtstruct.dcm"]
        if n < 4:
            lines.append(f"p{n},{n % 2},p{n}/ct,p{n}/pet,p{n}/rtstruct.dcm,GTV,")
        else:
            words = ["tensor", "--ct", scan[0], "--pet", scan[1], "--roi", scan[2]]
            assert main([*words, "--out", f"{tmp_path}/p{n}.npz"]) == 0
            lines.append(f"p{n},{n % 2},,,,,p{n}.npz")
    (tmp_path / "manifest.csv").write_text("\n".join(lines))
    return tmp_path


def test_trained_bundle_scores_a_case(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = cases / "home" / "weights" / "ours"
    words = ["train", "--data", str(cases / "manifest.csv"), "--out", str(out), "--epochs", "1"]
    for task in ("egfr", "pdl1"):
        assert main([*words, "--task", task]) == 0
    bundle = load_bundle("ours")
    assert not bundle.demo and len(bundle.models) == 2
    capsys.readouterr()
    case = [
        "--ct",
        f"{cases}/p0/ct",
        "--pet",
        f"{cases}/p0/pet",
        "--roi",
        f"{cases}/p0/rtstruct.dcm",
    ]
    assert main(["score", *case, "--weights", "ours"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["weights_id"] == "ours"
    assert said["egfr"]["cutoff"] == bundle.card.tasks[Task.EGFR].cutoff
    assert "demo_weights" not in {w["code"] for w in said["warnings"]}
    assert main([*words, "--task", "egfr"]) == 2
    assert "has a network for egfr" in capsys.readouterr().err


def test_slices_are_kept_and_not_read_again(cases: Path) -> None:
    words = ["train", "--data", str(cases / "manifest.csv"), "--task", "egfr", "--epochs", "1"]
    assert main([*words, "--out", str(cases / "a" / "one")]) == 0
    kept = {p: p.stat().st_mtime_ns for p in (cases / "home" / "cache").glob("slices-*.npz")}
    assert len(kept) == 4  # the other two are tensors already
    assert main([*words, "--out", str(cases / "a" / "two")]) == 0
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
    first, second = (
        json.loads((cases / "a" / name / "card.json").read_text())["tasks"]["egfr"]["files"]
        for name in ("one", "two")
    )
    assert first == second


def test_every_bad_row_is_named(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = cases / "bad.csv"
    manifest.write_text(
        "patient_id,label,ct,pet,roi,pet_unit,register\n"
        "a,2,p0/ct,p0/pet,p0/rtstruct.dcm,,\n"
        "b,1,p0/ct,,p0/rtstruct.dcm,,\n"
        "b,1,p0/ct,p0/pet,p0/rtstruct.dcm,,\n"
        "c,0,absent,p0/pet,p0/rtstruct.dcm,,\n"
        "d,0,p0/ct,p0/pet,p0/rtstruct.dcm,suv,\n"
        "e,0,p0/ct,p0/pet,p0/rtstruct.dcm,,yes\n"
    )
    words = ["train", "--data", str(manifest), "--task", "egfr", "--out", str(cases / "out")]
    assert main(words) == 2
    said = capsys.readouterr().err
    for fault in (
        "6 bad row(s)", "line 2: label is '2'", "line 3: pet is empty", "line 4: patient_id 'b'",
        "line 5: ct 'absent' does not exist", "line 6: pet_unit is 'suv'",
        "line 7: register is 'yes', 0 or 1 expected",
    ):  # fmt: skip
        assert fault in said


def test_volume_files_train_as_the_dicom_they_were_made_from(cases: Path) -> None:
    """CT and PET as NIfTI (the PET's unit declared) and the region as a mask."""
    folder = cases / "p1"
    assert main(["suv", f"{folder}/pet", "--out", f"{folder}/suv.nii.gz"]) == 0
    words = ["mask", f"{folder}/rtstruct.dcm", "--reference", f"{folder}/ct"]
    assert main([*words, "--out", f"{folder}/mask.nii.gz"]) == 0
    pet = ImageFiles(folder / "ct", folder / "suv.nii.gz", pet_unit=PetUnit.SUVBW)
    dicom = CaseFiles(ImageFiles(folder / "ct", folder / "pet"), folder / "rtstruct.dcm")
    files = CaseFiles(pet, folder / "mask.nii.gz")
    first, second = (
        load_cohort(
            (Row("a", 1, scan),), Preprocessing(), cases / "cache", lambda n: None
        ).slices.images
        for scan in (dicom, files)
    )
    assert first.shape == second.shape
    assert np.abs(first - second).max() < 1e-3


def test_a_network_that_sees_neighbours_trains_and_scores(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The score again from the `tensor` command's channels, by the plain network."""
    out = cases / "home" / "weights" / "three"
    words = ["train", "--data", str(cases / "manifest.csv"), "--out", str(out), "--epochs", "1"]
    assert main([*words, "--task", "egfr", "--architecture", "2.5d"]) == 0
    capsys.readouterr()
    folder = cases / "p1"
    case = ["--ct", f"{folder}/ct", "--pet", f"{folder}/pet", "--roi", f"{folder}/rtstruct.dcm"]
    case += ["--weights", "three"]
    assert main(["tensor", *case, "--out", f"{cases}/x.npz"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["channels"][:4] == ["PET", "CT", "fusion", "PET 4 mm below"]
    x = torch.from_numpy(np.load(cases / "x.npz")["x"])
    assert torch.equal(x[4:, 3:6], x[:-4, :3]) and torch.equal(x[:-4, 6:], x[4:, :3])
    bundle = load_bundle("three")
    (network,) = bundle.models[Task.EGFR].members
    with torch.inference_mode():
        expected = network(x).double().softmax(1)[:, 1].mean()
    assert main(["score", *case]) == 0
    scored = json.loads(capsys.readouterr().out)
    assert scored["egfr"]["dls"] == pytest.approx(float(expected), rel=1e-3, abs=0.0)
    low, high = scored["egfr"]["interval"]
    assert low <= scored["egfr"]["dls"] <= high
    assert main([*words, "--task", "pdl1"]) == 2  # two-dimensional by default
    assert "architecture 'SResCNN-2.5D'" in capsys.readouterr().err
