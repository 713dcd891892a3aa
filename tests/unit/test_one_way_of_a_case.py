"""Every entry goes one way: only images in one space are scored, and all entries read the same."""

import dataclasses
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dss_core.attention import explanation
from dss_core.batch.manifest import load_cohort, read_manifest
from dss_core.bundles.bundle import load_bundle
from dss_core.case.case_files import CaseFiles, ImageFiles, find_case, find_images
from dss_core.case.open_case import open_case, open_images, read_images
from dss_core.case.score_case import score_case
from dss_core.case.scoring_entry import score
from dss_core.cli import main
from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Grid
from dss_core.records import AttentionMethod, Quantity, SuvRecord, Task, Volume
from dss_core.spatial.alignment import AlignedImages, ReadImages, align
from tests.dicom_case import WrittenCase, write_case

FOREIGN = "PET and CT are in different frames of reference (FrameOfReferenceUID (0020,0052)"


def words(case: WrittenCase) -> list[str]:
    return ["--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region)]


def manifest(case: WrittenCase, folder: Path) -> Path:
    path = folder / "manifest.csv"
    path.write_text(f"patient_id,label,ct,pet,roi\na,1,{case.ct},{case.pet},{case.region}\n")
    return path


def pair(frame_ct: str, frame_pet: str, pet_z_mm: float = 0.0) -> ReadImages:
    def volume(frame: str, z_mm: float, quantity: Quantity) -> Volume:
        grid = Grid((4, 5, 6), (2.0, 2.0, 2.0), (0.0, 0.0, z_mm), frame_of_reference=frame)
        return Volume(np.zeros(grid.shape_zyx, np.float32), grid, quantity, "")

    return ReadImages(
        volume(frame_ct, 0.0, Quantity.HU),
        volume(frame_pet, pet_z_mm, Quantity.SUVBW),
        SuvRecord("SUVbw", "test", ""),
    )


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (pair("1.2", "1.3"), "different frames of reference"),
        (pair("1.2", "1.2", pet_z_mm=90.0), "do not overlap in space"),
        (pair("", "", pet_z_mm=90.0), "do not overlap in space"),
    ],
)
def test_images_that_are_not_in_one_space_cannot_be_made_aligned(
    images: ReadImages, sentence: str
) -> None:
    with pytest.raises(GeometryError, match=sentence):
        align(images)
    with pytest.raises(GeometryError, match=sentence):
        AlignedImages(images.ct, images.pet, images.suv)
    whole = align(pair("1.2", "1.2"))
    with pytest.raises(GeometryError, match=sentence):
        dataclasses.replace(whole, ct=images.ct, pet=images.pet)


def test_images_that_name_no_frame_are_aligned_with_a_warning() -> None:
    assert [w.code for w in align(pair("1.2", "")).warnings] == ["no_frame_of_reference"]
    assert align(pair("1.2", "1.2")).warnings == ()


def test_every_command_refuses_a_pet_of_another_frame(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    case = write_case(tmp_path, pet_same_frame=False)
    out, rows = str(tmp_path / "x.npz"), str(manifest(case, tmp_path))
    readings = tmp_path / "readings.csv"
    readings.write_text(f"case,reader,ct,pet,roi\n1,A,{case.ct},{case.pet},{case.region}\n")
    new = str(tmp_path / "home" / "weights" / "new")
    for command in (
        ["score", *words(case)],
        ["tensor", *words(case), "--out", out],
        ["explain", *words(case), "--out", out],
        ["robustness", *words(case)],
        ["robustness", "--readings", str(readings)],
        ["train", "--data", rows, "--out", new, "--epochs", "1", "--task", "egfr"],
    ):
        assert main(command) == 2, command
        assert FOREIGN in capsys.readouterr().err, command
    with pytest.raises(GeometryError, match="different frames of reference"):
        score(ct=case.ct, pet=case.pet, roi=case.region)


def test_a_registered_pet_has_the_name_of_its_transform(tmp_path: Path) -> None:
    case = write_case(tmp_path, pet_same_frame=False)
    files = ImageFiles(case.ct, case.pet, register=True)
    read, images = read_images(find_images(files)), open_images(find_images(files))
    assert not read.share_space and isinstance(images, AlignedImages)
    assert images.alignment == "rigid" and images.registration is not None
    assert images.pet.grid.frame_of_reference == images.ct.grid.frame_of_reference


def test_the_door_the_command_and_the_robustness_read_one_case_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write_case(tmp_path, region_names=("Heart", "GTV"))

    def said(command: list[str]) -> dict[str, Any]:
        assert main(command) == 0
        return dict(json.loads(capsys.readouterr().out))

    told = said(["score", *words(case)])
    assert score(ct=case.ct, pet=str(case.pet), roi=case.region) == told
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in case.files():
            archive.write(path, f"{path.parent.name}_{path.name}")
    whole = packed.getvalue()
    assert score(ct=whole, pet=whole, roi=case.region.read_bytes()) == told
    (region,) = said(["robustness", *words(case)])["regions"]
    assert region["input_digest"] == told["input_digest"]
    assert score(ct=whole, pet=whole, roi=whole, roi_name="Heart")["roi"]["name"] == "Heart"
    with pytest.raises(InputError, match="'kBq'; suvbw or bqml was expected"):
        score(ct=case.ct, pet=case.pet, roi=case.region, pet_unit="kBq")


def test_a_manifest_trains_on_the_slices_that_the_tensor_command_writes(tmp_path: Path) -> None:
    case, out = write_case(tmp_path), tmp_path / "x.npz"
    assert main(["tensor", *words(case), "--out", str(out)]) == 0
    settings = load_bundle("demo").preprocessing
    rows = read_manifest(manifest(case, tmp_path))
    found = load_cohort(rows, settings, tmp_path / "cache", lambda n: None)
    assert np.array_equal(found.slices.images, np.load(out)["images"])


def test_attention_of_a_scored_case_resamples_nothing_and_is_the_same_to_the_last_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = write_case(tmp_path)
    opened = open_case(find_case(CaseFiles(ImageFiles(case.ct, case.pet), case.region)))
    method = AttentionMethod.GRADCAM_PLUS_PLUS
    bundle, roi = load_bundle("demo"), opened.region.roi
    result = score_case(opened.images, opened.region, bundle).images
    anew = explanation.explain(opened.images, roi, bundle, Task.EGFR, method)
    wide = explanation.explain(opened.images, roi, bundle, Task.EGFR, method, 40.0)
    again = explanation.explain(
        opened.images, roi, bundle, Task.EGFR, method, 40.0, around=result.around
    )
    assert np.array_equal(again.tensor.x, wide.tensor.x)

    def never(*_: object) -> None:
        raise AssertionError("resampled again")

    monkeypatch.setattr(explanation, "surroundings", never)
    kept = explanation.explain(opened.images, roi, bundle, Task.EGFR, method, around=result.around)
    assert np.array_equal(kept.tensor.x, result.tensor.x)
    for name in ("x", "mask", "z_mm", "centre_mm", "side_mm"):
        assert np.array_equal(getattr(kept.tensor, name), getattr(anew.tensor, name)), name
    for side in ("positive", "negative"):
        one, other = getattr(kept, side), getattr(anew, side)
        assert np.array_equal(one.slices.maps, other.slices.maps)
        assert np.array_equal(one.placed.values_zyx, other.placed.values_zyx)
        assert one.shares == other.shares
    assert kept.dls == anew.dls
