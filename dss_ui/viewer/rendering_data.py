"""The image rendering as data for the browser, which has no window and no colour of its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.pictures.image_rendering import (
    FUSION_SCALE,
    PET_SCALE,
    PET_SHARE,
    SUV_TOP,
    SUV_TOPS,
    WINDOW,
    WINDOWS,
    ct_scale,
    pet_alpha,
)


def rendering(add: Callable[[NDArray[np.uint16]], dict[str, Any]]) -> dict[str, Any]:
    """Windows, SUV ranges, tables and what is shown first, as JSON values.

    Parameters
    ----------
    add : callable
        Stores an array beside the JSON and returns where it is. Colour tables have the shape
        (3, 256): red, green, blue by level; the opacity of the PET (1, 256).
    """
    tables = {
        "ct": ct_scale(WINDOW).colours.T,
        "pet": PET_SCALE.colours.T,
        "fusion": FUSION_SCALE.colours.T,
        "alpha": pet_alpha()[None],
    }
    return {
        "windows": [
            {"name": name, "low": window.low_hu, "high": window.high_hu}
            for name, window in WINDOWS.items()
        ],
        "suvTops": list(SUV_TOPS),
        "first": {"window": WINDOW, "suvTop": SUV_TOP, "share": PET_SHARE},
        "tables": {name: add(table.astype(np.uint16)) for name, table in tables.items()},
    }
