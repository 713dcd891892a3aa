"""Region files of any kind: structure set, segmentation or mask.

A region is drawn on some image; `on_image` puts it on the grid of another in the same space.
"""

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
