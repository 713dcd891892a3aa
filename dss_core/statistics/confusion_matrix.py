"""Confusion matrix at a prespecified cut-off, each rate with its Wilson interval.

F1 is a monotone function of J = TP / (TP + FP + FN), which is a plain proportion, F1 = 2J/(1+J);
its interval is Wilson's interval of J carried over.
"""

from dataclasses import dataclass

from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.interval import Interval
from dss_core.statistics.proportions import wilson


@dataclass(frozen=True)
class ConfusionMatrix:
    """High (score >= cut-off) means classified positive.

    An interval without estimate has nothing to be a share of, such as PPV when nobody is high.
    """

    cutoff: float
    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int
    sensitivity: Interval
    specificity: Interval
    ppv: Interval
    npv: Interval
    accuracy: Interval
    f1: Interval


def confusion_matrix(score: Floats, positive: Bools, cutoff: float) -> ConfusionMatrix:
    """Classify by `score >= cutoff` against the label."""
    high = score >= cutoff
    tp, fp = int((high & positive).sum()), int((high & ~positive).sum())
    tn, fn = int((~high & ~positive).sum()), int((~high & positive).sum())
    return ConfusionMatrix(
        cutoff,
        tp,
        fp,
        tn,
        fn,
        sensitivity=wilson(tp, tp + fn),
        specificity=wilson(tn, tn + fp),
        ppv=wilson(tp, tp + fp),
        npv=wilson(tn, tn + fn),
        accuracy=wilson(tp + tn, high.size),
        f1=_f1(wilson(tp, tp + fp + fn)),
    )


def _f1(overlap: Interval) -> Interval:
    estimate, low, high = (
        None if j is None else 2 * j / (1 + j)
        for j in (overlap.estimate, overlap.low, overlap.high)
    )
    return Interval(estimate, low, high)
