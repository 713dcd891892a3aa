"""Every form of a valid DICOM segmentation: each frame on the slice that it was drawn on.

Objects are built with pydicom alone, so that what other programs leave out can be left out.
"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, RLELossless

from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Grid
from dss_core.reading.inventory import SEGMENTATION_CLASSES
from dss_core.reading.sources import from_paths
from dss_core.regions.region_files import on_image, read_region_file

CT = Grid((24, 20, 30), (2.0, 2.0, 2.5), (-29.0, -19.0, -28.75))
PET = Grid((12, 10, 15), (4.0, 4.0, 5.0), (-28.0, -18.0, -27.5))
LEANING = ((0.98, -0.199, 0.0), (0.199, 0.98, 0.0), (0.0, 0.0, 1.0))


def square(grid: Grid) -> np.ndarray:
    mask = np.zeros(grid.shape_zyx[1:], dtype=bool)
    mask[3:7, 4:9] = True
    return mask


def item(**values: object) -> list[Dataset]:
    found = Dataset()
    for keyword, value in values.items():
        setattr(found, keyword, value)
    return [found]


def segmentation(
    grid: Grid,
    slices: list[int],
    kind: str = "BINARY",
    spacing_mm: float | None = None,
    thickness_mm: float = 5.0,
    shared: bool = True,
) -> Dataset:
    """One segment with the square on the named slices of a grid; spacing None is left out."""
    mask = square(grid)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = SEGMENTATION_CLASSES[kind == "LABELMAP"]
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    ds.Modality, ds.SegmentationType = "SEG", kind
    ds.SegmentSequence = item(SegmentNumber=1, SegmentLabel="GTV")
    ds.Rows, ds.Columns = mask.shape
    ds.NumberOfFrames = len(slices)
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    bits = 1 if kind == "BINARY" else 8
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    frames = np.tile(mask, (len(slices), 1, 1)).astype(np.uint8)
    if kind == "FRACTIONAL":
        ds.MaximumFractionalValue, ds.SegmentationFractionalType = 200, "PROBABILITY"
        frames = np.where(frames, 100, 99).astype(np.uint8)
    raw = np.packbits(frames, bitorder="little").tobytes() if bits == 1 else frames.tobytes()
    ds.PixelData = raw + bytes(len(raw) % 2)
    ds["PixelData"].VR = "OB"
    columns_mm, rows_mm, _ = grid.spacing_mm
    measures = item(PixelSpacing=[rows_mm, columns_mm], SliceThickness=thickness_mm)
    if spacing_mm is not None:
        measures[0].SpacingBetweenSlices = spacing_mm
    axes = np.array(grid.direction)[:, :2].T.ravel()
    common = {
        "PixelMeasuresSequence": measures,
        "PlaneOrientationSequence": item(ImageOrientationPatient=[f"{v:.9g}" for v in axes]),
    }
    if kind != "LABELMAP":
        common["SegmentIdentificationSequence"] = item(ReferencedSegmentNumber=1)
    ds.SharedFunctionalGroupsSequence = item(**(common if shared else {}))
    ds.PerFrameFunctionalGroupsSequence = []
    for k in slices:
        place = grid.to_world(np.array([[0.0, 0.0, float(k)]]))[0]
        own = item(PlanePositionSequence=item(ImagePositionPatient=[f"{v:.6f}" for v in place]))
        for sequence, value in ({} if shared else common).items():
            setattr(own[0], sequence, value)
        ds.PerFrameFunctionalGroupsSequence.append(own[0])
    return ds


def placed(ds: Dataset, path: Path, grid: Grid) -> tuple[np.ndarray, list[str]]:
    """The mask on a grid, and the codes of what was said."""
    ds.save_as(path / "seg.dcm", enforce_file_format=True)
    (source,) = from_paths([path / "seg.dcm"])
    (region,) = read_region_file(source)
    roi, warnings = on_image(region, grid)
    return roi.mask_zyx, [w.code for w in warnings]


def drawn(grid: Grid, slices: list[int]) -> np.ndarray:
    mask = np.zeros(grid.shape_zyx, dtype=bool)
    mask[slices] = square(grid)
    return mask


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("spacing_mm", [None, 2.5, 5.0])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(
    "slices", [[12], [10, 11, 12, 13], [10, 12, 14], [13, 10, 11], [3, 10, 12, 15, 22]]
)
def test_frames_mark_the_slices_they_were_drawn_on(
    tmp_path: Path, kind: str, spacing_mm: float | None, shared: bool, slices: list[int]
) -> None:
    ds = segmentation(CT, slices, kind, spacing_mm, shared=shared)
    mask, said = placed(ds, tmp_path, CT)
    assert np.array_equal(mask, drawn(CT, slices))
    assert said == (["fractional_segmentation"] if kind == "FRACTIONAL" else [])


@given(slices=st.sets(st.integers(0, 23), min_size=1), thickness=st.floats(0.1, 20.0))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_choice_of_slices_comes_back_whatever_their_thickness(
    tmp_path: Path, slices: set[int], thickness: float
) -> None:
    ds = segmentation(CT, sorted(slices), thickness_mm=thickness)
    assert np.array_equal(placed(ds, tmp_path, CT)[0], drawn(CT, sorted(slices)))


@pytest.mark.parametrize("direction", [LEANING, ((0, 0, 1), (1, 0, 0), (0, 1, 0))])
def test_frames_of_an_oblique_image_lie_on_its_slices(tmp_path: Path, direction) -> None:
    lean = np.array(direction, dtype=float)
    axes, _ = np.linalg.qr(lean)
    axes *= np.sign(np.diag(axes.T @ lean))
    grid = Grid((8, 20, 30), (1.5, 2.0, 3.0), (5.0, 6.0, 7.0), tuple(map(tuple, axes.tolist())))
    ds = segmentation(grid, [2, 5, 6])
    assert np.array_equal(placed(ds, tmp_path, grid)[0], drawn(grid, [2, 5, 6]))


@pytest.mark.parametrize("spacing_mm", [None, 5.0])
@pytest.mark.parametrize("slices", [[4, 5, 6, 7], [4, 5, 8, 9]])
def test_a_segmentation_drawn_on_the_pet_fills_the_thinner_slices_of_the_ct(
    tmp_path: Path, spacing_mm: float | None, slices: list[int]
) -> None:
    """PET voxels are two by two by two of the CT's: the volume is the same on both."""
    ds = segmentation(PET, slices, spacing_mm=spacing_mm, thickness_mm=9.0)
    on_pet, _ = placed(ds, tmp_path, PET)
    on_ct, said = placed(ds, tmp_path, CT)
    assert np.array_equal(on_ct, on_pet.repeat(2, 0).repeat(2, 1).repeat(2, 2))
    assert said == []


def test_one_frame_of_another_image_without_a_distance_marks_one_slice_and_is_said(
    tmp_path: Path,
) -> None:
    mask, said = placed(segmentation(PET, [6]), tmp_path, CT)
    assert mask.any(axis=(1, 2)).sum() == 1
    assert said == ["one_frame_without_distance"]
    mask, said = placed(segmentation(PET, [6], spacing_mm=5.0), tmp_path, CT)
    assert np.flatnonzero(mask.any(axis=(1, 2))).tolist() == [12, 13]
    assert said == []


def test_frames_with_gaps_of_no_common_distance_need_their_own_image(tmp_path: Path) -> None:
    ds = segmentation(PET, [2, 5, 7])
    for frame, z in zip(ds.PerFrameFunctionalGroupsSequence, (0.0, 5.0, 11.3), strict=True):
        frame.PlanePositionSequence[0].ImagePositionPatient[2] = z
    with pytest.raises(GeometryError, match="not evenly spaced"):
        placed(ds, tmp_path, CT)


def test_frames_off_the_image_are_counted(tmp_path: Path) -> None:
    ds = segmentation(CT, [22, 23, 24])
    mask, said = placed(ds, tmp_path, CT)
    assert np.array_equal(mask, drawn(CT, [22, 23]))
    assert said == ["region_leaves_image"]


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, RLELossless])
def test_segmentation_of_another_transfer_syntax_is_read(tmp_path: Path, syntax) -> None:
    ds = segmentation(CT, [10, 12], "LABELMAP")
    if syntax == RLELossless:
        ds.compress(syntax, generate_instance_uid=False)
    ds.file_meta.TransferSyntaxUID = syntax
    assert np.array_equal(placed(ds, tmp_path, CT)[0], drawn(CT, [10, 12]))


def test_voxel_size_that_differs_between_frames_is_refused(tmp_path: Path) -> None:
    ds = segmentation(CT, [10, 11], shared=False)
    measures = item(PixelSpacing=["2.0", "2.5"], SliceThickness=5.0)
    ds.PerFrameFunctionalGroupsSequence[1].PixelMeasuresSequence = measures
    with pytest.raises(GeometryError, match=r"differ in PixelSpacing \(0028,0030\)"):
        placed(ds, tmp_path, CT)
    measures[0].PixelSpacing = ["2.00", "2.0E0"]
    assert placed(ds, tmp_path, CT)[0].any()


def test_frames_of_a_segment_that_is_not_described_are_refused(tmp_path: Path) -> None:
    ds = segmentation(CT, [10, 11])
    ds.SegmentSequence[0].SegmentNumber = 2
    with pytest.raises(InputError, match=r"uses segments \[1\] that it does not describe"):
        placed(ds, tmp_path, CT)


def test_fraction_without_its_maximum_is_refused(tmp_path: Path) -> None:
    ds = segmentation(CT, [10], "FRACTIONAL")
    del ds.MaximumFractionalValue
    with pytest.raises(InputError, match=r"MaximumFractionalValue \(0062,000E\) is absent"):
        placed(ds, tmp_path, CT)


def test_position_that_cannot_be_read_is_shown(tmp_path: Path) -> None:
    ds = segmentation(CT, [10])
    del ds.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence
    with pytest.raises(
        GeometryError, match=r"ImagePositionPatient \(0020,0032\) of a frame .* abs"
    ):
        placed(ds, tmp_path, CT)
