"""Neighbourhood of the tumour: the part of the images that is resampled."""

import numpy as np

from dss_core.geometry import Grid, touched
from dss_core.records import CaseWarning, Roi


def neighbourhood(roi: Roi, spacing_mm: float, margin_mm: float, reach_mm: float = 0.0) -> Grid:
    """Isotropic grid along the patient axes that holds every slice's square of the region.

    Parameters
    ----------
    roi : Roi
    spacing_mm : float
    margin_mm : float
        Growth of the square on each side.
    reach_mm : float
        How far the region may be grown or moved and still have its squares on the grid.
    """
    held = touched(roi.mask_zyx)[::-1]
    low, high = [s.start - 0.5 for s in held], [s.stop - 0.5 for s in held]
    corners = [
        (i, j, k) for i in (low[0], high[0]) for j in (low[1], high[1]) for k in (low[2], high[2])
    ]
    world = roi.grid.to_world(np.array(corners))
    least, most = world.min(axis=0) - reach_mm, world.max(axis=0) + reach_mm
    grow = margin_mm + 0.5 * float((most - least)[:2].max()) + 2.0 * spacing_mm
    least[:2] -= grow
    most[:2] += grow
    first = np.ceil(least / spacing_mm).astype(np.int64)
    last = np.floor(most / spacing_mm).astype(np.int64)
    nx, ny, nz = (last - first + 1).tolist()
    origin = (first * spacing_mm).tolist()
    return Grid(
        shape_zyx=(nz, ny, nx),
        spacing_mm=(spacing_mm, spacing_mm, spacing_mm),
        origin_mm=(origin[0], origin[1], origin[2]),
        frame_of_reference=roi.grid.frame_of_reference,
    )


def warnings_at_border(target: Grid, ct: Grid, pet: Grid) -> tuple[CaseWarning, ...]:
    """A warning when the neighbourhood reaches beyond an image and is filled with "no signal"."""
    low, high = target.bounds_mm()
    names = []
    for name, image in (("CT", ct), ("PET", pet)):
        first, last = image.bounds_mm()
        slack = max(image.spacing_mm) / 2.0
        if ((low < first - slack) | (high > last + slack)).any():
            names.append(name)
    if not names:
        return ()
    message = (
        f"The network field extends beyond the {' and the '.join(names)} and was padded: the score "
        "may be affected."
    )
    return (CaseWarning("neighbourhood_leaves_image", message),)
