"""PET maximum intensity projection that shows where the key slice and the tumour lie."""

import numpy as np

from dss_core.geometry import Grid
from dss_core.pictures.image_rendering import SUV_TOP, grey
from dss_core.pictures.panel import Panel
from dss_core.records import Roi
from dss_core.spatial.alignment import AlignedImages
from dss_core.spatial.resampling import resample_mask, resample_volume

MIP_PX = 256
DEPTH_MM = 4.0
LINE = np.array((196, 30, 30), dtype=np.uint8)
_DASH_PX = 6


def pet_mip(images: AlignedImages, roi: Roi, z_mm: float, suv_top: float = SUV_TOP) -> Panel:
    """Coronal projection of the whole PET on a square, seen from the front.

    Parameters
    ----------
    z_mm : float
        World z of the key slice, drawn as a dashed line.
    suv_top : float
        SUVbw (g/mL) at black.
    """
    low, high = images.pet.grid.bounds_mm()
    pixel = float(max(high[0] - low[0], high[2] - low[2])) / (MIP_PX - 1)
    depth = int(np.ceil((high[1] - low[1]) / DEPTH_MM)) + 1
    x, z = ((low + high)[[0, 2]] / 2.0 - pixel * (MIP_PX - 1) / 2.0).tolist()
    grid = Grid(
        (MIP_PX, depth, MIP_PX),
        (pixel, DEPTH_MM, pixel),
        (x, float(low[1]), z),
        frame_of_reference=images.pet.grid.frame_of_reference,
    )
    highest = resample_volume(images.pet, grid, 0.0).max(axis=1)[::-1]
    inside = np.asarray(resample_mask(roi, grid).mask_zyx.any(axis=1))[::-1]
    scale = grey(0.0, suv_top, "SUV", inverse=True)
    rgb = scale.paint(highest)
    row = MIP_PX - 1 - round((z_mm - z) / pixel)
    if 0 <= row < MIP_PX:
        columns = np.arange(MIP_PX)
        rgb[row, columns[columns // _DASH_PX % 2 == 0]] = LINE
    return Panel(rgb, inside, pixel, "PET MIP", "SUVbw", scale, letters="RLSI")
