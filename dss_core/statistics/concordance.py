"""Concordance of score and time to event: Harrell's and Uno's C, time-dependent AUC.

Own code because the peers do not fit: scikit-survival is under the GPL and cannot be a run-time
dependency of this project, and lifelines has no Uno C. Tested against R `survival` and
scikit-survival.

References
----------
Harrell FE et al. JAMA 1982;247:2543; Uno H et al. Stat Med 2011;30:1105 (C) and J Am Stat Assoc
2007;102:527 (time-dependent AUC).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Floats, Ints, Sample
from dss_core.statistics.kaplan_meier import kaplan_meier


@dataclass(frozen=True)
class AucAtTime:
    """Chance that a patient with the event by `time` has a higher score than one without."""

    time: float
    auc: float


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
