"""Regions written and read again: our own intake, highdicom, nibabel; outlines for any mask."""

import gzip
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import highdicom as hd
import nibabel
import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dss_core.cli import main
from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.reading.inventory import Series, read_dataset, take_inventory
from dss_core.reading.patient_and_study import of_nobody, of_source
from dss_core.reading.sources import from_paths, from_uploads
from dss_core.reading.volume import stack_of
from dss_core.records import AlgorithmType, Roi
from dss_core.regions.masks import fill_polygon
from dss_core.regions.outlines import outlines
from dss_core.regions.referenced_images import Drawn, drawn_on
from dss_core.regions.region_files import on_image, read_region_file
from dss_core.regions.region_writer import (
    Origin,
    as_nifti,
    as_rtstruct,
    as_segmentation,
    references_of,
)
from dss_core.regions.structure_set import ImageReferences, Instance
from tests.dicom_case import write_case
from tests.dicom_objects import validator_errors

MADE = datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC)
NOBODY = of_nobody("1.2.1")
TILT = np.deg2rad(20.0)
OBLIQUE = (
    (1.0, 0.0, 0.0),
    (0.0, float(np.cos(TILT)), float(-np.sin(TILT))),
    (0.0, float(np.sin(TILT)), float(np.cos(TILT))),
)
METHOD = "PET threshold, 41 % of SUVmax 9.80: SUVbw at least 4.02 g/mL"


def blob(shape: tuple[int, int, int], seed: int = 4) -> np.ndarray:
    """A ragged blob with a hole, islands and an empty slice inside."""
    rng = np.random.default_rng(seed)
    z, y, x = (np.indices(shape).T - (np.array(shape) / 2)).T
    r = np.sqrt((2 * z) ** 2 + y**2 + x**2) + rng.normal(0.0, 1.5, shape)
    mask = (r < 14.0) & (r > 4.0)
    mask[shape[0] // 2 + 2] = False
    mask[1, 3, 3] = True
    return mask


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Series:
    folder = tmp_path_factory.mktemp("case")
    write_case(folder, ct_spacing_mm=(0.9765625, 1.171875, 3.2699))
    return take_inventory(from_paths([folder / "ct"])).of_modality("CT")[0]


@pytest.fixture(scope="module")
def roi(series: Series) -> Roi:
    grid = stack_of(series).grid
    return Roi("Tumour A", blob(grid.shape_zyx), grid, METHOD, 4.02)


def read_again(content: bytes, grid: Grid) -> Roi:
    (source,) = from_uploads([content])
    (region,) = read_region_file(source)
    return on_image(region, grid)[0]


@pytest.mark.parametrize("write", [as_rtstruct, as_segmentation])
def test_dicom_region_is_read_again_as_the_same_mask(series: Series, roi: Roi, write) -> None:
    origin = Origin(references_of(series), MADE, NOBODY)
    again = read_again(write(roi, origin), roi.grid)
    assert (again.mask_zyx == roi.mask_zyx).all()
    assert again.name == roi.name
    assert write(roi, origin) == write(roi, origin)


def test_nifti_region_is_read_again_as_the_same_mask(roi: Roi) -> None:
    again = read_again(as_nifti(roi), roi.grid)
    assert (again.mask_zyx == roi.mask_zyx).all()


def references(grid: Grid, frames: bool = False) -> ImageReferences:
    n = range(1, grid.shape_zyx[0] + 1)
    instances = tuple(Instance("1.2.3.4", k) if frames else Instance(f"1.2.3.{k}") for k in n)
    return ImageReferences("1.2.1", "1.2.2", "1.2.840.10008.5.1.4.1.1.2", "1.2.9", instances)


@pytest.mark.parametrize("frames", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_oblique_region_is_read_again_from_every_format(seed: int, frames: bool) -> None:
    grid = Grid((12, 40, 50), (0.7, 0.9, 2.5), (-31.0, 12.5, 88.0), OBLIQUE, "1.2.9")
    roi = Roi("GTV", blob(grid.shape_zyx, seed), grid)
    origin = Origin(references(grid, frames), MADE, NOBODY)
    for content in (as_nifti(roi), as_rtstruct(roi, origin), as_segmentation(roi, origin)):
        assert (read_again(content, grid).mask_zyx == roi.mask_zyx).all()


def test_highdicom_reads_the_segmentation_as_the_same_mask(series: Series, roi: Roi) -> None:
    content = as_segmentation(roi, Origin(references_of(series), MADE, NOBODY))
    seg = hd.seg.segread(io.BytesIO(content))
    found = seg.get_volume(combine_segments=True)
    # highdicom's affine takes (slice, row, column) to LPS.
    places = np.argwhere(found.array) @ found.affine[:3, :3].T + found.affine[:3, 3]
    expected = roi.grid.to_world(np.argwhere(roi.mask_zyx)[:, ::-1].astype(float))
    assert len(places) == len(expected)
    order = [np.lexsort(np.round(p, 2).T) for p in (places, expected)]
    assert np.abs(places[order[0]] - expected[order[1]]).max() < 1e-3
    assert seg.get_segment_description(1).SegmentDescription == METHOD
    assert seg.get_segment_description(1).SegmentAlgorithmType == "SEMIAUTOMATIC"


def test_nibabel_finds_every_voxel_where_it_lies_in_the_patient(roi: Roi) -> None:
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(as_nifti(roi)))
    ras = nibabel.affines.apply_affine(image.affine, np.argwhere(image.get_fdata() > 0))
    lps = roi.grid.to_world(np.argwhere(roi.mask_zyx.transpose(2, 1, 0)).astype(float))
    assert np.abs(ras * (-1, -1, 1) - lps).max() < 1e-3
    assert bytes(image.header["descrip"]).decode().startswith(METHOD[:60])


@pytest.mark.parametrize("write", [as_rtstruct, as_segmentation])
def test_object_names_its_images_and_no_patient(series: Series, roi: Roi, write) -> None:
    ds = pydicom.dcmread(io.BytesIO(write(roi, Origin(references_of(series), MADE, NOBODY))))
    assert ds.FrameOfReferenceUID == series.frame_of_reference
    assert series.uid in str(ds)
    touched = np.flatnonzero(roi.mask_zyx.any(axis=(1, 2)))
    by_height = sorted(series.slices, key=lambda s: float(s.header.ImagePositionPatient[2]))
    for k in touched:
        assert by_height[k].header.SOPInstanceUID in str(ds)
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate",
                    "AccessionNumber", "ReferringPhysicianName", "StudyID"):  # fmt: skip
        assert ds[keyword].value in ("", None), keyword
    assert METHOD in str(ds)


@pytest.mark.parametrize("write", [as_rtstruct, as_segmentation])
def test_object_lies_in_the_study_of_its_images_only_with_their_patient(
    series: Series, roi: Roi, write
) -> None:
    header = read_dataset(series.slices[0].source)
    for patient, same in ((of_source(header), True), (of_nobody(series.study_uid), False)):
        content = write(roi, Origin(references_of(series), MADE, patient))
        ds = pydicom.dcmread(io.BytesIO(content))
        assert (ds.StudyInstanceUID == series.study_uid) is same
        assert (ds.PatientID == header.PatientID) is same
        assert drawn_on(ds) is Drawn.CT
        assert (read_again(content, roi.grid).mask_zyx == roi.mask_zyx).all()


def test_patient_id_that_is_handed_over_is_of_no_source_study(series: Series, roi: Roi) -> None:
    patient = of_nobody(series.study_uid, patient_id="pseudonym-7")
    origin = Origin(references_of(series), MADE, patient)
    ds = pydicom.dcmread(io.BytesIO(as_rtstruct(roi, origin)))
    assert ds.PatientID == "pseudonym-7"
    assert ds.StudyInstanceUID != series.study_uid


@pytest.mark.parametrize("write", [as_rtstruct, as_segmentation])
def test_identifiers_follow_from_the_content_and_not_from_the_clock(
    series: Series, roi: Roi, write
) -> None:
    def uids(region: Roi, made: datetime) -> tuple[str, str]:
        origin = Origin(references_of(series), made, NOBODY)
        ds = pydicom.dcmread(io.BytesIO(write(region, origin)))
        return ds.SOPInstanceUID, ds.SeriesInstanceUID

    first = uids(roi, MADE)
    assert uids(roi, MADE.replace(year=2022)) == first
    other = roi.mask_zyx.copy()
    other[tuple(np.argwhere(other)[0])] = False
    for changed in (
        replace(roi, mask_zyx=other),
        replace(roi, name="Tumour B"),
        replace(roi, method=""),
    ):
        assert not set(uids(changed, MADE)) & set(first)


@pytest.mark.parametrize("write", [as_rtstruct, as_segmentation])
def test_region_without_a_voxel_is_refused(series: Series, roi: Roi, write) -> None:
    empty = replace(roi, mask_zyx=np.zeros_like(roi.mask_zyx))
    with pytest.raises(GeometryError, match="'Tumour A' has no voxel"):
        write(empty, Origin(references_of(series), MADE, NOBODY))


@pytest.mark.parametrize(
    ("method", "threshold", "stated", "expected"),
    [
        ("", None, None, "MANUAL"),
        ("2 outlines by hand on 2 slices", None, None, "MANUAL"),
        (METHOD, 4.02, None, "SEMIAUTOMATIC"),
        (METHOD + "; 1 outlines by hand on 1 slices", None, None, "SEMIAUTOMATIC"),
        ("", None, "AUTOMATIC", "AUTOMATIC"),
        ("", None, "SEMIAUTOMATIC", "SEMIAUTOMATIC"),
        ("", None, "MANUAL", "MANUAL"),
    ],
)
def test_region_says_how_it_was_made_and_is_read_again_as_that(
    tmp_path: Path,
    series: Series,
    roi: Roi,
    method: str,
    threshold: float | None,
    stated: str | None,
    expected: str,
) -> None:
    algorithm = AlgorithmType(stated) if stated else None
    region = replace(roi, method=method, threshold_suv=threshold, algorithm=algorithm)
    origin = Origin(references_of(series), MADE, NOBODY)
    content = as_segmentation(region, origin)
    (segment,) = pydicom.dcmread(io.BytesIO(content)).SegmentSequence
    assert segment.SegmentAlgorithmType == expected
    assert ("SegmentAlgorithmName" in segment) == (expected != "MANUAL")
    assert ("SegmentationAlgorithmIdentificationSequence" in segment) == ("PET" in method)
    assert read_again(content, roi.grid).algorithm == expected
    contours = read_again(as_rtstruct(region, origin), roi.grid)
    assert contours.algorithm == (expected if method or stated else None)
    assert validator_errors(content, tmp_path) == []


def test_region_on_another_grid_than_its_images_is_refused(series: Series, roi: Roi) -> None:
    other = replace(roi, mask_zyx=roi.mask_zyx[1:], grid=replace(roi.grid, shape_zyx=(11, 64, 64)))
    with pytest.raises(GeometryError, match="The region has 11 slices, its images 12"):
        as_rtstruct(other, Origin(references_of(series), MADE, NOBODY))


@given(arrays(np.bool_, (6, 7), elements=st.booleans()))
def test_outlines_of_any_mask_give_it_back_by_the_even_odd_rule(mask: np.ndarray) -> None:
    crossed = np.zeros(mask.shape, dtype=bool)
    for polygon in outlines(mask):
        crossed ^= fill_polygon(polygon, mask.shape)
    assert (crossed == mask).all()


@given(arrays(np.bool_, (6, 7), elements=st.booleans()))
def test_outlines_enclose_the_area_of_the_pixels(mask: np.ndarray) -> None:
    # Shoelace: outer outlines count plus, holes minus; each lies 0.001 of a pixel further in.
    area = 0.0
    for polygon in outlines(mask):
        x, y = polygon.T
        area += 0.5 * float(np.dot(x, np.roll(y, -1)) - np.dot(np.roll(x, -1), y))
    assert area == pytest.approx(mask.sum(), abs=0.1)


@given(arrays(np.bool_, (6, 7), elements=st.booleans()))
def test_outlines_rounded_to_pixels_stay_on_the_pixels_they_enclose(mask: np.ndarray) -> None:
    for polygon in outlines(mask):
        x, y = polygon.T
        is_hole = np.dot(x, np.roll(y, -1)) < np.dot(np.roll(x, -1), y)
        column, row = np.rint(polygon).astype(int).T
        assert (mask[row, column] != is_hole).all()


@given(arrays(np.bool_, (1, 6, 7), elements=st.booleans()).filter(np.any))
def test_structure_set_of_any_mask_is_read_again_as_the_same(mask: np.ndarray) -> None:
    grid = Grid((1, 6, 7), (0.8, 0.8, 2.0), (0.0, 0.0, 0.0), frame_of_reference="1.2.9")
    roi = Roi("GTV", mask, grid)
    again = read_again(as_rtstruct(roi, Origin(references(grid), MADE, NOBODY)), grid)
    assert (again.mask_zyx == mask).all()


@pytest.mark.parametrize("kind", ["seg", "rtstruct"])
def test_mask_command_writes_a_dicom_region_that_it_reads_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    case = write_case(tmp_path)
    masks, source = [], case.region
    for name, extra in (("a.nii.gz", ()), ("b.dcm", ("--dicom", kind)), ("c.nii.gz", ())):
        out = tmp_path / name
        words = ["mask", source, "--reference", case.ct, "--out", out, *extra]
        assert main([str(w) for w in words]) == 0
        masks.append(out)
        source = out if name == "b.dcm" else source
    first, last = (nibabel.load(masks[i]).get_fdata() for i in (0, 2))
    assert first.any() and (first == last).all()
    assert pydicom.dcmread(masks[1]).PatientID == ""


def test_dicom_region_on_a_volume_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], roi: Roi
) -> None:
    (tmp_path / "ct.nii.gz").write_bytes(as_nifti(roi))
    words = ["mask", tmp_path / "ct.nii.gz", "--reference", tmp_path / "ct.nii.gz",
             "--out", tmp_path / "x.dcm"]  # fmt: skip
    assert main([str(w) for w in words]) == 2
    assert "the reference is a volume file. Give the DICOM series" in capsys.readouterr().err
