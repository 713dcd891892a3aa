"""A voxel centre on the border of two mask voxels is told apart alike from every grid."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dss_core.geometry import Grid
from dss_core.records import Roi
from dss_core.spatial.resampling import resample_mask

SPACING = (0.8, 0.8, 2.5)


@given(
    origin=st.tuples(*[st.integers(-2000, 2000).map(lambda n: n / 10) for _ in range(3)]),
    reach=st.integers(1, 7),
)
def test_a_larger_grid_holds_the_same_region(
    origin: tuple[float, float, float], reach: int
) -> None:
    """Spacings and origins in tenths of a millimetre put many 1 mm centres on voxel borders."""
    mask = np.zeros((24, 60, 60), dtype=np.bool_)
    mask[10:14, 25:36, 24:37] = True
    roi = Roi("GTV", mask, Grid(mask.shape, SPACING, origin))
    first = np.floor(np.asarray(origin)).astype(int) + np.array([18, 18, 22])
    target = Grid((14, 14, 14), (1.0, 1.0, 1.0), tuple(float(v) for v in first))
    wider = replace(
        target,
        shape_zyx=tuple(n + 2 * reach for n in target.shape_zyx),
        origin_mm=tuple(float(v - reach) for v in first),
    )
    inner = slice(reach, -reach)
    small = resample_mask(roi, target).mask_zyx
    assert small.any()
    assert (resample_mask(roi, wider).mask_zyx[inner, inner, inner] == small).all()
