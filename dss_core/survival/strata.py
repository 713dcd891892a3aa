"""Groupings: EGFR-DLS, both scores (Fig. S7) and EGFR status (Fig. S3) of the paper; PDL1-DLS.

A score of at least the cut-off is high. Patients without the score or status are in no group.
"""

from enum import StrEnum

import numpy as np
import pandas as pd

from dss_core.errors import CohortError
from dss_core.records import Task
from dss_core.statistics.follow_up import Bools, Ints
from dss_core.survival.grouping import Grouping

PUBLISHED_EGFR_CUTOFF = 0.5
PUBLISHED_PDL1_CUTOFF = 0.54
COLUMNS = {Task.EGFR: "egfr_dls", Task.PDL1: "pdl1_dls"}
"""Column of a cohort table that holds each score."""
_NAMES = {Task.EGFR: "EGFR-DLS", Task.PDL1: "PDL1-DLS"}


class Strata(StrEnum):
    """How patients are divided; the value is what the user reads."""

    EGFR_DLS = "EGFR-DLS"
    PDL1_DLS = "PDL1-DLS"
    BOTH_SCORES = "EGFR-DLS and PDL1-DLS"
    EGFR_STATUS = "EGFR status"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns the grouping needs."""
        match self:
            case Strata.EGFR_DLS:
                return ("egfr_dls",)
            case Strata.PDL1_DLS:
                return ("pdl1_dls",)
            case Strata.BOTH_SCORES:
                return ("egfr_dls", "pdl1_dls")
            case Strata.EGFR_STATUS:
                return ("egfr_status",)


def divide(
    table: pd.DataFrame,
    strata: Strata,
    egfr_cutoff: float = PUBLISHED_EGFR_CUTOFF,
    pdl1_cutoff: float = PUBLISHED_PDL1_CUTOFF,
) -> Grouping:
    """Group the rows of a cohort table.

    Raises
    ------
    CohortError
        If a column the grouping needs is missing.
    """
    missing = [name for name in strata.columns if name not in table]
    if missing:
        raise CohortError(
            f"Groups by {strata} need the column {', '.join(missing)}, which the cohort lacks. "
            "Choose other groups."
        )
    if strata is Strata.EGFR_STATUS:
        values = ("wild type", "mutant")
        code = np.full(len(table), -1)
        for i, value in enumerate(values):
            code[table["egfr_status"].eq(value).to_numpy(dtype=bool, na_value=False)] = i
        return Grouping(tuple(f"EGFR {value}" for value in values), code)
    if strata is Strata.PDL1_DLS:
        return sides_of(table, Task.PDL1, pdl1_cutoff)
    if strata is Strata.EGFR_DLS:
        return sides_of(table, Task.EGFR, egfr_cutoff)
    high, known = _high(table, "egfr_dls", egfr_cutoff)
    pdl1_high, pdl1_known = _high(table, "pdl1_dls", pdl1_cutoff)
    # in the order of the paper: both the score of no mutation and of PD-L1 come first
    code = 2 * high.astype(int) + (~pdl1_high).astype(int)
    labels = tuple(f"EGFR {a} / PD-L1 {b}" for a in ("low", "high") for b in ("high", "low"))
    return Grouping(labels, _coded(code, known & pdl1_known), fixed=False)


def sides_of(table: pd.DataFrame, task: Task, cutoff: float) -> Grouping:
    """Patients with a score below its cut-off, then at or above it; the column must be there."""
    high, known = _high(table, COLUMNS[task], cutoff)
    labels = tuple(f"{_NAMES[task]} {side}" for side in ("low", "high"))
    return Grouping(labels, _coded(high.astype(int), known))


def _high(table: pd.DataFrame, column: str, cutoff: float) -> tuple[Bools, Bools]:
    score = table[column].to_numpy(dtype=float, na_value=np.nan)
    return score >= cutoff, np.isfinite(score)


def _coded(code: Ints, known: Bools) -> Ints:
    return np.where(known, code, -1)
