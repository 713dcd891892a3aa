"""Hounsfield units: what a CT must say and look like before its values are taken as HU.

The modality CT alone says nothing of the quantity: iodine maps, effective atomic numbers and
electron densities are CT too.

References
----------
DICOM PS3.3 C.11.1.1.2 (RescaleType), C.8.2.1.1.1 and C.8.15.3.10 (ImageType of CT, of derived
multi-energy images).
"""

import re

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import InputError
from dss_core.reading.tags import number, shown, text, values

HIGHEST_MINIMUM_HU = -200.0
_OTHER_QUANTITY = re.compile(
    r"IODINE|CALCIUM|WATER|Z_?EFF|RHO|ATOMIC|DENSITY|MAT_(SPECIFIC|FRACTIONAL|VALUE)|PERFUSION"
    r"|(CBF|CBV|MTT|TTP|TMAX)\b"
)


def check_says_hu(header: Dataset) -> None:
    """Refuse a CT image whose header does not make its values HU.

    Raises
    ------
    InputError
        Rescale absent, RescaleType other than HU, or an ImageType of another quantity.
    """
    for keyword, tag in (("RescaleSlope", "(0028,1053)"), ("RescaleIntercept", "(0028,1052)")):
        if number(header, keyword) is None:
            raise InputError(
                f"A CT image has no {keyword} {tag}, so its values are not known to be "
                "Hounsfield units. Export the original CT."
            )
    unit = text(header, "RescaleType").upper()
    if unit not in ("", "HU"):
        raise InputError(
            f"RescaleType (0028,1054) of the CT is {shown(header, 'RescaleType')}; Hounsfield "
            "units (HU) were expected. Choose the series in HU."
        )
    other = [v for v in values(header, "ImageType") if _OTHER_QUANTITY.search(v.upper())]
    if other:
        raise InputError(
            f"ImageType (0008,0008) of the CT is {'/'.join(values(header, 'ImageType'))}: "
            f"{other[0]} is not in Hounsfield units. Choose the series in HU."
        )


def check_looks_like_hu(hu: NDArray[np.float32], source: str) -> None:
    """Refuse values among which there is neither lung nor air.

    Parameters
    ----------
    hu : float32 array (slices, rows, columns)
    source : str
        What the values come from, for the error.

    Raises
    ------
    InputError
    """
    lowest, highest = float(hu.min()), float(hu.max())
    if not (lowest < HIGHEST_MINIMUM_HU and np.isfinite(lowest) and np.isfinite(highest)):
        raise InputError(
            f"The {source} given as CT has {lowest:g} as its lowest value; in "
            f"Hounsfield units lung and air are below {HIGHEST_MINIMUM_HU:g}. Give the CT in HU."
        )
