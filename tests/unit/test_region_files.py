"""Regions as voxels: DICOM SEG written by highdicom, masks written by SimpleITK, against truth."""

import warnings
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from highdicom.seg import SegmentationTypeValues
from pydicom.sr.codedict import codes

from dss_core.case.case_files import ImageSeries, read_regions
from dss_core.case.open_case import open_images, take_region
from dss_core.errors import DssError, GeometryError, InputError
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.spatial.alignment import AlignedImages
from tests.dicom_case import WrittenCase, write_case

BOX = (slice(3, 8), slice(20, 31), slice(30, 37))


@pytest.fixture
def case(tmp_path: Path) -> WrittenCase:
    return write_case(tmp_path / "case")


@pytest.fixture
def images(case: WrittenCase) -> AlignedImages:
    inventory = take_inventory(from_paths([case.ct, case.pet]))
    return open_images(
        ImageSeries(propose_series(inventory, "CT"), propose_series(inventory, "PT"))
    )


def box() -> np.ndarray:
    mask = np.zeros((12, 64, 64), dtype=np.uint8)
    mask[BOX] = 1
    return mask


def segment(number: int, label: str) -> hd.seg.SegmentDescription:
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=codes.cid7150.Tissue,
        segmented_property_type=codes.cid7166.ConnectiveTissue,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
    )


def write_seg(
    case: WrittenCase, path: Path, pixels: np.ndarray, kind: SegmentationTypeValues, *labels: str
) -> None:
    source = [pydicom.dcmread(p) for p in sorted(case.ct.iterdir())]
    for item in source:
        for keyword in ("PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime",
                        "AccessionNumber", "ReferringPhysicianName"):  # fmt: skip
            setattr(item, keyword, "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hd.seg.Segmentation(
            source_images=source, pixel_array=pixels, segmentation_type=kind,
            segment_descriptions=[segment(n, x) for n, x in enumerate(labels, start=1)],
            series_instance_uid=hd.UID(), series_number=9, sop_instance_uid=hd.UID(),
            instance_number=1, manufacturer="m", manufacturer_model_name="m",
            software_versions="1", device_serial_number="1",
        ).save_as(path)  # fmt: skip


def mask_of(path: Path, name: str | None, images: AlignedImages) -> np.ndarray:
    regions = read_regions(take_inventory(from_paths([path])).region_files)
    return take_region(regions, name, images).roi.mask_zyx


def test_binary_segmentation_lies_where_it_was_drawn(
    case: WrittenCase, images: AlignedImages, tmp_path: Path
) -> None:
    write_seg(case, tmp_path / "seg.dcm", box(), SegmentationTypeValues.BINARY, "GTV")
    assert np.array_equal(mask_of(tmp_path / "seg.dcm", None, images), box() > 0)


def test_overlapping_segments_are_told_apart_by_name(
    case: WrittenCase, images: AlignedImages, tmp_path: Path
) -> None:
    other = np.zeros_like(box())
    other[5:9, 25:40, 32:50] = 1
    both = np.stack([other, box()], axis=-1)
    write_seg(case, tmp_path / "seg.dcm", both, SegmentationTypeValues.BINARY, "node", "lesion")
    assert np.array_equal(mask_of(tmp_path / "seg.dcm", "node", images), other > 0)
    assert np.array_equal(mask_of(tmp_path / "seg.dcm", None, images), box() > 0)


def test_fractional_segmentation_is_cut_at_one_half(
    case: WrittenCase, images: AlignedImages, tmp_path: Path
) -> None:
    fractions = box() * np.linspace(0.0, 1.0, 64)[None, None, :]
    kind = SegmentationTypeValues.FRACTIONAL
    write_seg(case, tmp_path / "seg.dcm", fractions, kind, "GTV")
    regions = read_regions(take_inventory(from_paths([tmp_path / "seg.dcm"])).region_files)
    region = take_region(regions, None, images)
    assert np.array_equal(region.roi.mask_zyx, fractions >= 0.5)
    assert [c.code for c in region.warnings] == ["fractional_segmentation"]


def test_label_map_segmentation_is_read(
    case: WrittenCase, images: AlignedImages, tmp_path: Path
) -> None:
    labels = box()
    labels[9:11, 5:9, 5:9] = 2
    write_seg(case, tmp_path / "seg.dcm", labels, SegmentationTypeValues.LABELMAP, "GTV", "node")
    assert np.array_equal(mask_of(tmp_path / "seg.dcm", "node", images), labels == 2)


def test_segmentation_of_another_frame_of_reference_is_refused(
    case: WrittenCase, images: AlignedImages, tmp_path: Path
) -> None:
    write_seg(case, tmp_path / "seg.dcm", box(), SegmentationTypeValues.BINARY, "GTV")
    dataset = pydicom.dcmread(tmp_path / "seg.dcm")
    dataset.FrameOfReferenceUID = "1.2.3.4"
    dataset.save_as(tmp_path / "seg.dcm")
    with pytest.raises(GeometryError, match="another frame of reference"):
        mask_of(tmp_path / "seg.dcm", None, images)


def test_segmentation_frames_are_placed_by_position_not_by_index(
    case: WrittenCase, images: AlignedImages, tmp_path: Path
) -> None:
    write_seg(case, tmp_path / "seg.dcm", box(), SegmentationTypeValues.BINARY, "GTV")
    dataset = pydicom.dcmread(tmp_path / "seg.dcm")
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        place = frame.PlanePositionSequence[0]
        place.ImagePositionPatient[2] = float(place.ImagePositionPatient[2]) + 6.0
    dataset.save_as(tmp_path / "seg.dcm")
    assert np.array_equal(mask_of(tmp_path / "seg.dcm", None, images), np.roll(box(), 2, 0) > 0)


@pytest.mark.parametrize("name", ["m.nii.gz", "m.nrrd", "m.mha"])
def test_mask_file_labels_are_listed_and_chosen(
    images: AlignedImages, tmp_path: Path, name: str
) -> None:
    labels = box()
    labels[9:11, 5:9, 5:9] = 7
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing(images.ct.grid.spacing_mm)
    image.SetOrigin(images.ct.grid.origin_mm)
    sitk.WriteImage(sitk.Flip(image, (True, True, False)), str(tmp_path / name))
    regions = read_regions(take_inventory(from_paths([tmp_path / name])).region_files)
    assert [r.name for r in regions] == ["label 1", "label 7"]
    found = take_region(regions, "label 7", images).roi.mask_zyx
    assert np.array_equal(found, labels == 7)
    with pytest.raises(InputError, match="no region named 'label 2'; the file has 'label 1'"):
        take_region(regions, "label 2", images)


@pytest.mark.parametrize(
    ("values", "origin", "sentence"),
    [
        (np.zeros((4, 5, 6), np.uint8), 0.0, "is 0 everywhere"),
        (np.linspace(0, 1, 120).reshape(4, 5, 6), 0.0, "whole-number labels was expected"),
        (np.ones((4, 5, 6), np.uint8), 900.0, r"does not meet the image: the mask spans z 900"),
    ],
)
def test_mask_file_that_cannot_be_a_region_is_refused(
    images: AlignedImages, tmp_path: Path, values: np.ndarray, origin: float, sentence: str
) -> None:
    image = sitk.GetImageFromArray(values)
    image.SetOrigin((origin, origin, origin))
    sitk.WriteImage(image, str(tmp_path / "m.nrrd"))
    with pytest.raises(DssError, match=sentence):
        mask_of(tmp_path / "m.nrrd", None, images)
