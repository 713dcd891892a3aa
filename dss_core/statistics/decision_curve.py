"""Decision curve analysis: net benefit over threshold probability.

Net benefit at threshold t is TP/n - FP/n * t/(1-t): one unnecessary intervention weighs t/(1-t)
missed patients.

References
----------
Vickers AJ, Elkin EB. Med Decis Making 2006;26:565.
"""

from dataclasses import dataclass

import numpy as np

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Floats

THRESHOLDS = np.round(np.arange(0.01, 1.0, 0.01), 2)
TREAT_ALL, TREAT_NONE = "treat all", "treat none"


@dataclass(frozen=True)
class NetBenefit:
    """One line of a decision curve, at each threshold probability."""

    name: str
    threshold: Floats
    net_benefit: Floats


def net_benefit(
    probability: Floats, positive: Bools, name: str, threshold: Floats = THRESHOLDS
) -> NetBenefit:
    """Net benefit of treating those with `probability >= threshold`.

    Raises
    ------
    CohortError
        If a probability or threshold lies outside 0 to 1, or there is no patient.
    """
    if not probability.size:
        raise CohortError("A decision curve needs patients, found none.")
    if ((probability < 0) | (probability > 1)).any() or ((threshold <= 0) | (threshold >= 1)).any():
        raise CohortError("A decision curve needs probabilities and thresholds between 0 and 1.")
    yes, no = np.sort(probability[positive]), np.sort(probability[~positive])
    tp = yes.size - np.searchsorted(yes, threshold, side="left")
    fp = no.size - np.searchsorted(no, threshold, side="left")
    benefit = tp / positive.size - fp / positive.size * threshold / (1 - threshold)
    return NetBenefit(name, threshold, np.asarray(benefit))


def reference_lines(positive: Bools, threshold: Floats = THRESHOLDS) -> tuple[NetBenefit, ...]:
    """Treating everybody and nobody."""
    everybody = net_benefit(np.ones(positive.size) - 1e-12, positive, TREAT_ALL, threshold)
    return everybody, NetBenefit(TREAT_NONE, threshold, np.zeros(threshold.size))
