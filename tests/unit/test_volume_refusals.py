"""Stacks of slices that are no volume are refused, each with its reason."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from dss_core.errors import GeometryError, InputError
from tests.dicom_case import write_case
from tests.unit.test_volume import Edit, ct_of, edit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_case(tmp_path, with_pet=False, with_region=False).ct


def _move_one(dataset: pydicom.Dataset, k: int) -> None:
    if k == 5:
        dataset.ImagePositionPatient[2] = float(dataset.ImagePositionPatient[2]) + 1.0


def _tilt(dataset: pydicom.Dataset, k: int) -> None:
    dataset.ImagePositionPatient[1] = float(dataset.ImagePositionPatient[1]) + 0.8 * k


def _tilt_as_scanners_write_it(dataset: pydicom.Dataset, k: int) -> None:
    """The gantry leans by 15 degrees and the table moves along z: 33 mm x sin 15 = 8.5 mm."""
    lean = np.deg2rad(15.0)
    dataset.GantryDetectorTilt = 15.0
    dataset.ImageOrientationPatient = [1, 0, 0, 0, f"{np.cos(lean):.9f}", f"{-np.sin(lean):.9f}"]


def _drop_orientation(dataset: pydicom.Dataset, k: int) -> None:
    del dataset.ImageOrientationPatient


def _widen_one_gap(dataset: pydicom.Dataset, k: int) -> None:
    """The slices from the sixth on lie 6 % of a slice further on."""
    if k >= 5:
        dataset.ImagePositionPatient[2] = float(dataset.ImagePositionPatient[2]) + 0.18


def _drop_position(dataset: pydicom.Dataset, k: int) -> None:
    del dataset.ImagePositionPatient


def _turn_one(dataset: pydicom.Dataset, k: int) -> None:
    if k == 5:
        dataset.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 0.0, -1.0]


def _other_spacing(dataset: pydicom.Dataset, k: int) -> None:
    if k == 5:
        dataset.PixelSpacing = [2.0, 2.0]


def _multi_frame(dataset: pydicom.Dataset, k: int) -> None:
    dataset.NumberOfFrames = 12


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_move_one, "slices are unevenly spaced: after .* the next slice is 4.00 mm away"),
        (_tilt, r"shifted sideways by 8\.8 mm"),
        (_tilt_as_scanners_write_it, r"shifted sideways by 8\.5 mm .*gantry tilt"),
        (_widen_one_gap, "unevenly spaced: after -4.50 mm the next slice is 3.18 mm away"),
        (_drop_position, r"no ImagePositionPatient \(0020,0032\)"),
        (_drop_orientation, r"no ImageOrientationPatient \(0020,0037\)"),
        (_turn_one, r"differ in ImageOrientationPatient \(0020,0037\)"),
        (_other_spacing, "differ in PixelSpacing"),
    ],
)
def test_irregular_stack_is_refused(folder: Path, change: Edit, sentence: str) -> None:
    edit(folder, change)
    with pytest.raises(GeometryError, match=sentence):
        ct_of(folder)


def test_missing_slice_is_refused_with_its_place(folder: Path) -> None:
    sorted(folder.iterdir())[6].unlink()
    with pytest.raises(GeometryError, match=r"slices are missing: after -1\.50 mm .* 6\.00 mm"):
        ct_of(folder)


def test_gaps_within_real_tolerance_are_accepted(folder: Path) -> None:
    """Real uniform series have gaps that differ by 2.4 % (measured on a public raw PET)."""
    before = ct_of(folder).values_zyx
    edit(
        folder,
        lambda d, k: setattr(
            d, "ImagePositionPatient", [-94.5, -94.5, -16.5 + 3.0 * k + 0.03 * (-1) ** k]
        ),
    )
    ct = ct_of(folder)
    assert np.array_equal(ct.values_zyx, before)
    for k in range(12):
        assert abs(ct.grid.to_world(np.array([[0, 0, k]]))[0, 2] - (-16.5 + 3.0 * k)) < 0.04


def test_different_images_at_one_place_are_refused(folder: Path) -> None:
    first = pydicom.dcmread(sorted(folder.iterdir())[3])
    first.PixelData = bytes(len(first.PixelData))
    first.save_as(folder / "again.dcm", enforce_file_format=True)
    with pytest.raises(GeometryError, match="Two different images lie at one position"):
        ct_of(folder)


def test_cut_short_file_is_refused(folder: Path) -> None:
    path = sorted(folder.iterdir())[3]
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(InputError, match=r"pixel data \(7FE0,0010\); the file is cut short"):
        ct_of(folder)


def test_multi_frame_is_refused(folder: Path) -> None:
    edit(folder, _multi_frame)
    with pytest.raises(InputError, match=r"12 frames \(NumberOfFrames \(0028,0008\)\) without one"):
        ct_of(folder)


def _shift_one_aside(dataset: pydicom.Dataset, k: int) -> None:
    if k == 5:
        dataset.ImagePositionPatient[0] = float(dataset.ImagePositionPatient[0]) + 4.0


def _skew_axes(dataset: pydicom.Dataset, k: int) -> None:
    dataset.ImageOrientationPatient = [1, 0, 0, 0.5, 0.866, 0]


def _zero_spacing(dataset: pydicom.Dataset, k: int) -> None:
    dataset.PixelSpacing = [0, 3]


def _other_frame(dataset: pydicom.Dataset, k: int) -> None:
    if k == 5:
        dataset.FrameOfReferenceUID = "1.2.3"


def _other_size(dataset: pydicom.Dataset, k: int) -> None:
    if k == 5:
        dataset.Rows, dataset.PixelData = 32, dataset.PixelData[: len(dataset.PixelData) // 2]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_shift_one_aside, r"shifted sideways by 4\.0 mm"),
        (_skew_axes, "not two perpendicular unit vectors"),
        (_zero_spacing, "positive millimetres were expected"),
        (_other_frame, "differ in FrameOfReferenceUID"),
        (_other_size, "differ in Rows"),
    ],
)
def test_stack_that_does_not_hold_together_is_refused(
    folder: Path, change: Edit, sentence: str
) -> None:
    edit(folder, change)
    with pytest.raises(GeometryError, match=sentence):
        ct_of(folder)


def test_only_localizers_or_one_slice_are_no_volume(folder: Path) -> None:
    for path in sorted(folder.iterdir())[1:]:
        path.unlink()
    with pytest.raises(GeometryError, match="has one slice; a volume is needed"):
        ct_of(folder)
    edit(folder, lambda d, k: setattr(d, "ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"]))
    with pytest.raises(GeometryError, match="contains only localizer images"):
        ct_of(folder)
