"""How many patients of each group reached a yes/no outcome: durable benefit, response (Fig. 4b)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from dss_core.cohort.kept_rows import Excluded, KeptRows
from dss_core.cohort.selection import Where
from dss_core.statistics.interval import Interval
from dss_core.statistics.proportions import fisher_p, wilson
from dss_core.survival.comparison import MIN_GROUP
from dss_core.survival.grouping import Grouping


class YesNoOutcome(StrEnum):
    """An outcome that a patient has or has not reached; the value is its column."""

    BENEFIT = "dcb"
    RESPONSE = "best_response"

    @property
    def reached_by(self) -> tuple[object, ...]:
        """Cells that mean yes: complete or partial response (RECIST 1.1) for a response."""
        return (1,) if self is YesNoOutcome.BENEFIT else ("CR", "PR")


@dataclass(frozen=True)
class GroupShare:
    """One group: `reached` of `n` patients, with Wilson's 95% interval.

    Attributes
    ----------
    cells : mapping of str to int
        Patients by what is recorded, such as CR, PR, SD, PD.
    """

    label: str
    n: int
    reached: int
    share: Interval
    cells: Mapping[str, int]


@dataclass(frozen=True)
class OutcomeShares:
    """One outcome by group.

    Attributes
    ----------
    n_known, n_unknown : int
        Selected patients with and without the outcome recorded.
    n_ungrouped : int
        Of those with the outcome, patients in no group.
    groups : tuple of GroupShare
        In the order of the grouping; empty when no patient has the outcome recorded.
    excluded : tuple of Excluded
        Everybody left out, by the first reason that they meet.
    fisher_p : float or None
        Fisher's exact test of two groups, two-sided.
    not_reported : str or None
        Why there is no test.
    """

    outcome: YesNoOutcome
    n_known: int
    n_unknown: int
    n_ungrouped: int
    groups: tuple[GroupShare, ...]
    excluded: tuple[Excluded, ...]
    fisher_p: float | None
    not_reported: str | None


def outcome_shares(
    table: pd.DataFrame,
    outcome: YesNoOutcome,
    grouping: Grouping,
    where: Where | None = None,
    *,
    exploratory: bool = False,
) -> OutcomeShares:
    """Count an outcome among the selected patients who have it recorded.

    Parameters
    ----------
    table : DataFrame
        A cohort table; `grouping` is of its rows.
    where : Where, optional
        Patients to keep; those for whom it is unknown are left out.
    exploratory : bool
        True when groups were not fixed beforehand (a moved cut-off): no test.

    Raises
    ------
    CohortError
        If the selection does not fit the table.
    """
    asked = KeptRows.selected(table, where)
    grouping = grouping.within(asked.rows)
    recorded = np.zeros(len(table), dtype=bool)
    if outcome in table:
        recorded = table[outcome.value].notna().to_numpy(dtype=bool)
    known = asked.without(~recorded, f"{outcome.value} is missing")
    n_unknown = asked.n - known.n
    if not known.n:
        absent = f"No selected patient has {outcome.value} recorded."
        return OutcomeShares(outcome, 0, n_unknown, 0, (), known.excluded, None, absent)
    kept = known.without(grouping.code < 0, "the value that forms groups is missing")
    groups = tuple(
        _share(label, table.loc[kept.rows & (grouping.code == i), outcome.value], outcome)
        for i, label in enumerate(grouping.labels)
    )
    reason = _no_test(groups, exploratory)
    p = None
    if reason is None:
        first, second = groups
        p = fisher_p((first.reached, first.n), (second.reached, second.n))
    return OutcomeShares(
        outcome, known.n, n_unknown, known.n - kept.n, groups, kept.excluded, p, reason
    )


def _share(label: str, cells: pd.Series, outcome: YesNoOutcome) -> GroupShare:
    reached = int(cells.isin(outcome.reached_by).sum())
    counts = cells.astype("string").value_counts().sort_index()
    by_cell = {str(cell): int(n) for cell, n in counts.items()}
    return GroupShare(label, len(cells), reached, wilson(reached, len(cells)), by_cell)


def _no_test(groups: tuple[GroupShare, ...], exploratory: bool) -> str | None:
    if min((g.n for g in groups), default=0) < MIN_GROUP:
        return f"A group has fewer than {MIN_GROUP} patients: no test."
    if len(groups) != 2:
        return f"Fisher's exact test is for two groups, here are {len(groups)}: no test."
    if exploratory:
        return "The cut-off is not the prespecified one: exploratory, so no test."
    return None
