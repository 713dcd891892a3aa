"""Outcome comparison: follow-up of groups of patients of one table.

Patients are selected first, then grouped; everybody left out is counted under a reason. Groups
with fewer than ten patients get curves and counts but no p-value and no hazard ratio; whatever is
withheld is named with its reason. The second group is compared with the first.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dss_core.cohort.kept_rows import Excluded, KeptRows, in_words
from dss_core.cohort.selection import Where, parse
from dss_core.errors import CohortError
from dss_core.statistics.contrasts import LogRank, RmstDifference, logrank, rmst_difference
from dss_core.statistics.cox import CoxFit, Effect, two_group_cox
from dss_core.statistics.interval import Interval
from dss_core.statistics.kaplan_meier import Curve, kaplan_meier
from dss_core.survival.endpoint import Endpoint, read_follow_up
from dss_core.survival.grouping import Grouping, group_by

MIN_GROUP = 10
SURVIVAL_TIMES = (6.0, 12.0, 24.0)
_COMPARISONS = ("logrank_p", "cox", "ph_p", "rmst_difference")


@dataclass(frozen=True)
class NotReported:
    """A number that is not reported, and why."""

    what: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """The answer; a withheld number is None and named in `suppressed`.

    Attributes
    ----------
    curves : tuple of Curve
        One a group, in the order of the grouping.
    cox : Effect or None
        Hazard of the second group against the first.
    ph_p : float or None
        Proportional-hazards score test against 1 - KM(t-), as R `cox.zph(transform="km")`.
    n_selected : int
        Patients selected.
    excluded : tuple of Excluded
        Patients left out, by the first reason that they meet.
    """

    curves: tuple[Curve, ...]
    logrank: LogRank | None
    cox: Effect | None
    ph_p: float | None
    rmst: RmstDifference | None
    suppressed: tuple[NotReported, ...]
    n_selected: int
    excluded: tuple[Excluded, ...]

    @property
    def n_missing(self) -> int:
        """All patients left out."""
        return sum(one.n for one in self.excluded)

    @property
    def logrank_p(self) -> float | None:
        """p-value of the log-rank test."""
        return self.logrank.p if self.logrank else None

    @property
    def notes(self) -> tuple[str, ...]:
        """Who was analysed, and why numbers are withheld."""
        reasons = {item.reason: "" for item in self.suppressed}
        for item in self.suppressed:
            reasons[item.reason] += f", {item.what}" if reasons[item.reason] else item.what
        return (
            f"{self.n_selected} patients selected; left out: {in_words(self.excluded)}",
            *(f"{what} not reported: {reason}" for reason, what in reasons.items()),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as the command line prints them."""
        effect, rmst = self.cox, self.rmst
        return {
            "groups": [_group_json(curve) for curve in self.curves],
            "logrank_p": self.logrank_p,
            "cox": {
                "hr": effect.hr if effect else None,
                "ci": [effect.low, effect.high] if effect else None,
                "p": effect.p if effect else None,
            },
            "ph_p": self.ph_p,
            "rmst_difference": {
                "tau": rmst.tau if rmst else None,
                "estimate": rmst.estimate if rmst else None,
                "ci": [rmst.low, rmst.high] if rmst else None,
                "p": rmst.p if rmst else None,
            },
            "suppressed": [item.what for item in self.suppressed],
            "not_reported": [
                {"what": item.what, "reason": item.reason} for item in self.suppressed
            ],
            "n_selected": self.n_selected,
            "excluded": [{"reason": one.reason, "n": one.n} for one in self.excluded],
        }


def _group_json(curve: Curve) -> dict[str, Any]:
    return {
        "label": curve.label,
        "n": curve.n,
        "events": curve.n_events,
        "median": curve.median.estimate,
        "median_ci": [curve.median.low, curve.median.high],
        "survival_at": {f"{t:g}": _interval_json(curve.at(t)) for t in SURVIVAL_TIMES},
    }


def _interval_json(value: Interval) -> dict[str, Any]:
    known = value.low is not None or value.high is not None
    cell = {"estimate": value.estimate, "ci": [value.low, value.high] if known else None}
    return cell | ({"reason": value.reason} if value.reason else {})


def compare(
    table: pd.DataFrame,
    endpoint: Endpoint,
    grouping: Grouping,
    *,
    where: Where | None = None,
    strata: str | None = None,
    landmark: float | None = None,
    tau: float | None = None,
    exploratory: bool = False,
) -> Comparison:
    """Curves of the groups and what sets them apart.

    Parameters
    ----------
    where : Where, optional
        Patients to keep; those for whom it is unknown are left out.
    strata : str, optional
        Column whose values get baseline hazards of their own in log-rank and Cox.
    landmark : float, optional
        Months; only patients still followed there, at risk from there on.
    tau : float, optional
        RMST horizon, months.
    exploratory : bool
        True when groups were not fixed beforehand (a moved cut-off): no tests, no hazard ratio.

    Raises
    ------
    CohortError
        If a column is missing or unfit, or nobody is left.
    """
    kept = KeptRows.selected(table, where)
    grouping = grouping.within(kept.rows)
    followed = read_follow_up(table, endpoint)
    if not (np.isfinite(followed.time) & np.isfinite(followed.event)).any():
        raise CohortError(
            f"Follow-up is needed, and no patient has both {endpoint.time} and {endpoint.event}. "
            "Name the columns that hold them, or choose another outcome."
        )
    kept = followed.keep(kept).without(grouping.code < 0, "the value that forms groups is missing")
    layers = None
    if strata is not None:
        layers = group_by(table, parse(strata)).code
        kept = kept.without(layers < 0, f"{strata} is missing")
    if landmark is not None:
        kept = followed.at_landmark(kept, landmark)
    kept = kept.some()
    sample, code = followed.sample(kept.rows), grouping.code[kept.rows]
    layers = layers[kept.rows] if layers is not None else None
    if landmark is not None:
        sample, _ = sample.landmark(landmark)
    curves = tuple(
        kaplan_meier(sample.take(code == i), label) for i, label in enumerate(grouping.labels)
    )
    reason = _withheld(curves, exploratory)
    if reason:
        withheld = tuple(NotReported(what, reason) for what in _COMPARISONS)
        return Comparison(curves, None, None, None, None, withheld, kept.n_selected, kept.excluded)
    suppressed: list[NotReported] = []
    test: LogRank | None = None
    fit: CoxFit | None = None
    rmst: RmstDifference | None = None
    try:
        test = logrank(sample, code, layers)
    except CohortError as refusal:
        suppressed.append(NotReported("logrank_p", str(refusal)))
    if len(curves) == 2:
        try:
            fit = two_group_cox(sample, code == 1, layers)
        except CohortError as refusal:
            suppressed += [NotReported(what, str(refusal)) for what in ("cox", "ph_p")]
        if fit and fit.ph_p is None:
            suppressed.append(NotReported("ph_p", "All events occur at one time."))
        try:
            if sample.delayed:
                raise CohortError("An RMST difference needs follow-up from time zero.")
            rmst = rmst_difference(curves[0], curves[1], tau)
        except CohortError as refusal:
            suppressed.append(NotReported("rmst_difference", str(refusal)))
    else:
        suppressed += [
            NotReported(what, "Reported for two groups only; there are more.")
            for what in _COMPARISONS[1:]
        ]
    return Comparison(
        curves,
        test,
        fit.effects()[0] if fit else None,
        fit.ph_p[0] if fit and fit.ph_p else None,
        rmst,
        tuple(suppressed),
        kept.n_selected,
        kept.excluded,
    )


def _withheld(curves: tuple[Curve, ...], exploratory: bool) -> str:
    """Why no comparison is given at all; empty when it is."""
    small = [f"{c.label} ({c.n})" for c in curves if c.n < MIN_GROUP]
    if small:
        return f"Fewer than {MIN_GROUP} patients in {', '.join(small)}."
    if len(curves) < 2:
        return "There is only one group."
    if exploratory:
        return "Exploratory cut-off: no test or hazard ratio is reported."
    return ""
