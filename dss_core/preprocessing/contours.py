"""RTSTRUCT regions: closed planar contours in patient millimetres, and their choice by name.

References
----------
DICOM PS3.3 C.8.8.5 (structure set), C.8.8.6 (ROI contour).
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.preprocessing.dicom import RTSTRUCT_CLASS, read_dataset, text
from dss_core.preprocessing.sources import Source
from dss_core.records import Caution

_TUMOUR_NAMES = (r"^gtv", r"gtv", r"tumou?r|lesion|mass|nodule", r"^[ic]tv|ptv")


@dataclass(frozen=True)
class Contours:
    """One region of a structure set.

    Attributes
    ----------
    name : str
        ROIName.
    frame_of_reference : str
        Frame of reference the points are in; empty if not stated.
    polygons : tuple of float64 arrays (n, 3)
        Vertices (x, y, z) mm of each closed planar contour.
    exclusive_or : bool
        True when the contours are CLOSEDPLANAR_XOR.
    """

    name: str
    frame_of_reference: str
    polygons: tuple[NDArray[np.float64], ...]
    exclusive_or: bool


def read_contours(source: Source) -> tuple[Contours, ...]:
    """Every region of an RTSTRUCT file, those without closed contours included.

    Raises
    ------
    InputError
        If the file is not a structure set or holds no region.
    """
    dataset = read_dataset(source)
    if text(dataset, "SOPClassUID") != RTSTRUCT_CLASS:
        kind = text(dataset, "Modality") or "unknown"
        raise InputError(
            f"The region file is DICOM of modality {kind}; an RTSTRUCT was expected. Choose the "
            "structure set."
        )
    points = {
        str(item.get("ReferencedROINumber")): item
        for item in dataset.get("ROIContourSequence") or ()
    }
    regions = tuple(
        _contours(item, points.get(str(item.get("ROINumber"))))
        for item in dataset.get("StructureSetROISequence") or ()
    )
    if not regions:
        raise InputError(
            "The RTSTRUCT holds no region (StructureSetROISequence (3006,0020) is empty). "
            "Draw the tumour and export it again."
        )
    return regions


def choose_contours(
    regions: tuple[Contours, ...], name: str | None
) -> tuple[Contours, tuple[Caution, ...]]:
    """The region of the given name, or the one whose name is most like a tumour's.

    Raises
    ------
    InputError
        If no region has that name, or the chosen region has no closed contour.
    """
    cautions: tuple[Caution, ...] = ()
    names = ", ".join(repr(r.name) for r in regions)
    if name is not None:
        named = [r for r in regions if r.name == name]
        if not named:
            raise InputError(f"There is no region named {name!r}; the file has {names}.")
        chosen = named[0]
    else:
        chosen = min(regions, key=lambda r: (not r.polygons, _rank(r.name)))
        message = f"{len(regions)} regions: {names}; {chosen.name!r} was chosen."
        cautions = (Caution("several_regions", message),) if len(regions) > 1 else ()
    if not chosen.polygons:
        raise InputError(
            f"The region {chosen.name!r} has no closed planar contour; draw the tumour as closed "
            "contours and export it again."
        )
    return chosen, cautions


def _contours(item: Dataset, content: Dataset | None) -> Contours:
    polygons, kinds = [], set()
    for contour in (content.get("ContourSequence") if content is not None else None) or ():
        kind = text(contour, "ContourGeometricType").upper().replace("_", "")
        points = np.array([float(v) for v in contour.get("ContourData") or ()])
        if kind.startswith("CLOSEDPLANAR") and points.size >= 9 and points.size % 3 == 0:
            polygons.append(points.reshape(-1, 3))
            kinds.add(kind)
    return Contours(
        name=text(item, "ROIName") or f"ROI {item.get('ROINumber')}",
        frame_of_reference=text(item, "ReferencedFrameOfReferenceUID"),
        polygons=tuple(polygons),
        exclusive_or="CLOSEDPLANARXOR" in kinds,
    )


def _rank(name: str) -> int:
    for rank, pattern in enumerate(_TUMOUR_NAMES):
        if re.search(pattern, name, re.IGNORECASE):
            return rank
    return len(_TUMOUR_NAMES)
