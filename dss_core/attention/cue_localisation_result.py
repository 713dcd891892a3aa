"""Measured localisation of known cues, and the default method that follows from it.

`benchmarks/attention_planted.py` measures and writes the file.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    ValidationError,
    field_validator,
)

from dss_core.errors import InputError
from dss_core.reading.strict_json import read_json, refusal
from dss_core.records import AttentionMethod
from dss_core.settings import EXACT

RESULT = Path(__file__).with_name("cue_localisation_result.json")
LEAST_NETWORKS = 3
"""Networks differ so much that fewer do not distinguish methods."""


@dataclass(frozen=True)
class Spread:
    """A figure over the networks: its mean, the lowest and the highest."""

    mean: float
    low: float
    high: float


class Measured(BaseModel):
    """The figures of one method on one network.

    Attributes
    ----------
    seed : int
        Of the network.
    label_auc, localisation_auc, permuted_labels_auc : float
        Of the network for its label; of the maps for the cue, with true and permuted labels.
    shift_down_px, shift_right_px : float
        How far the maps lie off, by mirrored images, in pixels of the 64x64 image.
    """

    model_config = ConfigDict(frozen=True, **EXACT)

    seed: StrictInt
    method: AttentionMethod
    label_auc: StrictFloat
    localisation_auc: StrictFloat
    permuted_labels_auc: StrictFloat
    randomised_rank_correlation: StrictFloat
    randomised_ssim: StrictFloat
    deletion_gain: StrictFloat
    insertion_gain: StrictFloat
    flip_rank_correlation: StrictFloat
    flip_ssim: StrictFloat
    shift_down_px: StrictFloat
    shift_right_px: StrictFloat

    @property
    def shift_px(self) -> float:
        """Length of the shift."""
        return math.hypot(self.shift_down_px, self.shift_right_px)


class CueLocalisationResult(BaseModel):
    """The measurement as stored.

    Attributes
    ----------
    unseen_positive_images : int
        Positive lesions each method was tried on per network.
    checked_images : int
        Those of them used for the checks that need many runs.
    recipe : dict
        How the networks were trained.
    measured : tuple of Measured
        One for every network and method, the networks of every method in the same order.
    """

    model_config = ConfigDict(frozen=True, **EXACT)

    what: str
    training_images: StrictInt
    unseen_positive_images: StrictInt
    checked_images: StrictInt
    recipe: dict[str, Any]
    measured: Annotated[tuple[Measured, ...], Field(min_length=1)]

    @field_validator("measured")
    @classmethod
    def _same_networks(cls, measured: tuple[Measured, ...]) -> tuple[Measured, ...]:
        networks = [row.seed for row in measured if row.method is measured[0].method]
        for method in AttentionMethod:
            found = [row.seed for row in measured if row.method is method]
            if found and (found != networks or len(set(found)) < len(found)):
                raise ValueError(
                    f"expected the same networks, each once, for every method, found the seeds "
                    f"{networks} for {measured[0].method} and {found} for {method}"
                )
        return measured

    @property
    def n_networks(self) -> int:
        """Networks trained."""
        return len({row.seed for row in self.measured})

    @property
    def methods(self) -> tuple[AttentionMethod, ...]:
        """Those that were measured, the cheapest first."""
        there = {row.method for row in self.measured}
        return tuple(method for method in AttentionMethod if method in there)

    def values(self, method: AttentionMethod, figure: str) -> tuple[float, ...]:
        """A figure of a method, network by network in the same order for every method."""
        return tuple(getattr(row, figure) for row in self.measured if row.method is method)

    def spread(self, method: AttentionMethod, figure: str) -> Spread:
        """A figure of a method over the networks."""
        values = self.values(method, figure)
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
            for method in self.methods
            if not any(self._beats(other, method) for other in self.methods)
        )

    def to_text(self) -> str:
        """JSON text, read back by `read_result`."""
        return json.dumps(self.model_dump(mode="json"), indent=2, allow_nan=False) + "\n"

    def _beats(self, one: AttentionMethod, other: AttentionMethod) -> bool:
        pairs = zip(
            self.values(one, "localisation_auc"),
            self.values(other, "localisation_auc"),
            strict=True,
        )
        return all(a > b for a, b in pairs)


def cue_localisation_result() -> CueLocalisationResult:
    """The stored measurement."""
    return read_result(RESULT.read_bytes())


def read_result(content: bytes | str) -> CueLocalisationResult:
    """Read what `CueLocalisationResult.to_text` wrote.

    Raises
    ------
    InputError
        If the content is not such a measurement; every bad field is named by its path.
    """
    what = "The measurement of attention methods"
    try:
        return CueLocalisationResult.model_validate(read_json(content, what, InputError))
    except ValidationError as fault:
        remedy = "Measure again with `python -m benchmarks.attention_planted`."
        raise refusal(fault, what, InputError, remedy) from fault
