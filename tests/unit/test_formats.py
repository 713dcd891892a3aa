"""Every form in which CT and PET come, against the plain one: the same volume or a refusal.

Encoders are other people's: pydicom with OpenJPEG and CharLS, GDCM, SimpleITK's writers.
"""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import JPEG2000LosslessDecoder
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from dss_core.case.case_files import ImageSeries
from dss_core.case.open_case import open_images
from dss_core.errors import GeometryError, InputError
from dss_core.reading.inventory import Inventory, take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import Source, from_paths, from_uploads
from dss_core.reading.suv import read_pet
from dss_core.reading.volume import read_ct
from dss_core.reading.volume_files import PetUnit
from dss_core.records import Volume
from tests.dicom_case import write_case

gdcm = pytest.importorskip("gdcm")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_case(tmp_path / "case", with_pet=False, with_region=False).ct


def inventory(path: Path) -> Inventory:
    return take_inventory(from_paths([path]))


def ct_of(path: Path) -> Volume:
    return read_ct(propose_series(inventory(path), "CT"))[0]


def compress(syntax: pydicom.uid.UID, path: Path) -> None:
    dataset = pydicom.dcmread(path)
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = dataset.pixel_array.astype(">i2").tobytes()
        plain = Dataset()
        plain.update({e.tag: e for e in dataset})
        plain.file_meta = dataset.file_meta
        plain.file_meta.TransferSyntaxUID = syntax
        plain.save_as(path, enforce_file_format=True)
    elif syntax == JPEGLosslessSV1:
        reader = gdcm.ImageReader()
        reader.SetFileName(str(path))
        assert reader.Read()
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
        change.SetInput(reader.GetImage())
        assert change.Change()
        writer = gdcm.ImageWriter()
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        writer.SetFileName(str(path))
        assert writer.Write()
    else:
        dataset.compress(syntax, generate_instance_uid=False)
        dataset.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize(
    "syntax", [JPEGLosslessSV1, JPEG2000Lossless, JPEGLSLossless, RLELossless, ExplicitVRBigEndian]
)
def test_every_lossless_syntax_gives_the_same_volume(folder: Path, syntax: pydicom.uid.UID) -> None:
    before = ct_of(folder).digest
    for path in folder.iterdir():
        compress(syntax, path)
    assert pydicom.dcmread(next(folder.iterdir())).file_meta.TransferSyntaxUID == syntax
    assert ct_of(folder).digest == before


def test_missing_decoder_is_named_with_its_package(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in folder.iterdir():
        compress(JPEG2000Lossless, path)
    monkeypatch.setattr(JPEG2000LosslessDecoder, "_available", {})
    sentence = r"JPEG 2000 .* \(1\.2\.840\.10008\.1\.2\.4\.90\) need the package pylibjpeg and"
    with pytest.raises(InputError, match=sentence):
        ct_of(folder)


def test_unknown_transfer_syntax_is_refused_by_name(folder: Path) -> None:
    for path in folder.iterdir():
        content = path.read_bytes()
        path.write_bytes(content.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.9.9\0"))
    with pytest.raises(InputError, match=r"1\.2\.840\.10008\.1\.9\.9.* is not one of images"):
        ct_of(folder)


def enhanced(folder: Path, shared_rescale: bool) -> Dataset:
    """The series as one enhanced CT file, frames out of order."""
    single = [pydicom.dcmread(p) for p in sorted(folder.iterdir())]
    order = np.random.default_rng(3).permutation(len(single))
    whole = pydicom.dcmread(next(folder.iterdir()))
    for keyword in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient",
                    "RescaleSlope", "RescaleIntercept", "SliceThickness"):  # fmt: skip
        delattr(whole, keyword)
    whole.file_meta.MediaStorageSOPClassUID = whole.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    whole.NumberOfFrames = len(single)

    def group(keyword: str, **content: object) -> Dataset:
        item, holder = Dataset(), Dataset()
        for name, value in content.items():
            setattr(item, name, value)
        setattr(holder, keyword, Sequence([item]))
        return holder

    rescale = group("PixelValueTransformationSequence", RescaleSlope=1, RescaleIntercept=-1024)
    shared = group("PixelMeasuresSequence", PixelSpacing=[3, 3], SliceThickness=3)
    shared.update(group("PlaneOrientationSequence", ImageOrientationPatient=[1, 0, 0, 0, 1, 0]))
    frames = []
    for k in order:
        frame = group("PlanePositionSequence", ImagePositionPatient=single[k].ImagePositionPatient)
        if not shared_rescale:
            frame.update(rescale)
        frames.append(frame)
    if shared_rescale:
        shared.update(rescale)
    whole.SharedFunctionalGroupsSequence = Sequence([shared])
    whole.PerFrameFunctionalGroupsSequence = Sequence(frames)
    whole.PixelData = b"".join(single[k].PixelData for k in order)
    return whole


@pytest.mark.parametrize("shared_rescale", [True, False])
@pytest.mark.parametrize("compressed", [True, False])
def test_enhanced_multi_frame_ct_is_the_same_volume(
    folder: Path, tmp_path: Path, shared_rescale: bool, compressed: bool
) -> None:
    dataset = enhanced(folder, shared_rescale)
    if compressed:
        dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(tmp_path / "whole.dcm", enforce_file_format=True)
    assert ct_of(tmp_path / "whole.dcm").digest == ct_of(folder).digest


def test_enhanced_ct_without_a_frame_position_is_refused(folder: Path, tmp_path: Path) -> None:
    dataset = enhanced(folder, True)
    del dataset.PerFrameFunctionalGroupsSequence[4].PlanePositionSequence
    dataset.save_as(tmp_path / "whole.dcm", enforce_file_format=True)
    with pytest.raises(GeometryError, match="no ImagePositionPatient"):
        ct_of(tmp_path / "whole.dcm")


def test_enhanced_pet_is_refused(tmp_path: Path) -> None:
    pet = write_case(tmp_path, with_ct=False, with_region=False).pet
    for path in pet.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.130"
        dataset.save_as(path, enforce_file_format=True)
    with pytest.raises(InputError, match="PET is an enhanced multi-frame image"):
        read_pet(propose_series(inventory(pet), "PT"))


def test_archives_in_archives_with_a_dicomdir_beside_give_the_same_volume(folder: Path) -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in folder.iterdir():
            bundle.write(path, f"deep/er/{path.stem}")
        directory = Dataset()
        directory.file_meta = pydicom.dataset.FileMetaDataset()
        directory.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        directory.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
        directory.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
        directory.DirectoryRecordSequence = Sequence([])
        stream = io.BytesIO()
        directory.save_as(stream, enforce_file_format=True)
        bundle.writestr("DICOMDIR", stream.getvalue())
    with zipfile.ZipFile(outer, "w") as bundle:
        bundle.writestr("inner.zip", inner.getvalue())
    found = take_inventory(from_uploads([outer.getvalue()]))
    assert read_ct(propose_series(found, "CT"))[0].digest == ct_of(folder).digest
    assert len(found.others) == 1


def to_image(volume: Volume) -> sitk.Image:
    image = sitk.GetImageFromArray(volume.values_zyx)
    image.SetSpacing(volume.grid.spacing_mm)
    image.SetOrigin(volume.grid.origin_mm)
    image.SetDirection(np.asarray(volume.grid.direction).ravel().tolist())
    return image


def turned(image: sitk.Image) -> sitk.Image:
    """The same image with its axes exchanged and flipped."""
    return sitk.Flip(sitk.PermuteAxes(image, (1, 2, 0)), (True, False, True))


SUFFIXES = ["a.nii", "a.nii.gz", "a.nrrd", "a.mha"]


@pytest.mark.parametrize("name", SUFFIXES)
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("change", [lambda x: x, turned])
def test_volume_file_of_a_ct_is_the_same_volume_in_the_same_place(
    folder: Path, tmp_path: Path, name: str, packed: bool, change: Callable[..., sitk.Image]
) -> None:
    ct = ct_of(folder)
    sitk.WriteImage(sitk.Cast(change(to_image(ct)), sitk.sitkInt16), str(tmp_path / name), packed)
    found = ct_of(tmp_path / name)
    assert np.array_equal(found.values_zyx, ct.values_zyx)
    assert np.abs(found.grid.affine - ct.grid.affine).max() < 1e-4


@pytest.mark.parametrize("name", SUFFIXES)
def test_pet_volume_file_needs_its_unit_said(tmp_path: Path, name: str) -> None:
    case = write_case(tmp_path, with_region=False)
    pet = read_pet(propose_series(inventory(case.pet), "PT")).volume
    sitk.WriteImage(to_image(pet), str(tmp_path / name))
    with pytest.raises(InputError, match=r"states no unit.*--pet-unit suvbw or bqml"):
        read_pet(propose_series(inventory(tmp_path / name), "PT"))
    with pytest.raises(InputError, match=r"in Bq/mL without dose, weight and times"):
        read_pet(propose_series(inventory(tmp_path / name), "PT", None, PetUnit.BQML))
    found = read_pet(propose_series(inventory(tmp_path / name), "PT", None, PetUnit.SUVBW))
    assert np.array_equal(found.volume.values_zyx, pet.values_zyx)
    assert found.record.rule == "declared_suvbw"
    images = open_images(
        ImageSeries(
            propose_series(inventory(case.ct), "CT"),
            propose_series(inventory(tmp_path / name), "PT", None, PetUnit.SUVBW),
        )
    )
    assert "no_frame_of_reference" in [c.code for c in images.warnings]


def test_bqml_values_declared_as_suv_are_refused(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.full((3, 4, 5), 2e4, "f4")), str(tmp_path / "p.mha"))
    pet = propose_series(inventory(tmp_path / "p.mha"), "PT", None, PetUnit.SUVBW)
    with pytest.raises(
        InputError, match=r"highest SUV of the PET is 2e\+04 with values declared as SUVbw"
    ):
        read_pet(pet)


def test_ct_volume_file_that_is_not_in_hu_is_refused(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((3, 4, 5), "i2")), str(tmp_path / "p.nrrd"))
    with pytest.raises(InputError, match="lowest value; in Hounsfield units"):
        ct_of(tmp_path / "p.nrrd")


@pytest.mark.parametrize(
    ("name", "cut", "sentence"),
    [
        ("a.nii", lambda b: b[:-9], "cut short"),
        ("a.nii", lambda b: b[:252] + b"\0\0\0\0" + b[256:], "neither sform nor qform"),
        ("a.nii.gz", lambda b: b[:-400], "cut short"),
        ("a.nrrd", lambda b: b.replace(b"encoding: raw", b"encoding: hex"), "encoding is 'hex'"),
        ("a.nrrd", lambda b: b.replace(b"sizes: 64", b"sizes: 65"), "cut short"),
        ("a.mha", lambda b: b.replace(b"= LOCAL", b"= a.raw"), "data in another file"),
        ("a.mha", lambda b: b.replace(b"MET_SHORT", b"MET_OTHER"), "MET_OTHER"),
        ("a.mha", lambda b: b.replace(b"DimSize = 64", b"DimSize = 9999999"), "9999999 x 64 x 12"),
    ],
)
def test_damaged_volume_file_is_refused(
    folder: Path, tmp_path: Path, name: str, cut: Callable[[bytes], bytes], sentence: str
) -> None:
    path = tmp_path / name
    packed = name.endswith("gz")
    sitk.WriteImage(sitk.Cast(to_image(ct_of(folder)), sitk.sitkInt16), str(path), packed)
    content = path.read_bytes()
    assert cut(content) != content
    with pytest.raises((InputError, GeometryError), match=sentence):
        read_ct(propose_series(take_inventory([Source(cut(content))]), "CT"))
