"""How well a score tells patients apart: AUC, accuracy at a cut-off, calibration, concordance.

Own code where the peers do not fit: scikit-survival is under the GPL and cannot be a run-time
dependency of this project, lifelines has no Uno C, and neither has DeLong's interval. Tested
against R `survival` and `pROC` and against scikit-survival.

References
----------
DeLong ER et al. Biometrics 1988;44:837, computed after Sun X, Xu W. IEEE Signal Process Lett
2014;21:1389; Harrell FE et al. JAMA 1982;247:2543; Uno H et al. Stat Med 2011;30:1105 (C) and
J Am Stat Assoc 2007;102:527 (time-dependent AUC); Wilson EB. J Am Stat Assoc 1927;22:209.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from scipy.stats import rankdata, ttest_ind

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Floats, Ints, Sample
from dss_core.statistics.kaplan_meier import Interval, kaplan_meier, normal_quantile


@dataclass(frozen=True)
class Classification:
    """Right and wrong calls at a cut-off; high (score >= cut-off) means positive."""

    accuracy: Interval
    sensitivity: Interval
    specificity: Interval


@dataclass(frozen=True)
class Calibration:
    """Logistic recalibration of the score: logit P(positive) = intercept + slope logit(score).

    A slope above 1 says the scores are too timid, below 1 too bold.
    """

    intercept: float
    slope: Interval


@dataclass(frozen=True)
class AucAtTime:
    """Chance that a patient with the event by `time` has a higher score than one without."""

    time: float
    auc: float


def auc_delong(score: Floats, positive: Bools, confidence: float = 0.95) -> Interval:
    """Area under the ROC curve with DeLong's interval.

    Raises
    ------
    CohortError
        If either class has fewer than two patients.
    """
    above_x, above_y = placements(score, positive)
    m, n = above_x.size, above_y.size
    auc = float(above_x.mean())
    error = float(np.sqrt(above_x.var(ddof=1) / m + above_y.var(ddof=1) / n))
    z = normal_quantile(confidence)
    return Interval(auc, max(0.0, auc - z * error), min(1.0, auc + z * error))


def placements(score: Floats, positive: Bools) -> tuple[Floats, Floats]:
    """DeLong's structural components: their means are the AUC, their variances its error.

    Returns
    -------
    tuple of float arrays
        For each positive the share of negatives below it, for each negative the share of
        positives above it; ties count half.

    Raises
    ------
    CohortError
        If either class has fewer than two patients.
    """
    m, n = int(positive.sum()), int((~positive).sum())
    if min(m, n) < 2:
        raise CohortError(
            f"An AUC needs two patients with and two without the feature, found {m} and {n}."
        )
    x, y = score[positive], score[~positive]
    both = rankdata(np.concatenate([x, y]))
    above_x = (both[:m] - rankdata(x)) / n
    above_y = 1.0 - (both[m:] - rankdata(y)) / m
    return np.asarray(above_x), np.asarray(above_y)


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """A proportion with Wilson's interval; nothing when n is 0."""
    if n == 0:
        return Interval(None, None, None)
    z, p = normal_quantile(confidence), successes / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Interval(p, max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def classify(score: Floats, positive: Bools, cutoff: float) -> Classification:
    """Accuracy, sensitivity and specificity of `score >= cutoff`."""
    high = score >= cutoff
    return Classification(
        wilson(int((high == positive).sum()), positive.size),
        wilson(int((high & positive).sum()), int(positive.sum())),
        wilson(int((~high & ~positive).sum()), int((~positive).sum())),
    )


def calibrate(score: Floats, positive: Bools, confidence: float = 0.95) -> Calibration:
    """Fit the logistic recalibration by Newton's method.

    Raises
    ------
    CohortError
        If the classes are separated or one is missing, so that no finite slope exists.
    """
    inside = np.clip(score, 1e-6, 1 - 1e-6)
    x = np.column_stack([np.ones(score.size), logit(inside)])
    beta, information = np.zeros(2), np.eye(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        information = (x * (p * (1 - p))[:, None]).T @ x
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e12:
            break
        step = np.linalg.solve(information, x.T @ (positive - p))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            error = float(np.sqrt(np.linalg.inv(information)[1, 1]))
            z = normal_quantile(confidence)
            slope = float(beta[1])
            return Calibration(
                float(beta[0]), Interval(slope, slope - z * error, slope + z * error)
            )
    raise CohortError("Calibration needs both classes to overlap in score; these do not.")


def harrell_c(sample: Sample, risk: Floats) -> float:
    """Share of comparable pairs in which the higher score has the earlier event."""
    return _concordance(sample, risk, np.ones(len(sample)))


def uno_c(sample: Sample, risk: Floats) -> float:
    """Harrell's C weighted by the inverse squared chance of not being censored."""
    return _concordance(sample, risk, _uncensored(sample) ** -2.0)


def auc_at(sample: Sample, risk: Floats, times: Sequence[float]) -> tuple[AucAtTime, ...]:
    """Cumulative/dynamic AUC at each time that has both events before and patients after it."""
    weight = 1.0 / _uncensored(sample)
    result = []
    for time in times:
        cases = sample.event & (sample.time <= time)
        controls = sample.time > time
        if not cases.any() or not controls.any():
            continue
        ordered = np.sort(risk[controls])
        below = np.searchsorted(ordered, risk[cases], side="left")
        upto = np.searchsorted(ordered, risk[cases], side="right")
        won = (below + upto) / 2 / ordered.size
        result.append(AucAtTime(float(time), float(np.average(won, weights=weight[cases]))))
    return tuple(result)


def mean_difference_p(a: Floats, b: Floats) -> float:
    """Welch's test that two means agree."""
    return float(ttest_ind(a, b, equal_var=False).pvalue)


def _uncensored(sample: Sample) -> Floats:
    """Chance of not being censored before each patient's event, G(t-); events precede censoring."""
    if sample.delayed:
        raise CohortError("Concordance with delayed entry is not available. Leave the entry out.")
    curve = kaplan_meier(Sample(sample.time, ~sample.event))
    # patients with an event at t have left before those censored at t
    at_risk = curve.at_risk - np.bincount(
        np.searchsorted(curve.time, sample.time[sample.event]), minlength=curve.time.size
    )
    step = np.where(curve.events > 0, 1.0 - curve.events / np.maximum(at_risk, 1), 1.0)
    before = np.concatenate([[1.0], np.cumprod(step)[:-1]])
    return np.asarray(before[np.searchsorted(curve.time, sample.time)])


def _concordance(sample: Sample, risk: Floats, weight: Floats) -> float:
    if sample.delayed:
        raise CohortError("Concordance with delayed entry is not available. Leave the entry out.")
    # a patient censored at t outlives one with the event at t
    outlast = 2 * np.unique(sample.time, return_inverse=True)[1] + ~sample.event
    order = np.argsort(outlast, kind="stable")
    outlast, event, weight = outlast[order], sample.event[order], weight[order]
    rank = np.unique(risk, return_inverse=True)[1][order]
    start = np.searchsorted(outlast, outlast[event], side="right")
    comparable = start.size and (len(sample) - start) @ weight[event]
    if not comparable:
        raise CohortError("Concordance needs pairs of patients that can be ordered, found none.")
    less, upto = (_count_below(rank, start, rank[event] + one) for one in (0, 1))
    return float(weight[event] @ ((less + upto) / 2) / comparable)


def _count_below(values: Ints, start: Ints, bound: Ints) -> Ints:
    """For each query the number of `values[start:]` below `bound`, by a merge-sort tree.

    A suffix is a sum of aligned blocks of 1, 2, 4, ...; each level answers all queries at once.
    """
    depth = max(1, int(np.ceil(np.log2(values.size + 1))))
    big = np.int64(values.size + 2)
    padded = np.full(2**depth, big - 1, dtype=np.int64)
    padded[: values.size] = values
    result, start = np.zeros(start.size, dtype=np.int64), start.astype(np.int64)
    for level in range(depth):
        ask = np.flatnonzero((start >> level) & 1)
        block = start[ask] >> level
        rows = np.sort(padded.reshape(-1, 2**level), axis=1)
        keyed = (rows + big * np.arange(rows.shape[0])[:, None]).ravel()
        place = np.searchsorted(keyed, block * big + bound[ask], side="left")
        result[ask] += place - (block << level)
        start[ask] += 1 << level
    # a query that reaches the root asks for everything
    whole = np.flatnonzero(start == 0)
    result[whole] += np.searchsorted(np.sort(values), bound[whole], side="left")
    return result
