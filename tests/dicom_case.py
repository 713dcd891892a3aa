"""A tiny PET/CT case with a region, written as DICOM in code: the same bytes every time.

A ball of tissue in lung with a Gaussian FDG focus at its middle, closed forms throughout, so
that a test can work out by hand what must come back.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
PET_CLASS = "1.2.840.10008.5.1.4.1.1.128"
RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
HALF_LIFE_S = 6586.2
UPTAKE_S = 3600.0


@dataclass(frozen=True)
class DicomCase:
    """What the case is like; None for a value leaves its tag out.

    Attributes
    ----------
    ct_spacing_mm, pet_spacing_mm : (float, float, float)
        Column, row and slice distance; both images are centred on the world origin.
    radius_mm : float
        Of the tumour, which lies at the world origin.
    suv_peak, suv_background, focus_sigma_mm : float
        SUV is background + (peak - background) exp(-r^2 / 2 sigma^2).
    region_names : tuple of str
        One region each, all of the tumour's shape.
    region_offset_mm : (float, float, float)
        Shifts the regions off the tumour.
    region_scale : float
        Radius of the regions over that of the tumour.
    ct_modality, pet_modality : str
        Modality (0008,0060) as written, for the wrong one.
    lung_hu : float
        CT number of what lies around the tumour; as fat, the case has no lung, and
        air around the body.
    constant_ct, constant_pet : bool
        One value all over the body; the CT has air around it.
    """

    size_px: int = 64
    n_slices: int = 12
    ct_spacing_mm: tuple[float, float, float] = (3.0, 3.0, 3.0)
    pet_spacing_mm: tuple[float, float, float] = (4.0, 4.0, 4.0)
    radius_mm: float = 10.0
    suv_peak: float = 8.0
    suv_background: float = 0.5
    focus_sigma_mm: float = 8.0
    with_ct: bool = True
    with_pet: bool = True
    with_region: bool = True
    weight_kg: float | None = 70.0
    dose_bq: float | None = 3.5e8
    injection_time: str | None = "100000"
    units: str = "BQML"
    ct_modality: str = "CT"
    pet_modality: str = "PT"
    ct_description: str = "CT thorax"
    pet_description: str = "PET corrected"
    ct_patient: str = "simulated"
    pet_patient: str = "simulated"
    pet_same_frame: bool = True
    region_same_frame: bool = True
    region_names: tuple[str, ...] = ("GTV",)
    region_offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    region_scale: float = 1.0
    lung_hu: float = -820.0
    constant_ct: bool = False
    constant_pet: bool = False


@dataclass(frozen=True)
class WrittenCase:
    """Where the files are; a part left out does not exist."""

    ct: Path
    pet: Path
    region: Path

    def files(self) -> list[Path]:
        """Every file of the case."""
        folders = [p for p in (self.ct, self.pet) if p.is_dir()]
        found = [f for folder in folders for f in sorted(folder.iterdir())]
        return found + ([self.region] if self.region.is_file() else [])


def write_case(folder: Path, **changes: Any) -> WrittenCase:
    """Write `folder/ct/*.dcm`, `folder/pet/*.dcm` and `folder/rtstruct.dcm`.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    **changes
        Fields of `DicomCase` that differ from its defaults; an unknown one is a TypeError.
    """
    case = replace(DicomCase(), **changes)
    written = WrittenCase(folder / "ct", folder / "pet", folder / "rtstruct.dcm")
    folder.mkdir(parents=True, exist_ok=True)
    if case.with_ct:
        _write_images(written.ct, [_ct_slice(case, k) for k in range(case.n_slices)])
    if case.with_pet:
        _write_images(written.pet, [_pet_slice(case, k) for k in range(case.n_slices)])
    if case.with_region:
        _save(_structure_set(case), written.region)
    return written


def axis_mm(n: int, spacing_mm: float) -> NDArray[np.float64]:
    """World positions of n voxel centres spread evenly about 0."""
    return (np.arange(n) - (n - 1) / 2.0) * spacing_mm


def hu_at(case: DicomCase, xyz_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """CT number at world positions (..., 3): lung in a tissue wall, with the tumour."""
    x, y, z = np.moveaxis(xyz_mm, -1, 0)
    if case.constant_ct:
        return np.where(np.hypot(x, y) > 85.0, -1000.0, 20.0)
    tumour = np.sqrt(x**2 + y**2 + z**2) <= case.radius_mm
    wall = np.hypot(x, 1.2 * y) > 70.0
    inside = np.where(tumour, 35.0, np.where(wall, 50.0, case.lung_hu + 0.5 * x))
    without_lung = case.lung_hu > -500.0
    return np.where(without_lung & (np.hypot(x, y) > 85.0), -1000.0, inside)


def suv_at(case: DicomCase, xyz_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """SUVbw at world positions (..., 3)."""
    if case.constant_pet:
        return np.full(xyz_mm.shape[:-1], case.suv_background)
    focus = np.exp(-(xyz_mm**2).sum(axis=-1) / (2.0 * case.focus_sigma_mm**2))
    return case.suv_background + (case.suv_peak - case.suv_background) * focus


def _positions(
    case: DicomCase, spacing_mm: tuple[float, float, float], k: int
) -> NDArray[np.float64]:
    column, row, height = spacing_mm
    z = axis_mm(case.n_slices, height)[k]
    y, x = np.meshgrid(axis_mm(case.size_px, row), axis_mm(case.size_px, column), indexing="ij")
    return np.stack([x, y, np.full_like(x, z)], axis=-1)


def _ct_slice(case: DicomCase, k: int) -> Dataset:
    positions = _positions(case, case.ct_spacing_mm, k)
    item = _image(case, CT_CLASS, case.ct_modality, case.ct_spacing_mm, k)
    item.PatientID = case.ct_patient
    item.SeriesDescription = case.ct_description
    item.RescaleSlope, item.RescaleIntercept, item.RescaleType = 1.0, -1024.0, "HU"
    _set_pixels(item, hu_at(case, positions) + 1024.0)
    return item


def _pet_slice(case: DicomCase, k: int) -> Dataset:
    positions = _positions(case, case.pet_spacing_mm, k)
    item = _image(case, PET_CLASS, case.pet_modality, case.pet_spacing_mm, k)
    item.PatientID = case.pet_patient
    item.SeriesDescription = case.pet_description
    item.SeriesType = ["STATIC", "IMAGE"]
    item.Units, item.DecayCorrection = case.units, "START"
    item.CorrectedImage = ["DECY", "ATTN", "SCAT", "NORM"]
    item.FrameReferenceTime = 0.0
    item.ActualFrameDuration = 120000
    if case.weight_kg is not None:
        item.PatientWeight = case.weight_kg
    drug = Dataset()
    drug.Radiopharmaceutical = "Fluorodeoxyglucose"
    drug.RadionuclideHalfLife = HALF_LIFE_S
    if case.dose_bq is not None:
        drug.RadionuclideTotalDose = case.dose_bq
    if case.injection_time is not None:
        drug.RadiopharmaceuticalStartTime = case.injection_time
    item.RadiopharmaceuticalInformationSequence = Sequence([drug])
    to_bqml = 1.0
    if case.units == "BQML":
        decayed_bq = (case.dose_bq or 1.0) * 2.0 ** (-UPTAKE_S / HALF_LIFE_S)
        to_bqml = decayed_bq / (1000.0 * (case.weight_kg or 1.0))
    slope = float(f"{to_bqml * case.suv_peak * (1.0 + 0.1 * (k % 3)) / 32000.0:.9e}")
    item.RescaleSlope, item.RescaleIntercept = slope, 0.0
    _set_pixels(item, suv_at(case, positions) * to_bqml / slope)
    return item


def _image(
    case: DicomCase, sop_class: str, modality: str, spacing_mm: tuple[float, float, float], k: int
) -> Dataset:
    column, row, height = spacing_mm
    kind = "ct" if sop_class == CT_CLASS else "pet"
    item = _dataset(sop_class, f"{kind} {k}")
    item.Modality = modality
    item.SeriesInstanceUID = _uid(f"{kind} series")
    item.FrameOfReferenceUID = _frame(kind == "ct" or case.pet_same_frame)
    item.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    item.InstanceNumber = k + 1
    item.SeriesDate = item.AcquisitionDate = "20200101"
    item.SeriesTime = item.AcquisitionTime = "110000"
    item.PixelSpacing = [row, column]
    item.SliceThickness = height
    item.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    item.ImagePositionPatient = [
        float(axis_mm(case.size_px, column)[0]),
        float(axis_mm(case.size_px, row)[0]),
        float(axis_mm(case.n_slices, height)[k]),
    ]
    return item


def _set_pixels(item: Dataset, values: NDArray[np.float64]) -> None:
    item.Rows, item.Columns = values.shape
    item.SamplesPerPixel, item.PhotometricInterpretation = 1, "MONOCHROME2"
    item.BitsAllocated, item.BitsStored, item.HighBit, item.PixelRepresentation = 16, 16, 15, 1
    item.PixelData = np.rint(values).astype("<i2").tobytes()


def _structure_set(case: DicomCase) -> Dataset:
    dataset = _dataset(RTSTRUCT_CLASS, "region")
    dataset.Modality = "RTSTRUCT"
    dataset.PatientID = case.ct_patient
    dataset.SeriesInstanceUID = _uid("region series")
    dataset.StructureSetLabel = "simulated"
    regions, contours = [], []
    for number, name in enumerate(case.region_names, start=1):
        region = Dataset()
        region.ROINumber, region.ROIName = number, name
        region.ReferencedFrameOfReferenceUID = _frame(case.region_same_frame)
        region.ROIGenerationAlgorithm = "MANUAL"
        regions.append(region)
        content = Dataset()
        content.ReferencedROINumber = number
        content.ContourSequence = Sequence(_circles(case))
        contours.append(content)
    dataset.StructureSetROISequence = Sequence(regions)
    dataset.ROIContourSequence = Sequence(contours)
    return dataset


def _circles(case: DicomCase) -> list[Dataset]:
    """The tumour's outline on every CT slice that it touches."""
    angle = np.linspace(0.0, 2.0 * np.pi, 72, endpoint=False)
    radius_mm = case.radius_mm * case.region_scale
    circles = []
    for z in axis_mm(case.n_slices, case.ct_spacing_mm[2]):
        if abs(z) >= radius_mm:
            continue
        across = np.sqrt(radius_mm**2 - z**2)
        points = np.stack([across * np.cos(angle), across * np.sin(angle), np.full(72, z)], axis=1)
        circle = Dataset()
        circle.ContourGeometricType = "CLOSED_PLANAR"
        circle.NumberOfContourPoints = len(points)
        shifted = points + np.asarray(case.region_offset_mm)
        circle.ContourData = [f"{v:.4f}" for v in shifted.ravel()]
        circles.append(circle)
    return circles


def _dataset(sop_class: str, name: str) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = _uid(name)
    dataset.StudyInstanceUID = _uid("study")
    dataset.PatientName = "Simulated^Case"
    return dataset


def _uid(name: str) -> str:
    return str(generate_uid(entropy_srcs=["nsclc-dss test case", name]))


def _frame(shared: bool) -> str:
    return _uid("frame" if shared else "another frame")


def _write_images(folder: Path, slices: list[Dataset]) -> None:
    folder.mkdir(exist_ok=True)
    for item in slices:
        _save(item, folder / f"{int(item.InstanceNumber):03d}.dcm")


def _save(dataset: Dataset, path: Path) -> None:
    dataset.save_as(path, enforce_file_format=True)
