"""From slices to one volume: order, spacing, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from dss_core.reading.inventory import take_inventory
from dss_core.reading.sources import from_paths
from dss_core.reading.suv import read_pet
from dss_core.reading.volume import read_ct
from dss_core.records import Volume
from tests.dicom_case import DicomCase, axis_mm, hu_at, suv_at, write_case

Edit = Callable[[pydicom.Dataset, int], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_case(tmp_path, with_pet=False, with_region=False).ct


def edit(folder: Path, change: Edit) -> None:
    for k, path in enumerate(sorted(folder.iterdir())):
        dataset = pydicom.dcmread(path)
        change(dataset, k)
        dataset.save_as(path, enforce_file_format=True)


def ct_of(folder: Path) -> Volume:
    return read_ct(take_inventory(from_paths([folder])).of_modality("CT")[0])[0]


def expected() -> np.ndarray:
    """The closed-form HU at every voxel centre, rounded as stored."""
    case = DicomCase()
    axes = [axis_mm(n, s) for n, s in zip((64, 64, 12), case.ct_spacing_mm, strict=True)]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    return np.rint(hu_at(case, np.stack([x, y, z], axis=-1)).transpose(2, 1, 0))


def test_values_and_places_are_those_written(folder: Path) -> None:
    ct = ct_of(folder)
    assert np.abs(ct.values_zyx - expected()).max() <= 1.0
    assert ct.grid.origin_mm == pytest.approx((-94.5, -94.5, -16.5))
    assert ct.grid.spacing_mm == pytest.approx((3.0, 3.0, 3.0))


def test_every_slice_has_its_own_slope_and_intercept(folder: Path) -> None:
    """Worked out from the stored numbers; an integer volume or one slope for all would differ."""
    stored = np.stack([pydicom.dcmread(p).pixel_array for p in sorted(folder.iterdir())])
    slopes, intercepts = 0.37 + 0.21 * (np.arange(12) % 4), -1000.5 + 3.0 * np.arange(12)

    def change(dataset: pydicom.Dataset, k: int) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{slopes[k]:.2f}", f"{intercepts[k]:.1f}"

    edit(folder, change)
    wanted = stored * slopes[:, None, None] + intercepts[:, None, None]
    assert np.abs(ct_of(folder).values_zyx - wanted).max() < 1e-3


def test_pet_has_the_closed_form_suv_at_every_voxel(tmp_path: Path) -> None:
    """The slopes differ from slice to slice; half a step of the coarsest is 1.5e-4."""
    pet = write_case(tmp_path, with_ct=False, with_region=False).pet
    found = read_pet(take_inventory(from_paths([pet])).of_modality("PT")[0]).volume
    index = np.stack(np.meshgrid(np.arange(64), np.arange(64), np.arange(12), indexing="ij"), -1)
    world = found.grid.to_world(index.reshape(-1, 3).astype(float)).reshape(index.shape)
    wanted = suv_at(DicomCase(), world).transpose(2, 1, 0)
    assert np.abs(found.values_zyx - wanted).max() < 2e-4


def test_file_order_and_names_do_not_matter(folder: Path) -> None:
    before = ct_of(folder).digest
    for k, path in enumerate(sorted(folder.iterdir())):
        path.rename(folder / f"{(7 * k) % 12:02d}_no_extension")
    assert ct_of(folder).digest == before


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless]
)
def test_other_transfer_syntaxes_give_the_same_volume(
    folder: Path, syntax: pydicom.uid.UID
) -> None:
    before = ct_of(folder).digest

    def change(dataset: pydicom.Dataset, k: int) -> None:
        if syntax == RLELossless:
            dataset.compress(RLELossless, generate_instance_uid=False)
        dataset.file_meta.TransferSyntaxUID = syntax

    edit(folder, change)
    assert ct_of(folder).digest == before


def test_files_without_preamble_are_read(folder: Path) -> None:
    before = ct_of(folder).digest
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.file_meta, dataset.preamble = pydicom.dataset.FileMetaDataset(), None
        dataset.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
    assert next(folder.iterdir()).read_bytes()[128:132] != b"DICM"
    assert ct_of(folder).digest == before


def test_unused_high_bits_are_ignored(folder: Path) -> None:
    before = ct_of(folder).values_zyx

    def change(dataset: pydicom.Dataset, k: int) -> None:
        stored = dataset.pixel_array.astype(np.uint16) & 0x0FFF
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 0
        dataset.PixelData = (stored | 0x8000).tobytes()

    edit(folder, change)
    assert np.array_equal(ct_of(folder).values_zyx, before)


def test_localizer_in_the_series_is_left_out(folder: Path) -> None:
    before = ct_of(folder).digest
    scout = pydicom.dcmread(next(folder.iterdir()))
    scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    scout.save_as(folder / "scout.dcm", enforce_file_format=True)
    series = take_inventory(from_paths([folder])).of_modality("CT")[0]
    volume, warnings = read_ct(series)
    assert volume.digest == before
    assert [c.code for c in warnings] == ["localizer_dropped"]


def test_identical_duplicate_is_left_out_and_said(folder: Path) -> None:
    before = ct_of(folder).digest
    first = sorted(folder.iterdir())[3]
    (folder / "again.dcm").write_bytes(first.read_bytes())
    volume, warnings = read_ct(take_inventory(from_paths([folder])).of_modality("CT")[0])
    assert volume.digest == before
    assert [c.code for c in warnings] == ["duplicates_dropped"]


ORIENTATIONS = {
    "descending": [1, 0, 0, 0, 1, 0],
    "coronal": [1, 0, 0, 0, 0, -1],
    "sagittal": [0, 1, 0, 0, 0, -1],
    "oblique": [1, 0, 0, 0, float(np.cos(0.3)), float(np.sin(0.3))],
    "feet first": [-1, 0, 0, 0, 1, 0],
}


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_every_voxel_lies_where_its_file_says(folder: Path, name: str) -> None:
    """Each slice is stamped with its own number, and is not square."""
    cosines = np.array(ORIENTATIONS[name], dtype=float)
    normal = np.cross(cosines[:3], cosines[3:])
    sign = -1.0 if name == "descending" else 1.0
    places = {k: 10.0 + sign * 3.5 * k * normal for k in range(12)}

    def change(dataset: pydicom.Dataset, k: int) -> None:
        dataset.Rows, dataset.Columns, dataset.PixelSpacing = 40, 64, [0.8, 1.25]
        dataset.ImageOrientationPatient = [f"{v:.10g}" for v in cosines]
        dataset.ImagePositionPatient = [f"{v:.10g}" for v in places[k]]
        values = np.full((40, 64), 1000 + k, dtype="<i2")
        values[7, 11] = 0
        dataset.PixelData = values.tobytes()

    edit(folder, change)
    ct = ct_of(folder)
    for k, place in places.items():
        marked = place + 11 * 1.25 * cosines[:3] + 7 * 0.8 * cosines[3:]
        i, j, s = np.rint(ct.grid.to_index(marked[None])[0]).astype(int)
        assert np.abs(ct.grid.to_world(np.array([[i, j, s]]))[0] - marked).max() < 1e-6
        assert ct.values_zyx[s, j, i] == -1024.0
        assert ct.values_zyx[s, 0, 0] == 1000 + k - 1024
