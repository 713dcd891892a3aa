"""A NIfTI that states its place twice: the two agree to 1 mm, or it is said."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from dss_core.reading.sources import from_paths
from dss_core.regions.region_files import on_image, read_region_file
from tests.unit.test_hounsfield import ct_of, folder

__all__ = ["folder"]
PLACE = np.diag([-3.0, -3.0, 3.0, 1.0])
PLACE[:3, 3] = [94.5, 94.5, -16.5]


def moved(mm: float) -> np.ndarray:
    other = PLACE.copy()
    other[2, 3] += mm
    return other


def flipped() -> np.ndarray:
    """Left and right exchanged about the middle: every corner is another's place."""
    other = PLACE.copy()
    other[0, 0], other[0, 3] = 3.0, -94.5
    return other


def turned(degrees: float) -> np.ndarray:
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) @ PLACE


@pytest.mark.parametrize(
    ("qform", "voxel_mm", "off_mm"),
    [
        (PLACE, None, None),
        (None, None, None),
        (moved(0.9), None, None),
        (turned(0.2), None, None),
        (moved(1.1), None, 1),
        (moved(20.0), None, 20),
        (flipped(), None, 189),
        (turned(1.0), None, 2),
        (PLACE, 6.0, 33),
        (None, 6.0, 33),
    ],
)
def test_two_places_are_said_and_the_sform_is_used(
    folder: Path, tmp_path: Path, qform: np.ndarray | None, voxel_mm: float | None,
    off_mm: float | None,
) -> None:  # fmt: skip
    data = np.zeros((64, 64, 12), np.uint8)
    data[20:30, 35:40, 4:7] = 1
    image = nibabel.Nifti1Image(data, PLACE)
    image.set_sform(PLACE, 1)
    image.set_qform(qform, 1 if qform is not None else 0)
    if voxel_mm:
        image.header["pixdim"][3] = voxel_mm
    nibabel.save(image, tmp_path / "mask.nii.gz")
    (source,) = from_paths([tmp_path / "mask.nii.gz"])
    (region,) = read_region_file(source)
    roi, warnings = on_image(region, ct_of(folder).grid)
    assert np.array_equal(roi.mask_zyx, data.transpose(2, 1, 0) > 0)
    said = [w.message for w in warnings if w.code == "nifti_places_differ"]
    assert len(said) == (off_mm is not None)
    if off_mm is not None:
        assert f"qform or voxel size lie {off_mm} mm off the sform, which was used" in said[0]
