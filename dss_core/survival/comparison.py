"""Outcome comparison: follow-up of groups of patients of one table.

Groups with fewer than ten patients get curves and counts but no p-value and no hazard ratio;
whatever is withheld is named with its reason. The second group is compared with the first.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dss_core.cohort.schema import BY_NAME
from dss_core.cohort.selection import Where, parse
from dss_core.errors import CohortError
from dss_core.statistics.contrasts import LogRank, RmstDifference, logrank, rmst_difference
from dss_core.statistics.cox import CoxFit, Effect, two_group_cox
from dss_core.statistics.follow_up import Bools, Ints, Sample
from dss_core.statistics.kaplan_meier import Curve, Interval, kaplan_meier

MIN_GROUP = 10
SURVIVAL_TIMES = (6.0, 12.0, 24.0)
_COMPARISONS = ("logrank_p", "cox", "ph_p", "rmst_difference")


@dataclass(frozen=True)
class Endpoint:
    """Columns of a follow-up: months, event flag, and delayed entry where there is one."""

    time: str
    event: str
    entry: str | None = None


PFS = Endpoint("pfs_months", "pfs_event")
OS = Endpoint("os_months", "os_event")


@dataclass(frozen=True)
class Grouping:
    """Which group each row belongs to: `code` (n,) indexes `labels`, -1 is unknown."""

    labels: tuple[str, ...]
    code: Ints


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
    n_selected, n_missing : int
        Patients selected, and those of them left out for a missing group or follow-up.
    """

    curves: tuple[Curve, ...]
    logrank: LogRank | None
    cox: Effect | None
    ph_p: float | None
    rmst: RmstDifference | None
    suppressed: tuple[NotReported, ...]
    n_selected: int
    n_missing: int

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
            f"{self.n_selected} patients selected, {self.n_missing} of them without follow-up or "
            "group",
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
    known = value.estimate is not None
    return {"estimate": value.estimate, "ci": [value.low, value.high] if known else None}


def group_by(table: pd.DataFrame, where: Where) -> Grouping:
    """Groups of a selection (outside, inside) or of a column's values.

    Raises
    ------
    CohortError
        If a column has more than eight values, or the selection does not fit the table.
    """
    if not where.is_column:
        inside = where.select(table)
        code = inside.to_numpy(dtype=np.int64, na_value=-1)
        return Grouping(where.labels, code)
    if where.text not in table:
        where.select(table)
    column = table[where.text]
    present = list(column.dropna().unique())
    known = BY_NAME.get(where.text)
    order = list(known.choices) if known and known.choices else sorted(present)
    values = [value for value in order if value in present]
    if len(values) > 8:
        raise CohortError(
            f"The column {where.text!r} has {len(values)} values, too many for groups. "
            f'Cut it, for example "{where.text} >= 0.5".'
        )
    code = np.full(len(table), -1)
    for i, value in enumerate(values):
        code[column.eq(value).fillna(False).to_numpy(dtype=bool)] = i
    prefix = f"{where.text} " if column.dtype != "string" else ""
    return Grouping(tuple(f"{prefix}{value}" for value in values), code)


def follow_up(table: pd.DataFrame, endpoint: Endpoint) -> tuple[Sample, Bools]:
    """Follow-up of the rows that have it, and which rows these are.

    Raises
    ------
    CohortError
        If a column is missing, is not numeric, or the event is not 0/1.
    """
    names = [endpoint.time, endpoint.event] + ([endpoint.entry] if endpoint.entry else [])
    numbers = {}
    for name in names:
        if name not in table:
            raise CohortError(
                f"The table has no column {name!r}. Choose among {', '.join(map(str, table))}."
            )
        try:
            numbers[name] = table[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        except (ValueError, TypeError) as problem:
            raise CohortError(
                f"The column {name!r} must hold numbers, but does not: {problem}."
            ) from problem
    time, event = numbers[endpoint.time], numbers[endpoint.event]
    if not np.isin(event[np.isfinite(event)], (0.0, 1.0)).all():
        raise CohortError(
            f"The column {endpoint.event!r} must be 1 for an event and 0 for censoring, but has "
            "other values. Recode it."
        )
    rows = np.isfinite(time) & np.isfinite(event)
    entry = np.empty(0)
    if endpoint.entry:
        start = numbers[endpoint.entry]
        rows &= ~(np.isfinite(start) & (start >= time))
        entry = np.where(np.isfinite(start), start, -np.inf)[rows]
    return Sample(time[rows], event[rows].astype(bool), entry), rows


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
    selected = np.ones(len(table), dtype=bool)
    if where is not None:
        selected = where.select(table).to_numpy(dtype=bool, na_value=False)
    sample, followed = follow_up(table, endpoint)
    if not followed.any():
        raise CohortError(
            f"Follow-up is needed, and no patient has both {endpoint.time} and {endpoint.event}. "
            "Name the columns that hold them, or choose another outcome."
        )
    code = grouping.code
    layers = None
    usable = selected & followed & (code >= 0)
    if strata is not None:
        layers = group_by(table, parse(strata)).code
        usable &= layers >= 0
    keep = usable[followed]
    sample, code = sample.take(keep), code[usable]
    layers = layers[usable] if layers is not None else None
    n_selected, n_missing = int(selected.sum()), int(selected.sum() - usable.sum())
    if landmark is not None:
        sample, later = sample.landmark(landmark)
        code, layers = code[later], layers[later] if layers is not None else None
    if not len(sample):
        raise CohortError(
            f"No patients left to analyse: {n_selected} patients are selected, {n_missing} of them "
            "lack follow-up or a group. Widen the selection."
        )
    curves = tuple(
        kaplan_meier(sample.take(code == i), label) for i, label in enumerate(grouping.labels)
    )
    reason = _withheld(curves, exploratory)
    if reason:
        withheld = tuple(NotReported(what, reason) for what in _COMPARISONS)
        return Comparison(curves, None, None, None, None, withheld, n_selected, n_missing)
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
        n_selected,
        n_missing,
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
