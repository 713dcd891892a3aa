"""Masks from label volumes: the labels of a NIfTI, NRRD or MHA file.

The file must be in the same world space as the images; it names no frame of reference, so only
its extent can be checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Grid, touched
from dss_core.reading.room import check_room, hold
from dss_core.reading.volume_files import VolumeFile, read_volume_file, scaled
from dss_core.reading.volume_headers import VolumeHeader
from dss_core.records import CaseWarning, Roi
from dss_core.regions.referenced_images import Drawn
from dss_core.spatial.resampling import resample_mask

MAX_LABELS = 500


@dataclass(frozen=True)
class LabelMask:
    """One region of a mask file or segmentation, on the grid it was drawn on.

    Attributes
    ----------
    number : int
        Its label or SegmentNumber: unique in its file, as names need not be.
    drawn : Drawn
        Kind of image that the file refers to.
    """

    name: str
    roi: Roi = field(repr=False)
    warnings: tuple[CaseWarning, ...] = ()
    number: int = 1
    drawn: Drawn = Drawn.UNKNOWN

    @property
    def frame_of_reference(self) -> str:
        """Frame of reference of its grid; empty if the file names none."""
        return self.roi.grid.frame_of_reference

    @property
    def is_empty(self) -> bool:
        """True when no voxel is inside."""
        return not self.roi.mask_zyx.any()

    @property
    def content(self) -> str:
        """What there is of it, for the chooser."""
        return f"{int(self.roi.mask_zyx.sum())} voxels"

    @property
    def volume_ml(self) -> float | None:
        """Volume on the grid it was drawn on."""
        return self.roi.volume_ml

    @property
    def z_range_mm(self) -> tuple[float, float] | None:
        """Lowest and highest z of its voxel centres; None when it has none."""
        if self.is_empty:
            return None
        bounds = self.roi.grid.part(touched(self.roi.mask_zyx)).bounds_mm()
        return float(bounds[0, 2]), float(bounds[1, 2])


def read_label_masks(file: VolumeFile) -> tuple[LabelMask, ...]:
    """Every label of a mask file, named as the file names it, else "label N".

    Raises
    ------
    InputError, GeometryError
        If the file cannot be read or is an image rather than a mask.
    """
    stored, grid, header = read_volume_file(file)
    labels = _labels(stored, header)
    names = dict(header.names)
    places = [k for k, label in enumerate(labels) if label]
    if not places:
        raise InputError(
            f"The {header.kind} file given as region is 0 everywhere; draw the tumour and save it."
        )
    check_room(len(places) * stored.size)
    indices = np.empty(stored.shape, dtype=np.uint16)
    for plane, values in zip(indices, _planes(stored, header), strict=True):
        plane[:] = np.searchsorted(labels, values)
    del stored
    found = []
    for k in places:
        name = names.get(int(labels[k]), f"label {int(labels[k])}")
        mask = indices == k
        roi = Roi(name, hold(mask, mask.nbytes), grid)
        found.append(LabelMask(name, roi, header.warnings, number=int(labels[k])))
    return tuple(found)


def _planes(stored: NDArray[np.generic], header: VolumeHeader) -> Iterator[NDArray[np.generic]]:
    """The values slice by slice: whole numbers as stored, others with slope and intercept."""
    return iter(stored) if stored.dtype.kind in "iu" else (scaled(p, header) for p in stored)


def _labels(stored: NDArray[np.generic], header: VolumeHeader) -> NDArray[np.generic]:
    """The different values of a mask in ascending order.

    Raises
    ------
    InputError
        They are those of an image.
    """
    labels = np.unique(np.concatenate([np.unique(p) for p in _planes(stored, header)]))
    if labels.size > MAX_LABELS + 1 or (labels != np.rint(labels)).any():
        raise InputError(
            f"The {header.kind} file given as region contains {labels.size} different values from "
            f"{labels[0]:g} to {labels[-1]:g}; a mask of at most {MAX_LABELS} whole-number labels "
            "was expected. Choose the mask file."
        )
    return labels


def check_same_frame(name: str, theirs: str, ours: str) -> None:
    """Refuse a region of another frame of reference than the image; either may state none.

    Raises
    ------
    GeometryError
    """
    if theirs and ours and theirs != ours:
        raise GeometryError(
            f"The region {name!r} is drawn in another frame of reference "
            f"(FrameOfReferenceUID (0020,0052) ...{theirs[-12:]}) than the image, ...{ours[-12:]}. "
            "Use a region drawn on this study, or register the images first."
        )


def on_grid(mask: LabelMask, grid: Grid) -> tuple[Roi, tuple[CaseWarning, ...]]:
    """The region on an image's grid: each voxel takes the nearest mask voxel's membership.

    Raises
    ------
    GeometryError
        Other frame of reference, or no voxel inside.
    """
    check_same_frame(mask.name, mask.frame_of_reference, grid.frame_of_reference)
    roi = resample_mask(mask.roi, grid)
    if not roi.mask_zyx.any():
        low, high = mask.roi.grid.bounds_mm()
        first, last = grid.bounds_mm()
        raise GeometryError(
            f"The region {mask.name!r} does not meet the image: the mask spans z "
            f"{low[2]:.0f}..{high[2]:.0f} mm, the image {first[2]:.0f}..{last[2]:.0f} mm. Use a "
            "region drawn on this study, larger than a voxel."
        )
    warnings = mask.warnings
    if roi.volume_ml < 0.9 * mask.roi.volume_ml and grid.voxel_ml <= mask.roi.grid.voxel_ml:
        message = (
            f"The region {mask.name!r} extends beyond the image and was cut there. Check that the "
            "tumour is complete."
        )
        warnings = (*warnings, CaseWarning("region_leaves_image", message))
    return roi, warnings
