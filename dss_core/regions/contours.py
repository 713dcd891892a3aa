"""RTSTRUCT contours: closed planar polygons in patient millimetres.

References
----------
DICOM PS3.3 C.8.8.5 (structure set), C.8.8.6 (ROI contour).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.inventory import RTSTRUCT_CLASS, read_dataset
from dss_core.reading.privacy import without_identity
from dss_core.reading.sources import Source
from dss_core.reading.tags import DAMAGED, items, text


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

    @property
    def is_empty(self) -> bool:
        """True when there is no closed contour."""
        return not self.polygons

    @property
    def content(self) -> str:
        """What there is of it, for the chooser."""
        return f"{len(self.polygons)} contours"


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
        text(item, "ReferencedROINumber"): item for item in items(dataset, "ROIContourSequence")
    }
    regions = tuple(
        _contours(dataset, item, points.get(text(item, "ROINumber"), Dataset()))
        for item in items(dataset, "StructureSetROISequence")
    )
    if not regions:
        raise InputError(
            "The RTSTRUCT contains no region (StructureSetROISequence (3006,0020) is empty). "
            "Draw the tumour and export it again."
        )
    return regions


def _contours(dataset: Dataset, item: Dataset, content: Dataset) -> Contours:
    polygons, kinds = [], set()
    for contour in items(content, "ContourSequence"):
        kind = text(contour, "ContourGeometricType").upper().replace("_", "")
        points = _points(contour)
        if kind.startswith("CLOSEDPLANAR") and points.size >= 9 and points.size % 3 == 0:
            polygons.append(points.reshape(-1, 3))
            kinds.add(kind)
    return Contours(
        name=without_identity(text(item, "ROIName"), dataset) or f"ROI {text(item, 'ROINumber')}",
        frame_of_reference=text(item, "ReferencedFrameOfReferenceUID"),
        polygons=tuple(polygons),
        exclusive_or="CLOSEDPLANARXOR" in kinds,
    )


def _points(contour: Dataset) -> NDArray[np.float64]:
    """ContourData as numbers, empty if any is not one.

    Taken from the bytes of the file: pydicom makes an object of every number, which for a large
    tumour takes longer than all else.
    """
    try:
        points = np.array(_bytes(contour, "ContourData").split(b"\\")).astype(np.float64)
    except DAMAGED:
        return np.empty(0)
    return points if np.isfinite(points).all() else np.empty(0)


def _bytes(item: Dataset, keyword: str) -> bytes:
    """The value of a text element as it stands in the file, b"" when it is absent."""
    element = item.get_item(keyword)
    if element is None or element.value is None:
        return b""
    if isinstance(element.value, bytes):
        return element.value
    several = isinstance(element.value, Sequence) and not isinstance(element.value, str)
    return "\\".join(str(v) for v in (element.value if several else [element.value])).encode()
