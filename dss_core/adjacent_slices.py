"""Slices per network input: one slice alone, or one with its two neighbours.

The only place that knows how a region's slices become the channels of a network. Every slice is
three channels by itself (PET, CT and fusion, normalised for that slice alone), so slices can be
stacked before the normalisation, in training, or after it, in scoring, with the same result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import WeightsError

OWN_CHANNELS = ("PET", "CT", "fusion")
"""Of every slice, and first of all the channels that a network sees: those of the slice itself."""
NEIGHBOUR_MM = 4.0
"""Distance of the neighbours in training; a bundle's card says its own."""
ALONE, TOGETHER = "SResCNN", "SResCNN-2.5D"


@dataclass(frozen=True)
class AdjacentSlices:
    """What a network sees together with a slice, and how a card names it.

    Attributes
    ----------
    neighbour_mm : float or None
        Distance of the slices below and above that are used too; None where a slice is used
        alone [published].
    """

    neighbour_mm: float | None = None

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> "AdjacentSlices":
        """Read `architecture` and `neighbour_mm` of a card; imported networks see one slice.

        Raises
        ------
        WeightsError
            If the two do not go together.
        """
        distance = card.get("neighbour_mm")
        if card["architecture"] != TOGETHER:
            if distance is not None:
                raise WeightsError(
                    f"The card gives neighbour_mm {distance!r} for {card['architecture']!r}, which "
                    f"sees one slice at a time; {TOGETHER!r} was expected. Restore the bundle."
                )
            return cls()
        if isinstance(distance, bool) or not isinstance(distance, int | float) or distance <= 0:
            raise WeightsError(
                f"The card of a {TOGETHER!r} network needs neighbour_mm, the distance of the "
                f"neighbouring slices in mm, found {distance!r}. Restore the bundle."
            )
        return cls(float(distance))

    def to_card(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        if self.neighbour_mm is None:
            return {"architecture": ALONE}
        return {"architecture": TOGETHER, "neighbour_mm": self.neighbour_mm}

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
