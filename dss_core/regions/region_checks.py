"""Region checks before scoring: errors for what cannot be a tumour, warnings for the unusual.

The limits are ours and stated here: air is below -900 HU, aerated lung below -500 HU, an SUV of 1
is what an even spread of the tracer through the body would give.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, maximum_filter, minimum_filter

from dss_core.errors import InputError
from dss_core.records import CaseWarning, Roi, Volume
from dss_core.regions.delineation import LONGEST_MM
from dss_core.regions.measures import RegionMeasures
from dss_core.settings import CaseNumbers, TrainingRanges
from dss_core.spatial.resampling import resample_mask

AIR_HU, AERATED_HU, TISSUE_HU = -900.0, -500.0, -300.0
EVEN_SUV = 1.0
MOSTLY = 0.95
OUTSIDE_SHARE = 0.1
_PIXEL_MM, _OPENING_MM, _BODY_PART_MM2 = 2.0, 6.0, 2000.0


def check_region(
    roi: Roi, measures: RegionMeasures, ct: Volume, pet: Volume, ranges: TrainingRanges | None
) -> tuple[CaseWarning, ...]:
    """What the reader must know of a region before its score.

    Parameters
    ----------
    roi : Roi
    measures : RegionMeasures
        Of this region.
    ct : Volume
        HU.
    pet : Volume
        SUVbw.
    ranges : TrainingRanges or None
        What the weights were trained on; None if they do not say.

    Raises
    ------
    InputError
        A single voxel, nothing but air, or outside the body.
    """
    on_ct = resample_mask(roi, ct.grid).mask_zyx
    n_voxels = int(on_ct.sum())
    if n_voxels <= 1:
        raise InputError(
            f"The region {roi.name!r} is a single voxel or less on the CT, so there is nothing to "
            "score. Outline the whole tumour."
        )
    dense = float(np.percentile(ct.values_zyx[on_ct], 100.0 * MOSTLY))
    if dense < AIR_HU:
        raise InputError(
            f"The region {roi.name!r} contains only air (95% of it below {dense:.0f} HU). Outline "
            "the tumour on the CT."
        )
    outside = share_outside_body(on_ct, ct)
    if outside > MOSTLY:
        raise InputError(
            f"The region {roi.name!r} lies outside the body. Outline the tumour on the CT."
        )
    unusual = (
        (
            outside > OUTSIDE_SHARE,
            "region_leaves_body",
            f"{outside:.0%} of the region lies outside the body. Check the outline.",
        ),
        (
            dense < AERATED_HU,
            "region_aerated",
            f"Region is almost all aerated lung (95% below {dense:.0f} HU). Check the outline, "
            "unless pure ground-glass.",
        ),
        (
            measures.diameter_3d_mm > LONGEST_MM,
            "region_very_large",
            f"Region {measures.diameter_3d_mm:.0f} mm long (over {LONGEST_MM:.0f} mm). Check that "
            "it includes the tumour only.",
        ),
        (
            measures.suv_max < EVEN_SUV,
            "no_uptake",
            f"Low FDG uptake (SUVmax {measures.suv_max:.2f}, below {EVEN_SUV:g}). Check the "
            "outline and the PET.",
        ),
    )
    found = tuple(CaseWarning(code, message) for applies, code, message in unusual if applies)
    return found + _training(case_numbers(measures, ct, pet), ranges)


def case_numbers(measures: RegionMeasures, ct: Volume, pet: Volume) -> CaseNumbers:
    """What a case is compared with the training cases by, and what it is one of them by."""
    return CaseNumbers(
        diameter_mm=measures.diameter_3d_mm,
        suv_max=measures.suv_max,
        ct_slice_mm=ct.grid.spacing_mm[2],
        pet_slice_mm=pet.grid.spacing_mm[2],
    )


def share_outside_body(mask_zyx: NDArray[np.bool_], ct: Volume) -> float:
    """Share of a mask (on the CT's grid, not empty) that lies outside the body, 0 to 1.

    Slice by slice: the body is what air cannot reach from the border. Thin things such as the
    couch count as air; so does the border's own component unless it is lung cut by a small field
    of view.
    """
    outside = 0
    columns_mm, rows_mm, _ = ct.grid.spacing_mm
    step = (max(1, round(_PIXEL_MM / rows_mm)), max(1, round(_PIXEL_MM / columns_mm)))
    pixel_mm = (step[0] * rows_mm, step[1] * columns_mm)
    for k in np.flatnonzero(mask_zyx.any(axis=(1, 2))):
        rows, columns = np.nonzero(mask_zyx[k])
        air = _outer_air(ct.values_zyx[k, :: step[0], :: step[1]], pixel_mm)
        at = (
            np.minimum(np.rint(rows / step[0]).astype(np.int64), air.shape[0] - 1),
            np.minimum(np.rint(columns / step[1]).astype(np.int64), air.shape[1] - 1),
        )
        outside += int(air[at].sum())
    return outside / int(mask_zyx.sum())


def _outer_air(hu: NDArray[np.float32], pixel_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """Where a slice is outside the body."""
    size = [2 * int(_OPENING_MM / mm) + 1 for mm in pixel_mm]
    thick = maximum_filter(minimum_filter((hu > TISSUE_HU).view(np.uint8), size), size)
    tissue, n = label(thick)
    area_mm2 = np.bincount(tissue.ravel(), minlength=n + 1) * pixel_mm[0] * pixel_mm[1]
    area_mm2[0] = 0.0
    rest, n = label(area_mm2[tissue] < _BODY_PART_MM2)
    border = set(np.concatenate([rest[0], rest[-1], rest[:, 0], rest[:, -1]]).tolist()) - {0}
    outer = [i for i in border if np.median(hu[rest == i]) < AIR_HU]
    return np.isin(rest, outer)


def _training(case: CaseNumbers, ranges: TrainingRanges | None) -> tuple[CaseWarning, ...]:
    """What lies outside the range of the training cases."""
    if ranges is None:
        message = (
            "Training range not checked: these weights store none for size, uptake and slice "
            "distance. Review the region."
        )
        return (CaseWarning("training_range_unknown", message),)
    asked = (
        ("diameter", "longest diameter", case.diameter_mm, "mm", ranges.diameter_mm),
        ("suv", "SUVmax", case.suv_max, "g/mL", ranges.suv_max),
        ("ct_slices", "CT slice distance", case.ct_slice_mm, "mm", ranges.ct_slice_mm),
        ("pet_slices", "PET slice distance", case.pet_slice_mm, "mm", ranges.pet_slice_mm),
    )
    return tuple(
        CaseWarning(
            f"{code}_outside_training",
            f"{what[0].upper()}{what[1:]} {value:.3g} {unit}, outside the training range "
            f"({low:.3g} to {high:.3g} {unit}): the score may be unreliable.",
        )
        for code, what, value, unit, (low, high) in asked
        if not low <= value <= high
    )
