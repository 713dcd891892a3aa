"""Proportions of patients: Wilson's interval of one, Fisher's exact test of two.

References
----------
Wilson EB. J Am Stat Assoc 1927;22:209; Fisher RA. J R Stat Soc 1922;85:87.
"""

import numpy as np
from scipy.stats import fisher_exact

from dss_core.statistics.interval import Interval, normal_quantile


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """A proportion with Wilson's interval; nothing when n is 0."""
    if n == 0:
        return Interval(None, None, None)
    z, p = normal_quantile(confidence), successes / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Interval(p, max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def fisher_p(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Fisher's exact test, two-sided, that two groups have the same share.

    Parameters
    ----------
    first, second : tuple of int
        Patients who reached the outcome, and all patients, of each group.

    Raises
    ------
    ValueError
        If more patients reached the outcome than there are.
    """
    table = np.array([[reached, n - reached] for reached, n in (first, second)])
    return float(fisher_exact(table).pvalue)
