"""Region choice: by name or number as the user says, else the only one named like a tumour.

A name is no identity: a file may give one name to several regions. Whatever fits several regions
is refused with the list of what tells them apart, never decided by their order.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Grid
from dss_core.records import CaseWarning
from dss_core.regions.contour_planes import Plane, plane_distance, planes_of
from dss_core.regions.contours import Contours
from dss_core.regions.masks import rasterise
from dss_core.regions.referenced_images import Drawn
from dss_core.regions.region_files import RegionSource
from dss_core.regions.region_names import names_an_organ, speaks_of_tumour

_LISTED_PIXELS = 256
_LISTED_PLANES = 1000


def choose_region(
    regions: Sequence[RegionSource], name: str | None, number: int | None = None
) -> tuple[RegionSource, tuple[CaseWarning, ...]]:
    """The region of this name and number, or the only one whose name speaks of a tumour.

    Regions without any content are no candidates. Without a name or number a region drawn on the
    CT goes before those drawn on the PET. A single region needs no name like a tumour's, but must
    not have that of an organ.

    Parameters
    ----------
    regions : sequence of Contours or LabelMask
        Not empty.
    name : str, optional
    number : int, optional
        ROINumber, SegmentNumber or label.

    Raises
    ------
    InputError
        If none fits, several fit, or what fits is empty.
    """
    if name is None and number is None:
        return _by_default(regions)
    asked = " and ".join(
        [f"named {name!r}"] * (name is not None) + [f"of number {number}"] * (number is not None)
    )
    fitting = [r for r in regions if name in (None, r.name) and number in (None, r.number)]
    if not fitting:
        raise InputError(f"There is no region {asked}; the file has {_names(regions)}.")
    drawn = [r for r in fitting if not r.is_empty]
    if len(drawn) > 1:
        _ask(f"{len(drawn)} regions are {asked}", drawn)
    return _not_empty(drawn or fitting), ()


def listing(regions: Sequence[RegionSource]) -> str:
    """Regions with what tells them apart."""
    return "; ".join(f"{r.name!r} ({_marks(r)})" for r in regions)


def labels(regions: Sequence[RegionSource]) -> tuple[str, ...]:
    """A text for each region that no other has: its name where that is enough."""
    names = Counter(r.name for r in regions)
    found = [r.name if names[r.name] == 1 else f"{r.name} ({_marks(r)})" for r in regions]
    counts = Counter(found)
    return tuple(
        text if counts[text] == 1 else f"{place}: {text}" for place, text in enumerate(found, 1)
    )


def _by_default(
    regions: Sequence[RegionSource],
) -> tuple[RegionSource, tuple[CaseWarning, ...]]:
    drawn = [r for r in regions if not r.is_empty]
    if not drawn:
        return _not_empty(regions), ()
    tumours = [r for r in drawn if speaks_of_tumour(r.name)]
    if any(r.drawn is Drawn.CT for r in tumours):
        tumours = [r for r in tumours if r.drawn is not Drawn.PET]
    if len(regions) == 1 and not names_an_organ(regions[0].name):
        tumours = drawn
    if not tumours:
        _ask("No region is named like a tumour", drawn)
    if len(tumours) > 1:
        _ask(f"{len(tumours)} regions are named like a tumour", tumours)
    message = (
        f"{len(regions)} regions found ({_names(regions)}); {tumours[0].name!r} was selected by "
        "its name. Check that it is the tumour."
    )
    several = (CaseWarning("several_regions", message),) if len(regions) > 1 else ()
    return tumours[0], several


def _ask(found: str, regions: Sequence[RegionSource]) -> NoReturn:
    raise InputError(
        f"It is not clear which region is the tumour. {found}: {listing(regions)}. Choose one by "
        "--roi-name or --roi-number, or give its file alone."
    )


def _not_empty(regions: Sequence[RegionSource]) -> RegionSource:
    region = regions[0]
    if region.is_empty:
        why = "".join(f" {warning.message}" for warning in region.warnings)
        raise InputError(
            f"The region {region.name!r} is empty: it has no closed planar contour or voxel.{why} "
            "Draw the tumour and export it again."
        )
    return region


def _names(regions: Sequence[RegionSource]) -> str:
    return ", ".join(repr(r.name) for r in regions)


def _marks(region: RegionSource) -> str:
    """Number, volume and extent, as far as they are known."""
    marks = [f"number {region.number}"]
    volume_ml = _volume_ml(region)
    if volume_ml is not None:
        marks.append(f"{volume_ml:.1f} mL")
    if region.z_range_mm is not None:
        low, high = region.z_range_mm
        marks.append(f"z {low:.0f} to {high:.0f} mm".replace("-", "\N{MINUS SIGN}"))
    return ", ".join(marks if not region.is_empty else [*marks, "empty"])


def _volume_ml(region: RegionSource) -> float | None:
    """Volume on the region's own grid; of contours None where their planes do not give one."""
    if not isinstance(region, Contours):
        return region.volume_ml
    if region.fault or not region.polygons:
        return None
    grid = _own_grid(region)
    try:
        return None if grid is None else rasterise(region, grid)[0].volume_ml
    except GeometryError:
        return None


def _own_grid(region: Contours) -> Grid | None:
    """A grid around contours across z, with their plane distance for slices."""
    planes: tuple[Plane, ...] = planes_of(region.polygons)
    points = np.concatenate(region.polygons)
    low, high = points.min(axis=0), points.max(axis=0)
    step_mm = plane_distance(planes)
    if len(planes) < 2 or (high[2] - low[2]) / step_mm > _LISTED_PLANES:
        return None
    pixel_mm = max(0.5, float((high - low)[:2].max()) / _LISTED_PIXELS)
    columns, rows = (int(n) + 2 for n in (high - low)[:2] / pixel_mm)
    return Grid(
        shape_zyx=(int(np.rint((high[2] - low[2]) / step_mm)) + 1, rows, columns),
        spacing_mm=(pixel_mm, pixel_mm, step_mm),
        origin_mm=(float(low[0]), float(low[1]), planes[0].height),
        frame_of_reference=region.frame_of_reference,
    )
