"""Region export: NIfTI, DICOM Segmentation, RTSTRUCT.

Each is read back by our own intake to the same mask. DICOM objects refer to the images they lie
on (study, series, instances, frame of reference) and carry the patient and the study that are
handed over. Nothing is invented: what is unknown stays empty.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import nibabel
import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import RTStructureSetStorage

from dss_core.errors import GeometryError, InputError
from dss_core.reading.inventory import Series
from dss_core.reading.new_dicom_object import Making, ObjectKind, dicom_bytes, new_object
from dss_core.reading.patient_and_study import PatientAndStudy
from dss_core.reading.tags import tag_name, text
from dss_core.reading.volume import digest_of, stack_of
from dss_core.records import Roi
from dss_core.regions.outlines import outlines
from dss_core.regions.region_algorithm import algorithm_type
from dss_core.regions.segmentation_object import SEGMENTATION_CLASS, fill_segmentation
from dss_core.regions.structure_set import ImageReferences, Instance, Outline, fill_structure_set

DICOM_SUFFIX = ".dcm"
_DESCRIPTION = "Region of interest, research use only"
SEGMENTATION = ObjectKind(SEGMENTATION_CLASS, "SEG", 9301, _DESCRIPTION)
STRUCTURE_SET = ObjectKind(RTStructureSetStorage, "RTSTRUCT", 9302, _DESCRIPTION)
_NEEDED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")


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
        When; no part of the object's identifiers, which follow from its content.
    patient : PatientAndStudy
        Whose it is.
    """

    images: ImageReferences
    made: datetime
    patient: PatientAndStudy

    @property
    def making(self) -> Making:
        """The same without the images."""
        return Making(self.patient, self.made)


def references_of(series: Series) -> ImageReferences:
    """The images of a series in the order of its grid.

    Raises
    ------
    GeometryError
        If the series is not one regular stack.
    InputError
        If its files have no identifiers to refer to.
    """
    for keyword in _NEEDED:
        if not text(series.first, keyword):
            raise InputError(
                f"The images have no {tag_name(keyword)}, so no DICOM object can refer to them. "
                "Export them again, or take NIfTI."
            )
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
        If the region is empty or not on the grid of the images.
    """
    ds = _new(roi, origin, STRUCTURE_SET)
    ds.StructureSetLabel = "REGION"
    ds.StructureSetDate, ds.StructureSetTime = origin.making.date, origin.making.time
    ds.ApprovalStatus = "UNAPPROVED"
    found = []
    for k in np.flatnonzero(roi.mask_zyx.any(axis=(1, 2))):
        for polygon in outlines(roi.mask_zyx[k]):
            index = np.column_stack([polygon, np.full(len(polygon), float(k))])
            found.append(Outline(roi.grid.to_world(index), origin.images.instances[k]))
    algorithm = algorithm_type(roi) if roi.method or roi.algorithm else ""
    fill_structure_set(
        ds, roi.name, found, origin.images, algorithm=algorithm, description=roi.method
    )
    return dicom_bytes(ds)


def as_segmentation(roi: Roi, origin: Origin) -> bytes:
    """The region as a binary DICOM Segmentation: one frame per slice it touches.

    Raises
    ------
    GeometryError
        If the region is empty or not on the grid of the images.
    """
    ds = _new(roi, origin, SEGMENTATION)
    ds.ContentDate, ds.ContentTime = origin.making.date, origin.making.time
    fill_segmentation(ds, roi, origin.images)
    return dicom_bytes(ds)


DICOM_WRITERS: dict[RegionFormat, Callable[[Roi, Origin], bytes]] = {
    RegionFormat.SEG: as_segmentation,
    RegionFormat.RTSTRUCT: as_rtstruct,
}


def _new(roi: Roi, origin: Origin, kind: ObjectKind) -> Dataset:
    """A dataset without the region."""
    images = origin.images
    if len(images.instances) != roi.grid.shape_zyx[0]:
        raise GeometryError(
            f"The region has {roi.grid.shape_zyx[0]} slices, its images {len(images.instances)}; "
            "both must be of one series. Put the region on the grid of that series."
        )
    if not roi.mask_zyx.any():
        raise GeometryError(
            f"The region {roi.name!r} has no voxel; a DICOM region holds one or more. Draw it."
        )
    digest = digest_of(roi.mask_zyx, roi.grid, "mask")
    how = (roi.method, str(roi.threshold_suv), str(roi.algorithm))
    ds = new_object(kind, origin.making, digest, roi.name, *how, images.series_uid)
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = images.frame_of_reference, ""
    return ds
