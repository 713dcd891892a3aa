"""Settings that change a number; they are part of the weights, never chosen by the user.

Unknown keys are errors, so that a card written for another version cannot be half-read. They are
checked where they are made, in code (`dataclasses.replace` too) as from a card.
"""

import os
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import platformdirs
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    AllowInfNan,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    model_validator,
)
from pydantic.dataclasses import dataclass

EXACT = ConfigDict(extra="forbid", allow_inf_nan=False)
"""Values that are read from a file: no other keys, and every number finite."""


def _rising(ends: tuple[float, float]) -> tuple[float, float]:
    if not ends[0] <= ends[1]:
        raise ValueError("[lowest, highest] was expected, the first at most the second")
    return ends


Range = Annotated[tuple[StrictFloat, StrictFloat], AfterValidator(_rising)]
"""From the lowest to the highest value."""
_End = Annotated[StrictFloat, AllowInfNan(True)]
Window = Annotated[tuple[_End, _End], AfterValidator(_rising)]
"""As a range; pictures that clip nothing reach to infinity, which no card can say."""


@dataclass(frozen=True, config=EXACT)
class Preprocessing:
    """From scan to tensor.

    Attributes
    ----------
    spacing_mm : float
        Isotropic spacing CT, PET and region are resampled to [published: 1 mm].
    margin_mm : float
        Growth of the square on each side of the region [published: 20 mm].
    size_px : int
        Side of the network image [published: 64].
    ct_window_hu, pet_window_suv : (float, float)
        Values are clipped to this range and its lower end becomes 0 before the published
        normalisation. The authors' 8-bit window is not published; these are ours.
    """

    spacing_mm: Annotated[StrictFloat, Field(gt=0)] = 1.0
    margin_mm: Annotated[StrictFloat, Field(ge=0)] = 20.0
    size_px: Annotated[StrictInt, Field(gt=0)] = 64
    ct_window_hu: Window = (-1000.0, 1000.0)
    pet_window_suv: Window = (0.0, 30.0)

    @model_validator(mode="before")
    @classmethod
    def _every_key(cls, values: Any) -> Any:
        """A card gives every setting: one that is left out is refused, not taken as ours."""
        if not isinstance(values, dict):
            return values
        return {field.name: None for field in fields(cls)} | values


_COVERED = (1.0, 99.0)
"""Percentiles of the training cases that a range reaches from and to."""


@dataclass(frozen=True, config=EXACT)
class CaseNumbers:
    """A case in the numbers that `TrainingRanges` gives the ranges of; units as there."""

    diameter_mm: float
    suv_max: float
    ct_slice_mm: float
    pet_slice_mm: float


@dataclass(frozen=True, config=EXACT)
class TrainingRanges:
    """1st to 99th percentile of what the weights were trained on.

    Attributes
    ----------
    diameter_mm : (float, float)
        Longest diameter of the region.
    suv_max : (float, float)
        SUVbw (g/mL).
    ct_slice_mm, pet_slice_mm : (float, float)
        Distance between slices.
    """

    diameter_mm: Range
    suv_max: Range
    ct_slice_mm: Range
    pet_slice_mm: Range

    @classmethod
    def over(cls, cases: Sequence[CaseNumbers]) -> "TrainingRanges":
        """The ranges of training cases, of which there is at least one."""
        low, high = np.percentile([astuple(case) for case in cases], _COVERED, axis=0).round(2)
        return cls(*((float(a), float(b)) for a, b in zip(low, high, strict=True)))


OWN_CHANNELS = ("PET", "CT", "fusion")
"""Of every slice, and first of all the channels that a network sees: those of the slice itself."""
NEIGHBOUR_MM = 4.0
"""Distance of the neighbours in training; a bundle's card says its own."""
ALONE, TOGETHER = "SResCNN", "SResCNN-2.5D"


@dataclass(frozen=True, config=EXACT)
class AdjacentSlices:
    """Which slices of a region a network sees at once: one, or one with its neighbours.

    The only place that knows how a region's slices become the channels of a network. Every slice
    is three channels by itself (PET, CT and fusion, normalised for that slice alone), so slices
    can be stacked before the normalisation, in training, or after it, in scoring, with the same
    result.

    Attributes
    ----------
    neighbour_mm : float or None
        Distance of the slices below and above that are used too; None where a slice is used
        alone [published].
    """

    neighbour_mm: Annotated[StrictFloat, Field(gt=0)] | None = None

    @property
    def architecture(self) -> str:
        """The network's name on a card."""
        return ALONE if self.neighbour_mm is None else TOGETHER

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the network's channels: those of the slice, of the one below, of that above."""
        if self.neighbour_mm is None:
            return OWN_CHANNELS
        places = ("", f" {self.neighbour_mm:g} mm below", f" {self.neighbour_mm:g} mm above")
        return tuple(f"{name}{place}" for place in places for name in OWN_CHANNELS)

    @property
    def words(self) -> str:
        """A sentence beside the slice's own channels; empty where there are no others."""
        if self.neighbour_mm is None:
            return ""
        return f"Adjacent slices (±{self.neighbour_mm:g} mm) are also part of the network input."

    def rows(self, n: int, spacing_mm: float, at_most: int | None = None) -> NDArray[np.int64]:
        """Which of a region's slices are used with each, itself first.

        Parameters
        ----------
        n : int
            Slices of the region, from below to above.
        spacing_mm : float
            Between them.
        at_most : int, optional
            Only so many slices with their neighbours, evenly over the region's height.

        Returns
        -------
        int64 array (slices, used at once)
            A neighbour beyond the region's end is its last slice.
        """
        own = np.arange(n)
        if at_most is not None and n > at_most:
            own = np.linspace(0, n - 1, at_most).round().astype(np.int64)
        if self.neighbour_mm is None:
            return own[:, None]
        step = max(1, round(self.neighbour_mm / spacing_mm))
        return np.asarray(np.clip(own[:, None] + np.array([0, -step, step]), 0, n - 1))

    def gather(self, slices: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
        """The channels of the slices that are used at once, one after the other.

        Parameters
        ----------
        slices : array (n, channels, size, size)
            Every slice of a region by itself.
        rows : int64 array (m, k)
            As `rows` gives them.

        Returns
        -------
        array (m, k * channels, size, size)
        """
        return slices[rows].reshape(len(rows), -1, *slices.shape[2:])


def home() -> Path:
    """Folder of the user's own bundles and of what may be made again (the demo case).

    The environment variable DSS_HOME names it; otherwise the platform's data folder.
    """
    named = os.environ.get("DSS_HOME")
    return Path(named) if named else platformdirs.user_data_path("nsclc-dss")


def shipped() -> Path:
    """Folder of what comes with the program: `weights/` and the dashboard's `app.py` and `pages/`.

    In a checkout its top, in an installed package a folder inside it.
    """
    package = Path(__file__).resolve().parent
    inside = package / "_shipped"
    return inside if inside.is_dir() else package.parent
