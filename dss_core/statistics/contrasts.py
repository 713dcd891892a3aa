"""Group comparison without a model: log-rank (also stratified) and RMST difference.

Own code: lifelines has no stratified log-rank test and takes no delayed entry in it, and its
RMST variance is that of min(T, tau) between patients, not of the estimated mean. Tested against
R `survival`.

References
----------
Mantel N. Cancer Chemother Rep 1966;50:163 (log-rank); Royston P, Parmar MKB. BMC Med Res
Methodol 2013;13:152, and Uno H et al. J Clin Oncol 2014;32:2380 (RMST difference).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from scipy.stats import chi2

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Floats, Ints, Sample
from dss_core.statistics.interval import normal_quantile
from dss_core.statistics.kaplan_meier import Curve


@dataclass(frozen=True)
class LogRank:
    """Test that the groups have one hazard; `observed` and `expected` events per group."""

    chi2: float
    df: int
    p: float
    observed: Floats
    expected: Floats


@dataclass(frozen=True)
class RmstDifference:
    """Second group's restricted mean minus the first's, in the unit of time, up to `tau`."""

    tau: float
    estimate: float
    low: float
    high: float
    p: float


def logrank(sample: Sample, group: Ints, strata: Ints | None = None) -> LogRank:
    """Log-rank test between groups, within strata where given.

    Parameters
    ----------
    group, strata : int64 array (n,)
        Codes; the groups present are compared.

    Raises
    ------
    CohortError
        If there are fewer than two groups or no event.
    """
    labels, code = np.unique(group, return_inverse=True)
    k = labels.size
    if k < 2 or not sample.n_events:
        raise CohortError(
            f"A log-rank test needs two groups and an event; found {k} group(s) and "
            f"{sample.n_events} events. Widen the selection."
        )
    layer = np.zeros(len(sample), dtype=np.int64) if strata is None else strata
    observed, expected, variance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for s in np.unique(layer):
        rows = layer == s
        n_g, d_g = _group_counts(sample.take(rows), code[rows], k)
        n, d = n_g.sum(axis=1), d_g.sum(axis=1)
        share = n_g / n[:, None]
        observed += d_g.sum(axis=0)
        expected += (d[:, None] * share).sum(axis=0)
        weight = d * (n - d) / np.maximum(n - 1, 1)
        variance += np.diag(weight @ share) - share.T @ (weight[:, None] * share)
    excess = (observed - expected)[:-1]
    statistic = float(excess @ np.linalg.pinv(variance[:-1, :-1]) @ excess)
    return LogRank(statistic, k - 1, float(chi2.sf(statistic, k - 1)), observed, expected)


def _group_counts(sample: Sample, code: Ints, k: int) -> tuple[Floats, Floats]:
    """At risk and events, (event times, groups)."""
    times = np.unique(sample.time[sample.event])
    at_risk, events = np.zeros((times.size, k)), np.zeros((times.size, k))
    for g in range(k):
        mine = sample.take(code == g)
        leaves_later = len(mine) - np.searchsorted(np.sort(mine.time), times, side="left")
        enters_later = len(mine) - np.searchsorted(np.sort(mine.entry), times, side="left")
        at_risk[:, g] = leaves_later - enters_later
        seen = np.searchsorted(times, mine.time[mine.event])
        events[:, g] = np.bincount(seen, minlength=times.size)
    return at_risk, events


def restricted_mean(curve: Curve, tau: float) -> tuple[float, float]:
    """Area under the curve up to tau and the variance of that estimate."""
    inside = curve.time < tau
    edges = np.concatenate([[0.0], curve.time[inside], [tau]])
    level = np.concatenate([[1.0], curve.survival[inside]])
    pieces = np.diff(edges) * level
    mean = float(pieces.sum())
    rest = mean - np.cumsum(pieces)[:-1]
    n, d = curve.at_risk[inside].astype(float), curve.events[inside].astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.where((d > 0) & (n > d), d / (n * (n - d)), 0.0)
    return mean, float((rest**2 * greenwood).sum())


def common_tau(curves: Sequence[Curve]) -> float:
    """Largest time all groups were followed to: the least of the largest observed times."""
    return min(float(curve.time[-1]) for curve in curves)


def rmst_difference(
    first: Curve, second: Curve, tau: float | None = None, confidence: float = 0.95
) -> RmstDifference:
    """Difference of restricted mean survival times, second minus first.

    Parameters
    ----------
    tau : float, optional
        Horizon; by default the largest time both groups were followed to.

    Raises
    ------
    CohortError
        If a group is empty or tau is beyond the follow-up of a group, or not positive.
    """
    if not first.n or not second.n:
        raise CohortError("An RMST difference needs two groups with patients.")
    longest = common_tau((first, second))
    tau = longest if tau is None else tau
    if not 0 < tau <= longest:
        raise CohortError(
            f"The RMST horizon must lie above 0 and within the follow-up of both groups "
            f"({longest:g}), found {tau:g}. Choose a shorter one."
        )
    (mean_1, var_1), (mean_2, var_2) = restricted_mean(first, tau), restricted_mean(second, tau)
    difference, error = mean_2 - mean_1, float(np.sqrt(var_1 + var_2))
    if error == 0:
        raise CohortError(
            "Neither group has an event before the RMST horizon. Choose a longer one."
        )
    z = normal_quantile(confidence)
    p = float(2 * ndtr(-abs(difference) / error))
    return RmstDifference(tau, difference, difference - z * error, difference + z * error, p)
