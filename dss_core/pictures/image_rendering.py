"""How values become pixels: CT windows, colour tables and the fusion, defined here and only here.

Boards, attention and the registration preview paint with it; the viewer's browser code gets the
same numbers and tables as data. Levels and opacities are whole numbers of 255, so that both come
to the same pixel.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
LEVELS = 256
AIR_HU = -1024.0
SUV_TOPS = (5.0, 7.0, 10.0, 15.0)
SUV_TOP = 10.0
PET_SHARE = 0.5
FADE_BELOW = 0.15
"""Share of the PET range below which its colour fades out of the fusion: CT stays readable there,
and air and muscle are not darkened by the black end of the colour table."""


class Window(StrEnum):
    """CT windows by name."""

    LUNG = "Lung"
    MEDIASTINUM = "Soft tissue"
    BONE = "Bone"


@dataclass(frozen=True)
class WindowSetting:
    """Width and level of a CT window.

    Attributes
    ----------
    width_hu, level_hu : float
    """

    width_hu: float
    level_hu: float

    @property
    def low_hu(self) -> float:
        """HU of black."""
        return self.level_hu - self.width_hu / 2.0

    @property
    def high_hu(self) -> float:
        """HU of white."""
        return self.level_hu + self.width_hu / 2.0


WINDOWS = {
    Window.LUNG: WindowSetting(1500.0, -600.0),
    Window.MEDIASTINUM: WindowSetting(400.0, 40.0),
    Window.BONE: WindowSetting(1800.0, 400.0),
}
WINDOW = Window.LUNG
"""The one that is shown first."""


@dataclass(frozen=True)
class Scale:
    """How values become colours.

    Attributes
    ----------
    low, high : float
        Values at the first and last colour; what lies beyond is clipped.
    unit : str
        Of the values, as written beside the bar.
    colours : uint8 array (256, 3)
    """

    low: float
    high: float
    unit: str
    colours: RGB

    def levels(self, values: NDArray[np.number]) -> NDArray[np.uint8]:
        """Values as levels 0 to 255, halves rounded up."""
        factor = (LEVELS - 1) / (self.high - self.low)
        scaled = (np.asarray(values, dtype=np.float64) - self.low) * factor
        return np.clip(np.floor(scaled + 0.5), 0, LEVELS - 1).astype(np.uint8)

    def paint(self, values: NDArray[np.number]) -> RGB:
        """Values (rows, columns) as uint8 (rows, columns, 3)."""
        return np.asarray(self.colours[self.levels(values)])


def grey(low: float, high: float, unit: str, *, inverse: bool = False) -> Scale:
    """Black at the low end, or white when inverse."""
    ramp = np.arange(LEVELS, dtype=np.uint8)
    return Scale(low, high, unit, np.repeat((ramp[::-1] if inverse else ramp)[:, None], 3, axis=1))


def hot(low: float, high: float, unit: str) -> Scale:
    """Black, red, yellow, white."""
    ramp = np.linspace(0.0, 3.0, LEVELS)[:, None] - np.arange(3)
    return Scale(low, high, unit, np.rint(np.clip(ramp, 0.0, 1.0) * 255.0).astype(np.uint8))


PET_SCALE = grey(0.0, SUV_TOP, "SUV", inverse=True)
FUSION_SCALE = hot(0.0, SUV_TOP, "SUV")
Z_SCORES = grey(-2.0, 4.0, "z")
"""Of images as the network receives them."""


def ct_scale(window: Window) -> Scale:
    """Grey scale of a CT window."""
    setting = WINDOWS[window]
    return grey(setting.low_hu, setting.high_hu, "HU")


def pet_alpha() -> NDArray[np.uint8]:
    """Opacity (256,) of each PET level in the fusion, of 255, before the PET share is applied."""
    share = np.arange(LEVELS) / (LEVELS - 1) / FADE_BELOW
    return np.rint(np.clip(share, 0.0, 1.0) * 255.0).astype(np.uint8)


def fuse(
    hu: NDArray[np.number],
    suv: NDArray[np.number],
    window: Window,
    pet_share: float = PET_SHARE,
    suv_top: float = SUV_TOP,
) -> RGB:
    """PET in colour over grey CT.

    Parameters
    ----------
    hu, suv : array (rows, columns)
        Values of the same places.
    window : Window
        Of the CT.
    pet_share : float
        Opacity, 0 to 1, of PET levels that do not fade.
    suv_top : float
        SUVbw (g/mL) at the end of the colours.

    Returns
    -------
    uint8 array (rows, columns, 3)
    """
    opacity = pet_share * pet_alpha() / 255.0
    scale = hot(0.0, suv_top, "SUV")
    over = scale.colours * opacity[:, None] + 0.5
    levels = scale.levels(suv)
    under = ct_scale(window).paint(hu) * (1.0 - opacity)[levels][..., None]
    return (under + over[levels]).astype(np.uint8)
