"""Settings that change a number; they are part of the weights, never chosen by the user.

Unknown keys are errors, so that a card written for another version cannot be half-read.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from dss_core.errors import WeightsError


@dataclass(frozen=True)
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

    spacing_mm: float = 1.0
    margin_mm: float = 20.0
    size_px: int = 64
    ct_window_hu: tuple[float, float] = (-1000.0, 1000.0)
    pet_window_suv: tuple[float, float] = (0.0, 30.0)

    @classmethod
    def from_card(cls, values: Mapping[str, Any]) -> "Preprocessing":
        """Read the `preprocessing` object of a card.

        Raises
        ------
        WeightsError
            If a key is unknown or missing.
        """
        known = {f.name for f in fields(cls)}
        wrong = sorted(known ^ set(values))
        if wrong:
            raise WeightsError(
                f"The card's preprocessing must have exactly the keys {sorted(known)}; "
                f"these are missing or unknown: {wrong}. Use a card written for this version."
            )
        kept: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**kept)

    def to_card(self) -> dict[str, Any]:
        """The same settings as plain JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


Range = tuple[float, float]
_COVERED = (1.0, 99.0)
"""Percentiles of the training cases that a range reaches from and to."""


@dataclass(frozen=True)
class CaseNumbers:
    """A case in the numbers that `TrainingRanges` gives the ranges of; units as there."""

    diameter_mm: float
    suv_max: float
    ct_slice_mm: float
    pet_slice_mm: float


@dataclass(frozen=True)
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

    def to_card(self) -> dict[str, list[float]]:
        """The same ranges as plain JSON values."""
        return {k: list(v) for k, v in asdict(self).items()}

    @classmethod
    def from_card(cls, values: Mapping[str, Any] | None) -> "TrainingRanges | None":
        """Read the `training_ranges` object of a card; None where a card has none.

        Raises
        ------
        WeightsError
            If a key is unknown or missing, or a range is not two rising numbers.
        """
        if values is None:
            return None
        known = [f.name for f in fields(cls)]
        try:
            pairs = {k: (float(v[0]), float(v[1])) for k, v in values.items() if len(v) == 2}
        except (AttributeError, IndexError, TypeError, ValueError):
            pairs = {}
        if sorted(pairs) != sorted(known) or any(not low <= high for low, high in pairs.values()):
            raise WeightsError(
                f"The card's training_ranges must give [lowest, highest] for each of {known}, "
                f"found {values!r}. Use a card written for this version."
            )
        return cls(**pairs)


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
