"""Region export: NIfTI, DICOM Segmentation, RTSTRUCT.

Each is read back by our own intake to the same mask. DICOM objects refer to the images they lie
on (study, series, instances, frame of reference) and hold no name, birth date, sex or dates of
the patient; the PatientID only if the caller hands it over. Nothing is invented: what is unknown
stays empty.
"""

import gzip
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import nibabel
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, RTStructureSetStorage

from dss_core import __version__
from dss_core.errors import GeometryError
from dss_core.reading.inventory import Series
from dss_core.reading.tags import text
from dss_core.reading.volume import digest_of, stack_of
from dss_core.records import Roi
from dss_core.regions.outlines import outlines
from dss_core.regions.segmentation_object import SEGMENTATION_CLASS, fill_segmentation
from dss_core.regions.structure_set import ImageReferences, Instance, Outline, fill_structure_set

DICOM_SUFFIX = ".dcm"
IMPLEMENTATION = "2.25.133671042968123412508125634190274112853"


class RegionFormat(StrEnum):
    """What a region can be written as."""

    NIFTI = "nifti"
    SEG = "seg"
    RTSTRUCT = "rtstruct"

    @property
    def suffix(self) -> str:
        """End of the file name."""
        return ".nii.gz" if self is RegionFormat.NIFTI else DICOM_SUFFIX


@dataclass(frozen=True)
class Origin:
    """What a DICOM region object says beside the region.

    Attributes
    ----------
    images : ImageReferences
        The images of the region's grid, as `references_of` gives them.
    made : datetime
        When; also part of the object's identifier.
    patient_id : str
        PatientID (0010,0020) to write; empty writes none.
    """

    images: ImageReferences
    made: datetime
    patient_id: str = ""


def references_of(series: Series) -> ImageReferences:
    """The images of a series in the order of its grid.

    Raises
    ------
    GeometryError
        If the series is not one regular stack.
    """
    slices = stack_of(series).slices
    several = any(s.frame for s in slices)
    return ImageReferences(
        study_uid=series.study_uid,
        series_uid=series.uid,
        sop_class=text(series.first, "SOPClassUID"),
        frame_of_reference=series.frame_of_reference,
        instances=tuple(
            Instance(text(s.header, "SOPInstanceUID"), s.frame + 1 if several else 0)
            for s in slices
        ),
    )


def as_nifti(roi: Roi) -> bytes:
    """The mask (0 and 1) as gzipped NIfTI in world (RAS) space; `descrip` names the method."""
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ roi.grid.affine
    image = nibabel.Nifti1Image(roi.mask_zyx.astype(np.uint8).transpose(2, 1, 0), affine)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = roi.method.encode("ascii", "replace")[:79]
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    return gzip.compress(image.to_bytes(), mtime=0)


def as_rtstruct(roi: Roi, origin: Origin) -> bytes:
    """The region as an RTSTRUCT: contours along the pixel edges of every slice it touches.

    Raises
    ------
    GeometryError
        If the region is not on the grid of the images.
    """
    ds = _new(roi, origin, RTStructureSetStorage, "RTSTRUCT")
    ds.StructureSetLabel = "REGION"
    ds.StructureSetDate, ds.StructureSetTime = _date(origin.made), _time(origin.made)
    ds.ApprovalStatus = "UNAPPROVED"
    found = []
    for k in np.flatnonzero(roi.mask_zyx.any(axis=(1, 2))):
        for polygon in outlines(roi.mask_zyx[k]):
            index = np.column_stack([polygon, np.full(len(polygon), float(k))])
            found.append(Outline(roi.grid.to_world(index), origin.images.instances[k]))
    algorithm = "" if not roi.method else "MANUAL" if roi.threshold_suv is None else "SEMIAUTOMATIC"
    fill_structure_set(
        ds, roi.name, found, origin.images, algorithm=algorithm, description=roi.method
    )
    return _bytes(ds)


def as_segmentation(roi: Roi, origin: Origin) -> bytes:
    """The region as a binary DICOM Segmentation: one frame per slice it touches.

    Raises
    ------
    GeometryError
        If the region is not on the grid of the images.
    """
    ds = _new(roi, origin, SEGMENTATION_CLASS, "SEG")
    ds.ContentDate, ds.ContentTime = _date(origin.made), _time(origin.made)
    fill_segmentation(ds, roi, origin.images)
    return _bytes(ds)


DICOM_WRITERS: dict[RegionFormat, Callable[[Roi, Origin], bytes]] = {
    RegionFormat.SEG: as_segmentation,
    RegionFormat.RTSTRUCT: as_rtstruct,
}


def _new(roi: Roi, origin: Origin, sop_class: str, modality: str) -> Dataset:
    """A dataset with the patient left empty, study, series and equipment filled in."""
    images = origin.images
    if len(images.instances) != roi.grid.shape_zyx[0]:
        raise GeometryError(
            f"The region has {roi.grid.shape_zyx[0]} slices, its images {len(images.instances)}; "
            "both must be of one series. Put the region on the grid of that series."
        )
    digest = digest_of(roi.mask_zyx, roi.grid, "mask")
    parts = (digest, roi.name, roi.method, images.series_uid, origin.made.isoformat(), sop_class)
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, _uid(*parts, "instance")
    ds.InstanceCreationDate, ds.InstanceCreationTime = _date(origin.made), _time(origin.made)
    ds.PatientName, ds.PatientID = "", origin.patient_id
    ds.PatientBirthDate = ds.PatientSex = ""
    ds.StudyInstanceUID = images.study_uid
    ds.StudyDate = ds.StudyTime = ds.StudyID = ds.AccessionNumber = ""
    ds.ReferringPhysicianName = ""
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber = modality, "1", "1"
    ds.SeriesInstanceUID = _uid(*parts, "series")
    ds.SeriesDescription = "Region of interest, research use only"
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = images.frame_of_reference, ""
    ds.Manufacturer, ds.ManufacturerModelName = "nsclc-dss", "nsclc-dss"
    ds.DeviceSerialNumber, ds.SoftwareVersions = __version__, __version__
    return ds


def _bytes(ds: Dataset) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION)
    ds.file_meta = meta
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _uid(*parts: str) -> UID:
    digest = hashlib.sha256("/".join(parts).encode()).hexdigest()
    return UID(f"2.25.{int(digest[:31], 16)}")


def _date(moment: datetime) -> str:
    return moment.strftime("%Y%m%d")


def _time(moment: datetime) -> str:
    return moment.strftime("%H%M%S.%f")
