"""Real public PET/CT with their own truth: masks, SUV in the region, end to end.

Truth: IBSI's masks and SUV volumes of TCIA Soft-tissue-Sarcoma (CC BY 3.0) and of the IBSI lung
CT phantom (CC BY-NC 3.0).
"""

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from dss_core.cli import main

CASES = [(c, r) for c in ("sts_001", "sts_037") for r in ("ct", "pet")]


def array(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    assert main([str(a) for a in arguments]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("case", "roi"), CASES)
@pytest.mark.parametrize(("grid", "limit"), [("ct", 0.97), ("pet", 0.93)])
def test_mask_command_gives_the_true_mask(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    case: str, roi: str, grid: str, limit: float,
) -> None:  # fmt: skip
    folder, out = shared_data / "cases" / case, tmp_path / "mask.nii.gz"
    said = run(
        capsys, "mask", folder / f"rtstruct_{roi}.dcm", "--reference", folder / grid, "--out", out
    )
    found, truth = array(out) > 0, array(folder / "truth" / f"{grid}_gtv_mask.nii.gz") > 0
    dice = 2.0 * (found & truth).sum() / (found.sum() + truth.sum())
    assert dice >= limit
    assert found.sum() == pytest.approx(truth.sum(), rel=0.03)
    assert said["roi"]["n_voxels"] == found.sum()


def test_mask_of_the_lung_phantom_is_the_true_mask(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = shared_data / "cases" / "ibsi_lung_ct", tmp_path / "mask.nii.gz"
    run(capsys, "mask", folder / "rtstruct.dcm", "--reference", folder / "ct", "--out", out)
    found, truth = array(out) > 0, array(folder / "truth" / "gtv_mask.nii.gz") > 0
    assert 2.0 * (found & truth).sum() / (found.sum() + truth.sum()) >= 0.97


@pytest.mark.parametrize(("case", "roi"), CASES)
def test_real_case_runs_end_to_end_with_the_true_suvmax(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str, roi: str
) -> None:
    folder, out = shared_data / "cases" / case, tmp_path / "result.json"
    said = run(
        capsys, "score", "--ct", folder / "ct", "--pet", folder / "pet",
        "--roi", folder / f"rtstruct_{roi}.dcm", "--out", out,
    )  # fmt: skip
    truth = array(folder / "truth" / "pet_suv.nii.gz")
    inside = truth[array(folder / "truth" / "pet_gtv_mask.nii.gz") > 0]
    assert said["suv"]["max"] == pytest.approx(inside.max(), rel=0.01)
    assert said["suv"]["mean"] == pytest.approx(inside.mean(), rel=0.01)
    assert json.loads(out.read_text()) == said
    if case == "sts_001":  # in the thigh
        assert said["withheld"]["code"] == "no_lung"
        assert said["egfr"]["dls"] is said["pdl1"]["dls"] is None
        return
    for task in ("egfr", "pdl1"):
        slices = [s["score"] for s in said[task]["slices"]]
        assert len(slices) == said["roi"]["n_slices"]
        assert said[task]["dls"] == pytest.approx(np.mean(slices), abs=1e-12)
        low, high = said[task]["interval"]
        assert low <= said[task]["dls"] <= high
        side = "high" if said[task]["dls"] >= said[task]["cutoff"] else "low"
        crossed = low < said[task]["cutoff"] <= high
        assert said[task]["group"] == ("between" if crossed else side)


def test_suv_command_writes_the_published_volume(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = shared_data / "cases" / "sts_037", tmp_path / "suv.nii.gz"
    said = run(capsys, "suv", folder / "pet", "--out", out)
    truth = sitk.ReadImage(str(folder / "truth" / "pet_suv.nii.gz"))
    found = sitk.ReadImage(str(out))
    assert np.abs(array(out) - sitk.GetArrayFromImage(truth)).max() < 1e-3
    assert found.GetOrigin() == pytest.approx(truth.GetOrigin(), abs=1e-3)
    assert said["suv"]["max"] == pytest.approx(28.592, abs=1e-3)
