"""RTSTRUCT contours: closed planar polygons in patient millimetres.

References
----------
DICOM PS3.3 C.8.8.5 (structure set), C.8.8.6 (ROI contour).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.inventory import RTSTRUCT_CLASS, read_dataset
from dss_core.reading.privacy import Identity
from dss_core.reading.sources import Source
from dss_core.reading.tags import DAMAGED, items, number, text, value_of, values, whole
from dss_core.records import AlgorithmType, CaseWarning
from dss_core.regions.referenced_images import Drawn, drawn_on
from dss_core.regions.region_algorithm import stated_algorithm

_CLOSED, _CLOSED_XOR = "CLOSEDPLANAR", "CLOSEDPLANARXOR"
_ASCII_ONLY = {"", "ISO_IR 6", "ISO 2022 IR 6"}
_REPLACED = "\ufffd"


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
    number : int
        ROINumber: unique in its file, as names need not be.
    drawn : Drawn
        Kind of image that the structure set refers to.
    warnings : tuple of CaseWarning
        What was left out of it, and of its name.
    fault : str
        Why its points cannot be used; empty when they can.
    algorithm : AlgorithmType, optional
        How it was made, where the file says so.
    """

    name: str
    frame_of_reference: str
    polygons: tuple[NDArray[np.float64], ...]
    exclusive_or: bool
    number: int = 1
    drawn: Drawn = Drawn.UNKNOWN
    warnings: tuple[CaseWarning, ...] = ()
    fault: str = ""
    algorithm: AlgorithmType | None = None

    @property
    def is_empty(self) -> bool:
        """True when there is no closed contour."""
        return not self.polygons and not self.fault

    @property
    def content(self) -> str:
        """What there is of it, for the chooser."""
        return f"{len(self.polygons)} contours"

    @property
    def z_range_mm(self) -> tuple[float, float] | None:
        """Lowest and highest z of its contours; None when it has none."""
        if not self.polygons:
            return None
        heights = np.concatenate([p[:, 2] for p in self.polygons])
        return float(heights.min()), float(heights.max())


def read_contours(source: Source) -> tuple[Contours, ...]:
    """Every region of an RTSTRUCT file, those without closed contours included.

    Raises
    ------
    InputError
        If the file is not a structure set, holds no region, or it is not clear which contours
        belong to which.
    """
    dataset = read_dataset(source)
    if text(dataset, "SOPClassUID") != RTSTRUCT_CLASS:
        kind = text(dataset, "Modality") or "unknown"
        raise InputError(
            f"The region file is DICOM of modality {kind}; an RTSTRUCT was expected. Choose the "
            "structure set."
        )
    regions = items(dataset, "StructureSetROISequence")
    if not regions:
        raise InputError(
            "The RTSTRUCT contains no region (StructureSetROISequence (3006,0020) is empty). "
            "Draw the tumour and export it again."
        )
    content = items(dataset, "ROIContourSequence")
    _check_once("ROINumber", "(3006,0022)", regions)
    _check_once("ReferencedROINumber", "(3006,0084)", content)
    points = {whole(item, "ReferencedROINumber"): item for item in content}
    regions += _nameless(points.keys() - {whole(item, "ROINumber") for item in regions})
    identity, drawn = Identity.of(dataset), drawn_on(dataset)
    return tuple(
        _contours(dataset, item, points.get(whole(item, "ROINumber"), Dataset()), identity, drawn)
        for item in regions
    )


def _check_once(keyword: str, tag: str, regions: Sequence[Dataset]) -> None:
    """Refuse a number that is missing or used twice: it alone says whose contours are whose."""
    counts = Counter(number(item, keyword) for item in regions)
    if None in counts:
        raise InputError(
            f"{counts[None]} region(s) of the RTSTRUCT have no region number ({keyword} {tag}), "
            "which tells whose contours are whose. Export it again."
        )
    several = [f"{found:g}" for found, n in counts.items() if found is not None and n > 1]
    if several:
        raise InputError(
            f"The RTSTRUCT uses a region number more than once ({keyword} {tag}: "
            f"{', '.join(several)}), so it is not clear which contours belong to which region. "
            "Export it again with one number each."
        )


def _nameless(numbers: set[int]) -> list[Dataset]:
    """Regions that have contours and no name: shown by their number rather than dropped."""
    found = []
    for own_number in sorted(numbers):
        item = Dataset()
        item.ROINumber = own_number
        found.append(item)
    return found


def _contours(
    dataset: Dataset, item: Dataset, content: Dataset, identity: Identity, drawn: Drawn
) -> Contours:
    own_number = whole(item, "ROINumber")
    name = identity.removed_from(text(item, "ROIName")) or f"ROI {own_number}"
    polygons, kinds, left_out, fault, differing = [], set(), Counter[str](), "", 0
    for place, contour in enumerate(items(content, "ContourSequence"), start=1):
        kind = text(contour, "ContourGeometricType").upper()
        data = _bytes(contour, "ContourData").strip(b"\0 ")
        if kind.replace("_", "") not in (_CLOSED, _CLOSED_XOR):
            left_out[f"of type {kind}" if kind else "without a type"] += 1
        elif not data:
            left_out["without points"] += 1
        elif (points := _points(data)) is None:
            fault = fault or (
                f"contour {place} has malformed ContourData (3006,0050); triples of numbers were "
                "expected"
            )
        elif len(points) < 3:
            left_out["of fewer than three points"] += 1
        else:
            polygons.append(points)
            differing += whole(contour, "NumberOfContourPoints") not in (0, len(points))
            kinds.add(kind.replace("_", ""))
    return Contours(
        name=name,
        frame_of_reference=text(item, "ReferencedFrameOfReferenceUID"),
        polygons=tuple(polygons),
        exclusive_or=_CLOSED_XOR in kinds,
        number=own_number,
        drawn=drawn,
        warnings=(
            *_left_out(name, left_out, len(polygons)),
            *_differing(name, differing, len(polygons)),
            *_unreadable(dataset, item, name),
        ),
        fault=fault,
        algorithm=stated_algorithm(text(item, "ROIGenerationAlgorithm")),
    )


def _left_out(name: str, left_out: Counter[str], used: int) -> tuple[CaseWarning, ...]:
    if not left_out:
        return ()
    message = (
        f"{left_out.total()} of {left_out.total() + used} contours of {name!r} were left out: "
        f"{', '.join(f'{n} {why}' for why, n in left_out.items())}. Closed planar contours were "
        "expected. Check the region."
    )
    return (CaseWarning("contours_left_out", message),)


def _differing(name: str, differing: int, used: int) -> tuple[CaseWarning, ...]:
    if not differing:
        return ()
    message = (
        f"{differing} of {used} contours of {name!r} have another number of points than they state "
        "(NumberOfContourPoints (3006,0046)), so points may be missing. Check the outline."
    )
    return (CaseWarning("contour_points_differ", message),)


def _unreadable(dataset: Dataset, item: Dataset, name: str) -> tuple[CaseWarning, ...]:
    """A warning when the name does not fit the character set that the file declares."""
    shown = str(value_of(item, "ROIName") or "")
    declared = set(values(dataset, "SpecificCharacterSet")) or {""}
    if _REPLACED not in shown and (shown.isascii() or declared - _ASCII_ONLY):
        return ()
    message = (
        f"The name {name!r} has characters outside SpecificCharacterSet (0008,0005) "
        f"{text(dataset, 'SpecificCharacterSet') or 'ISO_IR 6'!r} of its file, so it may not read "
        "as it was written. Check by number and outline that it is the tumour."
    )
    return (CaseWarning("unreadable_name", message),)


def _points(data: bytes) -> NDArray[np.float64] | None:
    """ContourData as points (n, 3), None if it is not triples of finite numbers.

    Taken from the bytes of the file: pydicom makes an object of every number, which for a large
    tumour takes longer than all else.
    """
    try:
        points = np.array(data.split(b"\\")).astype(np.float64).reshape(-1, 3)
    except DAMAGED:
        return None
    return points if np.isfinite(points).all() else None


def _bytes(item: Dataset, keyword: str) -> bytes:
    """The value of a text element as it stands in the file, b"" when it is absent."""
    element = item.get_item(keyword)
    if element is None or element.value is None:
        return b""
    if isinstance(element.value, bytes):
        return element.value
    several = isinstance(element.value, Sequence) and not isinstance(element.value, str)
    return "\\".join(str(v) for v in (element.value if several else [element.value])).encode()
