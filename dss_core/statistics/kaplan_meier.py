"""Kaplan-Meier curves with log-log confidence limits, medians and survival at given times.

Own code, because the page needs counts, variance and limits from one vectorised pass; it is
tested against R `survival` and lifelines.

References
----------
Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457 (estimator); Greenwood M 1926 (variance);
Brookmeyer R, Crowley J. Biometrics 1982;38:29 (interval of the median), here with the log-log
limits as in R `survfit(conf.type="log-log")`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from dss_core.statistics.follow_up import Floats, Ints, Sample, risk_table

_TOLERANCE = float(np.sqrt(np.finfo(float).eps))


def normal_quantile(confidence: float) -> float:
    """Two-sided standard normal quantile, 1.96 for 0.95."""
    return float(ndtri(0.5 + confidence / 2))


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence limits; a limit that does not exist is None."""

    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve: all arrays (k,) over the distinct times of the sample.

    Attributes
    ----------
    survival : float64
        Probability of being event-free just after each time.
    hazard_variance : float64
        Greenwood's sum of d / (n (n - d)), the variance of -log(survival).
    low, high : float64
        Pointwise log-log confidence limits.
    """

    label: str
    n: int
    n_events: int
    time: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    survival: Floats
    hazard_variance: Floats
    low: Floats
    high: Floats

    @cached_property
    def median(self) -> Interval:
        """Median time with its interval; None where the curve or a limit stays above one half."""
        return Interval(*(_crossing(self.time, y) for y in (self.survival, self.low, self.high)))

    def at(self, time: float) -> Interval:
        """Survival at one time; nothing beyond the last follow-up, unless all had the event."""
        i = int(np.searchsorted(self.time, time, side="right")) - 1
        if i < 0:
            return Interval(1.0, 1.0, 1.0) if self.n else Interval(None, None, None)
        if time > self.time[-1] and self.survival[-1] > 0:
            return Interval(None, None, None)
        return Interval(float(self.survival[i]), float(self.low[i]), float(self.high[i]))

    def counts_at(self, times: Sequence[float]) -> tuple["Counts", ...]:
        """KMunicate's three rows at each time: at risk, censored so far, events so far."""
        before = np.searchsorted(self.time, np.asarray(times), side="left")
        upto = np.searchsorted(self.time, np.asarray(times), side="right")
        at_risk = np.append(self.at_risk, 0)[before]
        censored = np.concatenate([[0], np.cumsum(self.censored)])[upto]
        events = np.concatenate([[0], np.cumsum(self.events)])[upto]
        return tuple(
            Counts(float(t), int(r), int(c), int(e))
            for t, r, c, e in zip(times, at_risk, censored, events, strict=True)
        )


@dataclass(frozen=True)
class Counts:
    """One column of the table under a plot (Morris et al., BMJ Open 2019;9:e030215)."""

    time: float
    at_risk: int
    censored: int
    events: int


def kaplan_meier(sample: Sample, label: str = "all", confidence: float = 0.95) -> Curve:
    """Estimate a survival curve.

    Parameters
    ----------
    sample : Sample
        May be empty: the curve then has no points and no median.
    """
    counts = risk_table(sample)
    at_risk, events = counts.at_risk.astype(float), counts.events.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(events > 0, 1.0 - events / at_risk, 1.0)
        survival = np.cumprod(step)
        hazard_variance = np.cumsum(
            np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0)
        )
        log_survival = np.log(survival)
        spread = normal_quantile(confidence) * np.sqrt(hazard_variance) / np.abs(log_survival)
        low = survival ** np.exp(spread)
        high = survival ** np.exp(-spread)
    certain, gone = survival >= 1.0, survival <= 0.0
    low = np.where(certain, 1.0, np.where(gone, 0.0, low))
    # where nobody is left the upper limit does not exist; the last one stands
    high = np.where(certain, 1.0, high)
    if gone.any():
        first = int(np.argmax(gone))
        high[first:] = high[first - 1] if first else 1.0
    return Curve(
        label,
        len(sample),
        sample.n_events,
        counts.time,
        counts.at_risk,
        counts.events,
        counts.censored,
        np.asarray(survival),
        np.asarray(hazard_variance),
        low,
        high,
    )


def _crossing(time: Floats, level: Floats) -> float | None:
    """Smallest time at which a step function is at or below one half.

    R and SAS report the middle of the stretch instead where the curve is flat at exactly one
    half; the published medians follow the definition used here.
    """
    below = np.flatnonzero(level <= 0.5 + _TOLERANCE)
    return float(time[below[0]]) if below.size else None
