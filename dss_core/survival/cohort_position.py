"""Position of a new patient's score among past patients, and unusual characteristics.

Nothing here predicts an individual course: the answer is counts of past patients.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dss_core.cohort.schema import BY_NAME, Kind
from dss_core.records import Group

RARE = 0.10


class Match(StrEnum):
    """Whether a score and a cohort may be read together."""

    SAME_WEIGHTS = "same weights"
    DEMONSTRATION = "for demonstration"


@dataclass(frozen=True)
class PatientScore:
    """A new patient's score and what is known of the patient.

    Attributes
    ----------
    dls : float
        Mean over slices; higher means more likely EGFR mutant, or PD-L1 positive.
    low, high : float or None
        Limits of its uncertainty interval.
    weights_id : str
        Bundle that made the score.
    facts : mapping of schema column to value
        Only what is known, e.g. {"age_years": 71, "histology": "squamous"}.
    """

    dls: float
    low: float | None
    high: float | None
    weights_id: str
    facts: Mapping[str, str | float]

    def group(self, cutoff: float) -> Group:
        """Side of the cut-off, or between the groups where the interval crosses it."""
        if self.low is not None and self.high is not None and self.low < cutoff <= self.high:
            return Group.INDETERMINATE
        return Group.HIGH if self.dls >= cutoff else Group.LOW


@dataclass(frozen=True)
class CohortPosition:
    """The patient among the cohort's scores.

    Attributes
    ----------
    group : Group
        Between where the interval holds values on both sides of the cut-off.
    percentile : float
        Share of the cohort's scores below the patient's, 0 to 100.
    n_scored : int
        Patients of the cohort with a score, of whom the percentile speaks.
    """

    group: Group
    percentile: float
    n_scored: int
    match: Match
    differences: tuple[str, ...]


def place(
    table: pd.DataFrame,
    weights_ids: tuple[str, ...],
    patient: PatientScore,
    cutoff: float,
    column: str = "egfr_dls",
) -> CohortPosition:
    """Place a patient; `table` is the selected part of the cohort, `column` that of the score."""
    scores = table[column].dropna().to_numpy(dtype=float)
    same = weights_ids == (patient.weights_id,)
    return CohortPosition(
        patient.group(cutoff),
        share_below(scores, patient.dls),
        scores.size,
        Match.SAME_WEIGHTS if same else Match.DEMONSTRATION,
        differences(table, patient.facts),
    )


def share_below(scores: NDArray[np.float64], value: float) -> float:
    """Share (0 to 100) of scores (n,) below a value; zero where there are none."""
    return float(100 * (scores < value).mean()) if scores.size else 0.0


def differences(table: pd.DataFrame, facts: Mapping[str, str | float]) -> tuple[str, ...]:
    """How the patient differs from the selected past patients, in words."""
    found: list[str] = []
    for name, value in facts.items():
        if name not in table or not table[name].notna().any():
            continue
        column, meaning = table[name].dropna(), BY_NAME[name].meaning
        if BY_NAME[name].kind is Kind.CHOICE:
            share = float(column.eq(str(value)).mean())
            if share < RARE:
                found.append(
                    f"{meaning}: {value}, as {column.eq(str(value)).sum()} of {len(column)} "
                    "past patients."
                )
        else:
            low, high = np.percentile(column.to_numpy(dtype=float), [5, 95])
            if not low <= float(value) <= high:
                found.append(
                    f"{meaning}: {float(value):g}, outside the 5th to 95th percentile of past "
                    f"patients ({low:g} to {high:g})."
                )
    return tuple(found)
