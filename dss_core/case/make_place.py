"""Making the place of a case among past patients, from its result and a cohort."""

from collections.abc import Iterator

import numpy as np

from dss_core.case.place_in_cohort import (
    Censoring,
    CohortNote,
    CohortPlace,
    Estimate,
    GroupCurve,
    GroupSurvival,
    RiskCount,
    ScorePosition,
    Step,
    place_to_json,
    scored,
)
from dss_core.case.record import Document
from dss_core.cohort.cohort_of_weights import KnownCohort, cohort_of_weights
from dss_core.cohort.cohort_table import Cohort
from dss_core.cohort.schema import BY_NAME, Treatment
from dss_core.cohort.selection import parse
from dss_core.errors import CohortError
from dss_core.records import Group, Task
from dss_core.statistics.interval import Interval
from dss_core.statistics.kaplan_meier import Curve
from dss_core.survival.cohort_position import share_below
from dss_core.survival.comparison import Comparison, compare
from dss_core.survival.endpoint import OS, PFS, Endpoint
from dss_core.survival.strata import COLUMNS, sides_of

_MONTHS = 12.0
_MOST_COLUMNS = 7
_TABLE_STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)


def recorded_place(result: Document) -> Document | None:
    """What a record says of the place of a result; None without a cohort of its weights.

    Parameters
    ----------
    result : dict
        As `score` prints it.

    Raises
    ------
    CohortError, StorageError
        If the cohort of the weights cannot be used.
    """
    if all(scored(result, task) is None for task in Task):
        return None
    known = cohort_of_weights(str(result.get("weights_id")))
    return None if known is None else place_to_json(make_place(result, known))


def make_place(result: Document, known: KnownCohort) -> CohortPlace | None:
    """The place of a result in a cohort; None where other weights made the cohort's scores."""
    cohort, weights_id = known.cohort, str(result.get("weights_id"))
    if cohort.weights_ids != (weights_id,):
        return None
    positions = tuple(
        found for task in Task if (found := _position(result, task, cohort)) is not None
    )
    if not positions:
        return None
    note = CohortNote(cohort.name, cohort.synthetic, known.digest, len(cohort), weights_id)
    endpoint = _endpoint(cohort)
    survival = tuple(_survival(cohort, positions, *endpoint)) if endpoint is not None else ()
    return CohortPlace(note, positions, survival)


def _position(result: Document, task: Task, cohort: Cohort) -> ScorePosition | None:
    dls, row = scored(result, task), result.get(str(task))
    if dls is None or not isinstance(row, dict) or not cohort.has(COLUMNS[task]):
        return None
    if "cutoff" not in row or "group" not in row:
        return None
    scores = cohort.table[COLUMNS[task]].dropna().to_numpy(dtype=float)
    cutoff, group = float(str(row["cutoff"])), Group(str(row["group"]))
    return ScorePosition(task, dls, cutoff, group, share_below(scores, dls), int(scores.size))


def _endpoint(cohort: Cohort) -> tuple[str, Endpoint] | None:
    for name, found in (("pfs", PFS), ("os", OS)):
        if cohort.has(found.time, found.event):
            entry = "entry_months" if cohort.has("entry_months") else None
            return name, Endpoint(found.time, found.event, entry)
    return None


def _survival(
    cohort: Cohort, positions: tuple[ScorePosition, ...], name: str, endpoint: Endpoint
) -> Iterator[GroupSurvival]:
    """For each score on each treatment; where nobody can be followed there is nothing."""
    levels = cohort.levels.get("treatment", ())
    known = sorted(BY_NAME["treatment"].choices, key=lambda name: name != Treatment.ICI)
    treatments = [str(t) for t in known if t in levels] or [""]
    for one in positions:
        grouping = sides_of(cohort.table, one.task, one.cutoff)
        for treatment in treatments:
            where = parse(f"treatment=='{treatment}'") if treatment else None
            try:
                found = compare(cohort.table, endpoint, grouping, where=where)
            except CohortError:
                continue
            yield _of(found, one.task, treatment, name)


def _of(found: Comparison, task: Task, treatment: str, endpoint: str) -> GroupSurvival:
    end = max([float(curve.end) for curve in found.curves if curve.n] or [0.0])
    months = _columns(end)
    effect, reasons = found.cox, dict.fromkeys(item.reason for item in found.suppressed)
    return GroupSurvival(
        task,
        treatment,
        endpoint,
        found.n_selected,
        tuple(
            _curve(curve, group, months)
            for curve, group in zip(found.curves, (Group.LOW, Group.HIGH), strict=True)
        ),
        found.logrank_p,
        None if effect is None else Estimate(effect.hr, effect.low, effect.high),
        " ".join(reasons),
    )


def _curve(curve: Curve, group: Group, months: list[float]) -> GroupCurve:
    followed = curve.time <= curve.end
    events = np.flatnonzero(followed & (curve.events > 0))
    left = np.flatnonzero(followed & (curve.censored > 0))
    return GroupCurve(
        group,
        curve.n,
        curve.n_events,
        float(curve.end) if curve.n else 0.0,
        _estimate(curve.median),
        _estimate(curve.at(_MONTHS)),
        tuple(
            Step(
                float(curve.time[i]),
                float(curve.survival[i]),
                _finite(curve.low[i]),
                _finite(curve.high[i]),
            )
            for i in events
        ),
        tuple(Censoring(float(curve.time[i]), float(curve.survival[i])) for i in left),
        tuple(RiskCount(c.time, c.at_risk, c.censored, c.events) for c in curve.counts_at(months)),
    )


def _columns(end: float) -> list[float]:
    """Months of the table under the plot, from zero."""
    step = next((s for s in _TABLE_STEPS if end / s <= _MOST_COLUMNS), 240)
    return [float(t) for t in np.arange(0, end + 1e-9, step)]


def _estimate(value: Interval) -> Estimate:
    return Estimate(value.estimate, value.low, value.high, value.reason or "")


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
