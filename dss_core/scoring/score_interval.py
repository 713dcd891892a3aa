"""Score interval: expected range for a repeat scan outlined by another reader.

Three parts, each a standard deviation of the score's log-odds:

- outline: over eight outlines that differ by a millimetre (`regions.interval_outlines`),
- slices: of the mean over slices, from the differences between neighbouring slices,
- ensemble: of the mean over the networks; nothing is known of it with a single network.

They are taken as independent, so their squares add up to the variance of one score. The interval
is made for the score of *another* scan and reading: the difference of two such scores has twice
that variance, so it reaches from the score's log-odds a multiple of the root of twice the sum to
both sides. The multiple is `Z`, as for normal errors, unless the weights' card has one that was
measured: the conformal quantile over patients scanned twice (`multiplier`). How many repeat scans
the interval then holds is measured on other patients (`benchmarks.interval`).

References
----------
von Neumann, Ann Math Stat 12:367 (1941): variance from successive differences.
Bland and Altman, BMJ 313:744 (1996): repeatability, root two times Z times the within-subject SD.
Lei et al., J Am Stat Assoc 113:1094 (2018): split conformal prediction, locally weighted.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from dss_core.bundles.model_card import Z
from dss_core.records import Group, Interval

LEVEL = 0.90
SURE = 1e-6
"""Probabilities are kept this far from 0 and 1 before their log-odds are taken."""


@dataclass(frozen=True)
class SourcesOfVariation:
    """Standard deviations of the score's log-odds, by where they come from."""

    outline: float
    slices: float
    ensemble: float

    @property
    def total(self) -> float:
        """All parts together, as independent errors."""
        return float(np.sqrt(self.outline**2 + self.slices**2 + self.ensemble**2))


def sources_of_variation(
    members: NDArray[np.float64], outlines: NDArray[np.float64]
) -> SourcesOfVariation:
    """The three parts of one score's uncertainty.

    Parameters
    ----------
    members : float64 array (networks, slices)
        Probability of the positive class.
    outlines : float64 array (outlines,)
        The score under each other outline; may be empty.
    """
    dls = float(_kept(members.mean()))
    slices = members.mean(axis=0)
    steps = np.diff(slices)
    of_mean = np.sqrt((steps**2).mean() / 2.0 / slices.size) if steps.size else 0.0
    networks = _log_odds(members.mean(axis=1))
    alone = networks.size < 2
    return SourcesOfVariation(
        outline=float(_log_odds(outlines).std()) if outlines.size else 0.0,
        slices=float(of_mean / (dls * (1.0 - dls))),
        ensemble=0.0 if alone else float(networks.std(ddof=1) / np.sqrt(networks.size)),
    )


def interval_multiple(
    first: NDArray[np.float64], second: NDArray[np.float64], total: NDArray[np.float64]
) -> float:
    """The multiple that makes the interval hold `LEVEL` of second scores of like patients.

    Parameters
    ----------
    first, second : float64 arrays (patients,)
        Scores of two scans of each patient.
    total : float64 array (patients,)
        `SourcesOfVariation.total` of the first, above 0.

    Raises
    ------
    ValueError
        If there are too few patients for the quantile: at least nine are needed.
    """
    far = np.sort(np.abs(_log_odds(second) - _log_odds(first)) / (np.sqrt(2.0) * total))
    rank = math.ceil(LEVEL * (far.size + 1))
    if rank > far.size:
        raise ValueError(f"{far.size} patients scanned twice are too few for {LEVEL:.0%}")
    return float(far[rank - 1])


def interval(dls: float, parts: SourcesOfVariation, multiple: float = Z) -> Interval:
    """The interval of a score; it always holds the score.

    Parameters
    ----------
    dls : float
    parts : Spread
    multiple : float
        See the module.
    """
    middle, half = float(_log_odds(np.asarray(dls))), multiple * np.sqrt(2.0) * parts.total
    low, high = float(expit(middle - half)), float(expit(middle + half))
    return Interval(
        min(low, dls), max(high, dls), LEVEL, parts.outline, parts.slices, parts.ensemble
    )


def group_of(dls: float, found: Interval, cutoff: float) -> Group:
    """High or low, or between where the interval holds values on both sides of the cut-off."""
    if found.low < cutoff <= found.high:
        return Group.INDETERMINATE
    return Group.HIGH if dls >= cutoff else Group.LOW


def _kept(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(values, SURE, 1.0 - SURE)


def _log_odds(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(logit(_kept(values)), dtype=np.float64)
