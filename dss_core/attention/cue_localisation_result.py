"""Measured localisation of known cues, and the default method that follows from it.

`benchmarks/attention_planted.py` measures and writes the file.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dss_core.records import AttentionMethod

RESULT = Path(__file__).with_name("cue_localisation_result.json")
LOCALISATION = "localisation_auc"
LEAST_NETWORKS = 3
"""Networks differ so much that fewer do not distinguish methods."""
SHIFT = "shift_px"
"""How far the maps of a network lie off, by mirrored images, in pixels of the 64x64 image."""


@dataclass(frozen=True)
class Spread:
    """A figure over the networks: its mean, the lowest and the highest."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class PlantedResult:
    """The measurement as stored.

    Attributes
    ----------
    n_networks, n_images : int
        Networks trained, and positive lesions each method was tried on per network.
    by_method : mapping
        For each method that was measured its figures by name, one value per network in the same
        order.
    """

    n_networks: int
    n_images: int
    by_method: Mapping[AttentionMethod, Mapping[str, tuple[float, ...]]]

    def spread(self, method: AttentionMethod, figure: str) -> Spread:
        """A figure of a method over the networks."""
        values = self.by_method[method][figure]
        return Spread(sum(values) / len(values), min(values), max(values))

    @property
    def default(self) -> AttentionMethod:
        """The cheapest method that no other beats in finding the cue on every network.

        The published one as long as too few networks were measured.
        """
        if self.n_networks < LEAST_NETWORKS:
            return AttentionMethod.GRADCAM
        return next(
            method
            for method in self.by_method
            if not any(self._beats(other, method) for other in self.by_method)
        )

    def _beats(self, one: AttentionMethod, other: AttentionMethod) -> bool:
        pairs = zip(
            self.by_method[one][LOCALISATION], self.by_method[other][LOCALISATION], strict=True
        )
        return all(a > b for a, b in pairs)


def planted_result() -> PlantedResult:
    """The stored measurement."""
    return from_json(json.loads(RESULT.read_text()))


def from_json(stored: Mapping[str, Any]) -> PlantedResult:
    """A measurement from the values that the benchmark writes: a row per network and method."""
    rows: Sequence[Mapping[str, Any]] = stored["measured"]
    rows = [{**row, SHIFT: math.hypot(row["shift_down_px"], row["shift_right_px"])} for row in rows]
    names = [name for name in rows[0] if name not in ("seed", "method")]
    return PlantedResult(
        n_networks=len({row["seed"] for row in rows}),
        n_images=int(stored["unseen_positive_images"]),
        by_method={
            method: {
                name: tuple(float(row[name]) for row in rows if row["method"] == method)
                for name in names
            }
            for method in AttentionMethod
            if any(row["method"] == method for row in rows)
        },
    )
