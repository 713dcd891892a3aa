"""Cox proportional hazards with Efron's ties, strata and delayed entry, and its check.

Own code because the exact score test of proportional hazards (R `cox.zph` since survival 3.0)
needs the risk-set variances of the fit at each event; lifelines offers only the older
approximation. The same sums give the fit itself, twenty times faster. Tested against R
`survival` and lifelines.

References
----------
Cox DR. J R Stat Soc B 1972;34:187; Efron B. J Am Stat Assoc 1977;72:557; Grambsch PM, Therneau
TM. Biometrika 1994;81:515; Therneau T, R package survival, vignette "Approximating a Cox model".
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from scipy.stats import chi2

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Floats, Ints, Sample
from dss_core.statistics.interval import normal_quantile
from dss_core.statistics.kaplan_meier import kaplan_meier
from dss_core.statistics.maximum_likelihood import NoEstimateError, maximise


@dataclass(frozen=True)
class Effect:
    """Hazard ratio of one term with its Wald interval and test."""

    term: str
    hr: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class CoxFit:
    """A fitted model; p terms.

    Attributes
    ----------
    coef : float64 array (p,)
    covariance : float64 array (p, p)
    loglik, loglik_null : float
        Partial log likelihood at the fit and at zero.
    ph_p : tuple of float, or None
        Proportional-hazards score test of each term against 1 - KM(t-); None when all events
        fall on one time, so that there is nothing to check.
    ph_global_p : float or None
        The same for all terms together.
    """

    terms: tuple[str, ...]
    coef: Floats
    covariance: Floats
    loglik: float
    loglik_null: float
    n: int
    n_events: int
    ph_p: tuple[float, ...] | None
    ph_global_p: float | None

    @property
    def likelihood_ratio_p(self) -> float:
        """All terms against none."""
        return float(chi2.sf(2 * (self.loglik - self.loglik_null), len(self.terms)))

    def effects(self, confidence: float = 0.95) -> tuple[Effect, ...]:
        """Hazard ratios in the order of the terms."""
        error = np.sqrt(np.diag(self.covariance))
        z = normal_quantile(confidence)
        low, high = np.exp(self.coef - z * error), np.exp(self.coef + z * error)
        p = 2 * ndtr(-np.abs(self.coef / error))
        return tuple(
            Effect(term, float(np.exp(b)), float(lo), float(hi), float(q))
            for term, b, lo, hi, q in zip(self.terms, self.coef, low, high, p, strict=True)
        )


def fit_cox(
    sample: Sample, x: Floats, terms: tuple[str, ...], strata: Ints | None = None
) -> CoxFit:
    """Fit by maximum partial likelihood, see `maximise`.

    Parameters
    ----------
    x : float64 array (n, p)
    strata : int64 array (n,), optional
        Each stratum has a baseline hazard of its own.

    Raises
    ------
    CohortError
        If there is no event, a term does not vary, terms repeat each other, or the hazard ratio
        has no finite estimate (a group without an event).
    """
    if not sample.n_events:
        raise CohortError("A hazard ratio needs events, found none. Widen the selection.")
    flat = [t for t, column in zip(terms, x.T, strict=True) if np.ptp(column) == 0]
    if flat:
        raise CohortError(
            f"{', '.join(flat)} is the same in all patients. Leave it out of the model."
        )
    scale = x.std(axis=0)
    likelihood = _PartialLikelihood(sample, (x - x.mean(axis=0)) / scale, strata)
    try:
        found = maximise(likelihood.at, x.shape[1])
    except NoEstimateError as problem:
        raise NoEstimateError(
            f"The hazard ratio of {', '.join(terms)} has no finite estimate: a group has no event "
            "or a term repeats another. Leave a term out or widen the selection."
        ) from problem
    at = found.at
    ph_p, ph_global_p = likelihood.proportionality(at)
    return CoxFit(
        terms,
        found.beta / scale,
        found.covariance / np.outer(scale, scale),
        at.loglik,
        found.null.loglik,
        len(sample),
        sample.n_events,
        ph_p,
        ph_global_p,
    )


@dataclass(frozen=True)
class _Point:
    """The partial likelihood at one beta; one row an event, ties spread after Efron."""

    loglik: float
    residual: Floats  # (m, p) Schoenfeld residuals
    variance: Floats  # (m, p, p)

    @property
    def score(self) -> Floats:
        return np.asarray(self.residual.sum(axis=0))

    @property
    def information(self) -> Floats:
        return np.asarray(self.variance.sum(axis=0))


class _PartialLikelihood:
    """Sums over risk sets by suffix sums over sorted times, for all events at once."""

    def __init__(self, sample: Sample, x: Floats, strata: Ints | None) -> None:
        layer = (
            np.zeros(len(sample), np.int64)
            if strata is None
            else np.unique(strata, return_inverse=True)[1]
        )
        times = np.unique(sample.time)
        # one integer key orders by stratum, then time; an entry has the key of the last time <= it
        width = times.size + 1
        key = layer * width + np.searchsorted(times, sample.time, side="right")
        order = np.argsort(key, kind="stable")
        self.x, self.key, self.event = x[order], key[order], sample.event[order]
        entry_key = (layer * width + np.searchsorted(times, sample.entry, side="right"))[order]
        self.by_entry = np.argsort(entry_key, kind="stable") if sample.delayed else None
        rows = np.flatnonzero(self.event)
        self.event_rows = rows
        self.event_keys, self.tie, counts = np.unique(
            self.key[rows], return_inverse=True, return_counts=True
        )
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self.fraction = (np.arange(rows.size) - first[self.tie]) / counts[self.tie]
        end = (self.event_keys // width + 1) * width
        self.start: Ints = np.asarray(np.searchsorted(self.key, self.event_keys))
        self.stop: Ints = np.asarray(np.searchsorted(self.key, end))
        if self.by_entry is not None:
            sorted_entry = entry_key[self.by_entry]
            self.entry_start = np.asarray(np.searchsorted(sorted_entry, self.event_keys))
            self.entry_stop = np.asarray(np.searchsorted(sorted_entry, end))
        before = kaplan_meier(Sample(sample.time, sample.event, sample.entry))
        surviving = np.concatenate([[1.0], before.survival[:-1]])
        self.km_before = surviving[self.event_keys[self.tie] % width - 1]

    def _risk_sum(self, values: Floats) -> Floats:
        """Sum of values over each distinct event time's risk set."""
        total: Floats = _suffix(values, self.start, self.stop)
        if self.by_entry is not None:
            total -= _suffix(values[self.by_entry], self.entry_start, self.entry_stop)
        return total

    def at(self, beta: Floats) -> _Point:
        eta = self.x @ beta
        weight = np.exp(eta - eta.max())
        p = beta.size
        wx = weight[:, None] * self.x
        wxx = (wx[:, :, None] * self.x[:, None, :]).reshape(-1, p * p)
        values = np.concatenate([weight[:, None], wx, wxx], axis=1)
        risk = self._risk_sum(values)
        tied = np.zeros_like(risk)
        np.add.at(tied, self.tie, values[self.event_rows])
        sums = risk[self.tie] - self.fraction[:, None] * tied[self.tie]
        rows = self.event_rows
        # far out a sum rounds to zero: the likelihood is not a number there, and no maximum
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = sums[:, 1 : p + 1] / sums[:, :1]
            second = (sums[:, p + 1 :] / sums[:, :1]).reshape(-1, p, p)
            loglik = float((eta[rows] - eta.max() - np.log(sums[:, 0])).sum())
        return _Point(loglik, self.x[rows] - mean, second - mean[:, :, None] * mean[:, None, :])

    def proportionality(self, point: _Point) -> tuple[tuple[float, ...], float] | tuple[None, None]:
        """Score tests for adding x * g(t), g = 1 - KM(t-) centred, to the fitted model."""
        g = 1.0 - self.km_before
        g = g - g.mean()
        score = (g[:, None] * point.residual).sum(axis=0)
        base = point.information
        cross = (g[:, None, None] * point.variance).sum(axis=0)
        full = (g[:, None, None] ** 2 * point.variance).sum(axis=0)
        left = full - cross.T @ np.linalg.solve(base, cross)
        if not (np.diag(left) > 1e-12 * np.abs(np.diag(full)).max()).all():
            return None, None
        single = chi2.sf(score**2 / np.diag(left), 1)
        together = float(chi2.sf(float(score @ np.linalg.pinv(left) @ score), score.size))
        return tuple(float(p) for p in single), together


def _suffix(values: Floats, start: Ints, stop: Ints) -> Floats:
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return np.asarray(total[stop] - total[start])


def two_group_cox(sample: Sample, second: Bools, strata: Ints | None = None) -> CoxFit:
    """Hazard of the second group against the first."""
    return fit_cox(sample, second.astype(float)[:, None], ("second group",), strata)
