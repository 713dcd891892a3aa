"""`explain`: deterministic files whose numbers agree with each other and with `score`."""

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from numpy.typing import NDArray

from dss_core.bundles.bundle import load_bundle
from dss_core.cli import main
from dss_core.records import Task
from tests.dicom_case import write_case


def arguments(folder: Path) -> list[str]:
    return ["--ct", f"{folder}/ct", "--pet", f"{folder}/pet", "--roi", f"{folder}/rtstruct.dcm"]


def explained(folder: Path, out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict:
    assert main(["explain", *arguments(folder), "--out", str(out), *more]) == 0
    return json.loads(capsys.readouterr().out)


def mean_log_odds(case: Path, task: Task) -> NDArray[np.float64]:
    """Of each slice: the networks' logits, subtracted and averaged here."""
    assert main(["tensor", *arguments(case), "--out", str(case / "x.npz")]) == 0
    x = torch.from_numpy(np.load(case / "x.npz")["x"])
    with torch.inference_mode():
        logits = [network(x).double() for network in load_bundle().models[task].members]
    odds = torch.stack(logits).diff(dim=2)[..., 0].mean(dim=0)
    return np.asarray(odds.numpy())


def test_explain_says_and_writes_what_was_promised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_case(tmp_path)
    out, nifti = tmp_path / "maps.npz", tmp_path / "map.nii.gz"
    said = explained(tmp_path, out, capsys, "--target", "pdl1", "--nifti", str(nifti))
    assert main(["score", *arguments(tmp_path)]) == 0
    scored = json.loads(capsys.readouterr().out)
    # explained by the plain network, scored by the fast engine, which is held to 1e-5
    assert said["dls"] == pytest.approx(scored["pdl1"]["dls"], abs=1e-5)
    assert said["caption"] == "Where the network responded, not why."
    with np.load(out, allow_pickle=False) as kept:
        assert kept["maps"].shape == (said["n_slices"], 64, 64)
        assert str(kept["method"]) == "gradcam" and str(kept["target"]) == "pdl1"
        assert str(kept["layer"]) == "stage_4.1.out"
        slices = [one["scale"] for one in said["positive"]["slices"]]
        assert kept["scale"].tolist() == pytest.approx(slices)
        assert np.allclose(kept["log_odds"], mean_log_odds(tmp_path, Task.PDL1), atol=1e-4)
        # The tumour is a ball at the world origin, so the middle of each square lies there.
        centre = kept["affine"] @ np.array([31.5, 31.5, 0.0, 1.0])
        assert np.abs(centre[:, :2]).max() < 2.0
        assert np.allclose(centre[:, 2], kept["z_mm"])
        volume, affine = kept["volume_zyx"], kept["volume_affine"]
    image = sitk.ReadImage(str(nifti))
    assert image.GetSize() == (64, 64, 12) and np.allclose(image.GetSpacing(), 3.0)
    # A CT voxel centre inside the maps has the value of the 1 mm volume there.
    k, j, i = np.unravel_index(int(volume.argmax()), volume.shape)
    world = affine @ np.array([i, j, k, 1.0])
    index = image.TransformPhysicalPointToIndex(world[:3].tolist())
    at = np.asarray(image.TransformIndexToPhysicalPoint(index))
    near = np.linalg.inv(affine) @ np.array([*at, 1.0])
    low = np.floor(near[:3]).astype(int)
    box = volume[low[2] : low[2] + 2, low[1] : low[1] + 2, low[0] : low[0] + 2]
    assert box.min() - 1e-6 <= image[index] <= box.max() + 1e-6


def test_explain_writes_the_same_bytes_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_case(tmp_path)
    written = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        files = folder / "maps.npz", folder / "map.nii.gz"
        explained(tmp_path, files[0], capsys, "--nifti", str(files[1]))
        written.append([path.read_bytes() for path in files])
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--out", "maps.txt"], "must end in .npz"),
        (["--out", "maps.npz", "--nifti", "map.png"], "must end in .nii.gz"),
        (["--out", "maps.npz", "--margin", "-3"], "between 0 and 100 mm"),
        (["--out", "maps.npz", "--method", "magic"], "invalid choice: 'magic'"),
    ],
)
def test_explain_refuses_in_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    sentence: str,
) -> None:
    write_case(tmp_path)
    monkeypatch.chdir(tmp_path)
    try:
        status = main(["explain", *arguments(tmp_path), *more])
    except SystemExit as ended:
        status = int(ended.code or 0)
    told = capsys.readouterr().err
    assert status == 2
    assert told.startswith("error: ") and sentence in told


def test_where_there_is_no_lung_there_is_no_map_and_no_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write_case(tmp_path / "thigh", lung_hu=40.0)
    out = tmp_path / "maps.npz"
    files = ["--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region)]
    assert main(["explain", *files, "--target", "egfr", "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert "no lung in or around the region" in said.err and not said.out
    assert not out.exists()
