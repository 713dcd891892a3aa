"""How far a score would move in another scan, read by another reader, by another network.

Three parts, each a standard deviation of the score's log-odds:

- outline: over eight outlines that differ by a millimetre (`preprocessing.jitter`),
- slices: of the mean over slices, from the differences between neighbouring slices,
- ensemble: of the mean over the networks; nothing is known of it with a single network.

They are taken as independent, so their squares add up. The interval is the score's log-odds plus
and minus `Z` times the root of the sum, times a factor from the weights' card. The factor is
fitted on simulated patients scanned twice so that the interval of one scan holds the score of
the other in `LEVEL` of them, and the coverage is measured on patients it was not fitted on.

References
----------
von Neumann, Ann Math Stat 12:367 (1941): variance from successive differences.
Romano, Patterson and Candes, NeurIPS 2019: rescaling intervals on held-out data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from dss_core.records import Group, Interval

LEVEL = 0.90
Z = 1.6448536269514722
"""95th percentile of the standard normal distribution."""
DEFAULT_SCALE = 1.0
SURE = 1e-6
"""Probabilities are kept this far from 0 and 1 before their log-odds are taken."""


@dataclass(frozen=True)
class Spread:
    """Standard deviations of the score's log-odds, by where they come from."""

    outline: float
    slices: float
    ensemble: float

    @property
    def total(self) -> float:
        """All parts together, as independent errors."""
        return float(np.sqrt(self.outline**2 + self.slices**2 + self.ensemble**2))


def spread(members: NDArray[np.float64], outlines: NDArray[np.float64]) -> Spread:
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
    return Spread(
        outline=float(_log_odds(outlines).std()) if outlines.size else 0.0,
        slices=float(of_mean / (dls * (1.0 - dls))),
        ensemble=0.0 if alone else float(networks.std(ddof=1) / np.sqrt(networks.size)),
    )


def interval(dls: float, parts: Spread, scale: float = DEFAULT_SCALE) -> Interval:
    """The interval of a score; it always holds the score."""
    middle, half = float(_log_odds(np.asarray(dls))), Z * scale * parts.total
    low, high = float(expit(middle - half)), float(expit(middle + half))
    return Interval(
        min(low, dls), max(high, dls), LEVEL, parts.outline, parts.slices, parts.ensemble
    )


def group_of(dls: float, found: Interval, cutoff: float) -> Group:
    """High or low, or between where the interval holds values on both sides of the cut-off."""
    if found.low < cutoff <= found.high:
        return Group.BETWEEN
    return Group.HIGH if dls >= cutoff else Group.LOW


def _kept(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(values, SURE, 1.0 - SURE)


def _log_odds(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(logit(_kept(values)), dtype=np.float64)
