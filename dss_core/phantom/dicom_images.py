"""CT and PET slices as DICOM image objects.

PET is stored as activity concentration (BQML) decay corrected to the start of the series, with
its own rescale slope on every slice and beds that were scanned one after the other, so that a
reader must do the whole SUV computation.

References
----------
DICOM PS3.3 A.3 and C.8.2.1 (CT), A.21 and C.8.9 (PET).
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, PositronEmissionTomographyImageStorage

from dss_core.geometry import Grid
from dss_core.phantom.dicom_common import Study, date_of, decimal, new_object, time_of, write
from dss_core.phantom.shapes import Field
from dss_core.phantom.subject import PetStorage

CT_INTERCEPT = -1024
UCI_BQ = 37e3
BEDS = 3
BED_S = 120.0


@dataclass(frozen=True)
class WrittenSeries:
    """Files of one series and the SOP instance of each slice, inferior to superior."""

    series_uid: str
    files: tuple[Path, ...]
    instances: tuple[str, ...]


class CtWriter:
    """Writes CT slices one by one; only what differs between slices is set again."""

    def __init__(self, study: Study, folder: Path, grid: Grid, psf: str) -> None:
        self.study, self.folder, self.grid = study, folder, grid
        ds = new_object(study, CTImageStorage, "CT", "CT thorax, low dose, soft kernel")
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.AcquisitionNumber = "1"
        before = study.scanned - timedelta(minutes=2)
        ds.AcquisitionDate, ds.AcquisitionTime = date_of(before), time_of(before)
        ds.ContentDate, ds.ContentTime = ds.AcquisitionDate, ds.AcquisitionTime
        ds.KVP = "120"
        ds.XRayTubeCurrent = "80"
        ds.ConvolutionKernel = psf
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = str(CT_INTERCEPT), "1", "HU"
        ds.WindowCenter, ds.WindowWidth = ["40", "-500"], ["400", "1500"]
        _set_pixels(ds, grid, signed=False, stored=12)
        self.template = ds

    def write(self, index: int, hu: NDArray[np.int16]) -> tuple[Path, str]:
        """Write slice `index` of the grid from its CT numbers (rows, columns)."""
        ds = self.template
        _place(ds, self.study, self.grid, index)
        ds.PixelData = (hu - CT_INTERCEPT).astype("<u2").tobytes()
        path = self.folder / f"CT_{index + 1:04d}.dcm"
        write(ds, path)
        return path, str(ds.SOPInstanceUID)


def write_pet(
    study: Study,
    folder: Path,
    grid: Grid,
    suv: Field,
    storage: PetStorage = PetStorage.ACTIVITY,
) -> WrittenSeries:
    """Write SUVbw (z, y, x) as activity, called what `storage` says, and return its files."""
    mislabelled = storage is PetStorage.MISLABELLED
    stored_bq = UCI_BQ if mislabelled else 1.0
    ds = new_object(
        study, PositronEmissionTomographyImageStorage, "PT", "FDG PET, attenuation corrected"
    )
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.SeriesType = ["WHOLE BODY", "IMAGE"]
    ds.Units = "GML" if mislabelled else "BQML"
    ds.CountsSource = "EMISSION"
    ds.CorrectedImage = ["NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN"]
    ds.DecayCorrection = "START"
    ds.CollimatorType = "NONE"
    ds.AttenuationCorrectionMethod = "CT, simulated"
    ds.ReconstructionMethod = "SIMULATED"
    ds.NumberOfSlices = grid.shape_zyx[0]
    ds.RescaleIntercept = "0"
    ds.ActualFrameDuration = str(round(BED_S * 1000))
    ds.RadiopharmaceuticalInformationSequence = Sequence([_tracer(study)])
    del ds.PatientPosition  # a PET says it in codes
    ds.PatientOrientationCodeSequence = Sequence([_recumbent()])
    ds.PatientGantryRelationshipCodeSequence = Sequence([_code("102540008", "SCT", "headfirst")])
    _set_pixels(ds, grid, signed=True, stored=16)
    per_suv = study.dose_at_scan_bq / (study.weight_kg * 1000) / stored_bq
    files, instances = [], []
    for index in range(grid.shape_zyx[0]):
        _place(ds, study, grid, index)
        _set_times(ds, study, bed=index * BEDS // grid.shape_zyx[0])
        activity = suv[index] * np.float32(per_suv)
        slope = decimal(max(float(activity.max()), 1.0) / 32767 * 1.0000001)
        ds.RescaleSlope = slope
        ds.ImageIndex = index + 1
        ds.PixelData = np.rint(activity / np.float32(slope)).astype("<i2").tobytes()
        path = folder / f"PT_{index + 1:04d}.dcm"
        write(ds, path)
        files.append(path)
        instances.append(str(ds.SOPInstanceUID))
    return WrittenSeries(str(ds.SeriesInstanceUID), tuple(files), tuple(instances))


def _tracer(study: Study) -> Dataset:
    item = Dataset()
    item.Radiopharmaceutical = "Fluorodeoxyglucose"
    item.RadiopharmaceuticalStartTime = time_of(study.injected)
    item.RadiopharmaceuticalStartDateTime = date_of(study.injected) + time_of(study.injected)
    item.RadionuclideTotalDose = decimal(study.dose_bq)
    item.RadionuclideHalfLife = decimal(study.half_life_s)
    item.RadionuclidePositronFraction = "0.9673"
    item.RadionuclideCodeSequence = Sequence([_code("C-111A1", "SRT", "^18^Fluorine")])
    item.RadiopharmaceuticalCodeSequence = Sequence(
        [_code("C-B1031", "SRT", "Fluorodeoxyglucose F^18^")]
    )
    return item


def _recumbent() -> Dataset:
    item = _code("102538003", "SCT", "recumbent")
    item.PatientOrientationModifierCodeSequence = Sequence([_code("40199007", "SCT", "supine")])
    return item


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _set_times(ds: Dataset, study: Study, bed: int) -> None:
    """Times of one bed; the activity of a frame is that at its decay-weighted middle."""
    decay = np.log(2) / study.half_life_s
    start_s = bed * BED_S
    middle_s = float(np.log(decay * BED_S / -np.expm1(-decay * BED_S)) / decay)
    began = study.scanned + timedelta(seconds=start_s)
    ds.AcquisitionDate, ds.AcquisitionTime = date_of(began), time_of(began)
    ds.ContentDate, ds.ContentTime = ds.AcquisitionDate, ds.AcquisitionTime
    ds.FrameReferenceTime = decimal(round((start_s + middle_s) * 1000, 3))
    ds.DecayFactor = decimal(round(float(np.exp(decay * (start_s + middle_s))), 8))


def _set_pixels(ds: Dataset, grid: Grid, signed: bool, stored: int) -> None:
    _, ds.Rows, ds.Columns = grid.shape_zyx
    ds.PixelSpacing = [decimal(grid.spacing_mm[1]), decimal(grid.spacing_mm[0])]
    ds.SliceThickness = decimal(grid.spacing_mm[2])
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, stored, stored - 1
    ds.PixelRepresentation = int(signed)
    ds.BurnedInAnnotation = "NO"


def _place(ds: Dataset, study: Study, grid: Grid, index: int) -> None:
    """Identity and position of slice `index`."""
    x, y, z = grid.to_world(np.asarray([[0.0, 0.0, index]]))[0]
    ds.ImagePositionPatient = [decimal(round(float(v), 6)) for v in (x, y, z)]
    ds.SliceLocation = decimal(round(float(z), 6))
    ds.InstanceNumber = str(index + 1)
    ds.SOPInstanceUID = study.uid("image", ds.Modality, index)
