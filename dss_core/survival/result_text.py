"""Results as text and numbers for clinicians; the only place of rounding."""

from collections.abc import Callable
from enum import StrEnum

from dss_core.statistics.contrasts import RmstDifference
from dss_core.statistics.cox import Effect
from dss_core.statistics.interval import Interval
from dss_core.statistics.kaplan_meier import Curve
from dss_core.survival.comparison import Comparison

ALPHA = 0.05


class Outcome(StrEnum):
    """An endpoint as it is spoken of; the value is its name."""

    PFS = "progression-free survival"
    OS = "overall survival"

    @property
    def happened(self) -> str:
        """What the event is."""
        return "progressed or died" if self is Outcome.PFS else "died"

    @property
    def free(self) -> str:
        """What not having had the event is."""
        return "alive without progression" if self is Outcome.PFS else "alive"


def p_value(p: float | None) -> str:
    """p = 0.026, p = 0.32 or p < 0.001."""
    if p is None:
        return "p not reported"
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def hazard_ratio(effect: Effect) -> str:
    """2.39 (95% CI 1.55 to 3.66)."""
    return f"{effect.hr:.2f} (95% CI {effect.low:.2f} to {effect.high:.2f})"


def months(value: Interval) -> str:
    """A median with its interval: 12.0 (8.4 to 27.4), or not reached."""
    if value.estimate is None:
        text = "not reached"
        return text if value.low is None else f"{text} (95% CI {value.low:.1f} to not reached)"
    return f"{value.estimate:.1f} ({_end(value.low)} to {_end(value.high)})"


def percent(value: Interval) -> str:
    """A share with its interval: 68% (58 to 76); what does not exist says why."""
    if value.estimate is None:
        return value.reason or "not reported"
    if value.low is None or value.high is None:
        return f"{value.estimate:.0%} (no CI)"
    return f"{value.estimate:.0%} ({100 * value.low:.0f} to {100 * value.high:.0f})"


def limits(value: Interval, text: Callable[[float], str] = "{:.2f}".format) -> str:
    """Limits in brackets: (95% CI 0.61 to 0.83), or (no CI)."""
    if value.low is None or value.high is None:
        return "(no CI)"
    return f"(95% CI {text(value.low)} to {text(value.high)})"


def rmst_text(rmst: RmstDifference) -> str:
    """RMST difference: -9.6 months (95% CI -14.6 to -4.6) over 37 months."""
    return (
        f"{rmst.estimate:+.1f} months (95% CI {rmst.low:+.1f} to {rmst.high:+.1f}) "
        f"over the first {rmst.tau:.0f} months"
    )


def hazards_cross(result: Comparison) -> bool:
    """Whether the hazard ratio is doubtful because hazards are not proportional."""
    return result.ph_p is not None and result.ph_p < ALPHA


def headline(result: Comparison, outcome: Outcome) -> str:
    """The result in words: medians, hazard ratio, and the test."""
    medians = "; ".join(
        f"{curve.label} (n {curve.n}): median {_median(curve)}" for curve in result.curves
    )
    if result.logrank_p is None:
        return f"{medians}. {result.suppressed[0].reason}"
    if result.cox is None:
        return f"{medians}. Log-rank {p_value(result.logrank_p)}."
    first, second = result.curves
    side, than = "shorter" if result.cox.hr > 1 else "longer", "than in"
    if result.logrank_p >= ALPHA:
        side, than = "not clearly different", "and"
    sentence = (
        f"{outcome[0].upper()}{outcome[1:]} was {side} in {second.label} {than} {first.label}: "
        f"median {_median(second)} vs {_median(first)}, HR {hazard_ratio(result.cox)}, log-rank "
        f"{p_value(result.logrank_p)}."
    )
    if result.logrank_p < ALPHA:
        return sentence
    return f"{sentence} No significant difference was shown, which is not evidence of equality."


def past_patients(curve: Curve, outcome: Outcome, at_months: float) -> str:
    """Outcomes of the past patients of one group, in counts."""
    sentence = (
        f"Of {curve.n} past patients in the group {curve.label}, {curve.n_events} "
        f"{outcome.happened}"
    )
    value = curve.at(at_months)
    if value.estimate is None:
        return f"{sentence}; no {at_months:g}-month {outcome} is given: {value.reason}"
    share = f"{value.estimate:.0%}"
    if value.low is not None and value.high is not None:
        share += f" (95% CI {100 * value.low:.0f} to {100 * value.high:.0f})"
    return f"{sentence}; {at_months:g}-month {outcome} {share}."


def _median(curve: Curve) -> str:
    value = curve.median.estimate
    return "not reached" if value is None else f"{value:.1f} months"


def _end(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.1f}"
