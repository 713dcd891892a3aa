"""Region files of any kind: structure set, segmentation or mask, and selection by name.

A region is drawn on some image; `on_image` puts it on the grid of another in the same space.
"""

import re
from collections.abc import Sequence

from dss_core.errors import InputError
from dss_core.geometry import Grid
from dss_core.reading.inventory import SEGMENTATION_CLASSES, read_sop_class
from dss_core.reading.sources import Source
from dss_core.reading.volume_files import look_at_volume_file
from dss_core.records import CaseWarning, Roi
from dss_core.regions.contours import Contours, read_contours
from dss_core.regions.label_masks import LabelMask, on_grid, read_label_masks
from dss_core.regions.masks import rasterise
from dss_core.regions.segment_frames import SegmentMask, segment_on_grid
from dss_core.regions.segmentation import read_segmentation

RegionSource = Contours | LabelMask | SegmentMask
_TUMOUR_NAMES = (r"^gtv", r"gtv", r"tumou?r|lesion|mass|nodule", r"^[ic]tv|ptv")


def read_region_file(source: Source) -> tuple[RegionSource, ...]:
    """The regions of one file: RTSTRUCT, DICOM SEG, or a NIfTI, NRRD or MHA mask.

    Raises
    ------
    InputError, GeometryError
        If it is none of these or cannot be read.
    """
    volume = look_at_volume_file(source)
    if volume is not None:
        return read_label_masks(volume)
    if read_sop_class(source) in SEGMENTATION_CLASSES:
        return read_segmentation(source)
    return read_contours(source)


def on_image(region: RegionSource, grid: Grid) -> tuple[Roi, tuple[CaseWarning, ...]]:
    """The region as a mask on the grid of an image in the same space.

    Raises
    ------
    GeometryError
        Other frame of reference, or no voxel inside.
    """
    if isinstance(region, Contours):
        return rasterise(region, grid)
    if isinstance(region, SegmentMask):
        return segment_on_grid(region, grid)
    return on_grid(region, grid)


def choose_region(
    regions: Sequence[RegionSource], name: str | None
) -> tuple[RegionSource, tuple[CaseWarning, ...]]:
    """The region of the given name, or the one whose name is most like a tumour's.

    Raises
    ------
    InputError
        If no region has that name, or the chosen region has no closed contour.
    """
    warnings: tuple[CaseWarning, ...] = ()
    names = ", ".join(repr(r.name) for r in regions)
    if name is not None:
        named = [r for r in regions if r.name == name]
        if not named:
            raise InputError(f"There is no region named {name!r}; the file has {names}.")
        chosen = named[0]
    else:
        chosen = min(regions, key=lambda r: (r.is_empty, _rank(r.name)))
        message = (
            f"{len(regions)} regions found ({names}); {chosen.name!r} was selected by its name. "
            "Check that it is the tumour."
        )
        warnings = (CaseWarning("several_regions", message),) if len(regions) > 1 else ()
    if chosen.is_empty:
        raise InputError(
            f"The region {chosen.name!r} is empty: it has no closed planar contour or voxel. "
            "Draw the tumour and export it again."
        )
    return chosen, warnings


def _rank(name: str) -> int:
    for rank, pattern in enumerate(_TUMOUR_NAMES):
        if re.search(pattern, name, re.IGNORECASE):
            return rank
    return len(_TUMOUR_NAMES)
