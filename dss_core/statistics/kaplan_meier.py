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

from dss_core.statistics.follow_up import Floats, Ints, Sample, risk_table
from dss_core.statistics.interval import Interval, normal_quantile

_TOLERANCE = float(np.sqrt(np.finfo(float).eps))


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
        Pointwise log-log confidence limits; NaN where survival is 1 or 0, as in R.
    start, end : float
        Somebody is at risk from `start` (first entry; minus infinity without delayed entry) to
        `end`, the first time after which nobody is. Outside, nothing is estimated.
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
    start: float
    end: float

    @cached_property
    def median(self) -> Interval:
        """Median time with its interval; None where the curve or a limit stays above one half."""
        known = self.time <= self.end
        time = self.time[known]
        return Interval(
            _crossing(time, self.survival[known]),
            _crossing(time, self.low[known]),
            _crossing(time, self.high[known]),
        )

    def at(self, time: float) -> Interval:
        """Survival at one time, while somebody is at risk; zero after all had the event."""
        if not self.n:
            return Interval(None, None, None, "No patients in this group.")
        if time <= self.start:
            return Interval(None, None, None, f"Nobody is at risk until {self.start:g}.")
        i = int(np.searchsorted(self.time, min(time, self.end), side="right")) - 1
        survival = float(self.survival[i]) if i >= 0 else 1.0
        all_had_it = survival == 0 and self.end == self.time[-1]
        if time > self.end and not all_had_it:
            return Interval(None, None, None, f"Nobody is at risk after {self.end:g}.")
        if survival == 1:
            return Interval(1.0, None, None, "No event until then: there are no limits.")
        if survival == 0:
            return Interval(0.0, None, None, "Nobody is left: there are no limits.")
        return Interval(survival, float(self.low[i]), float(self.high[i]))

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
    known = (survival > 0) & (survival < 1)
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
        np.where(known, low, np.nan),
        np.where(known, high, np.nan),
        float(sample.entry.min()) if len(sample) else float("nan"),
        _end_of_risk(sample, counts.time),
    )


def _end_of_risk(sample: Sample, times: Floats) -> float:
    """First time after which nobody is at risk: the last one, or one before a later entry."""
    entered = np.searchsorted(np.sort(sample.entry), times, side="right")
    left = np.searchsorted(np.sort(sample.time), times, side="right")
    empty = times[entered == left]
    return float(empty[0]) if empty.size else float("nan")


def _crossing(time: Floats, level: Floats) -> float | None:
    """Smallest time at which a step function is at or below one half.

    R and SAS report the middle of the stretch instead where the curve is flat at exactly one
    half; the published medians follow the definition used here.
    """
    below = np.flatnonzero(level <= 0.5 + _TOLERANCE)
    return float(time[below[0]]) if below.size else None
