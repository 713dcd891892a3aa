"""Subgroup performance by sex, age, site, smoking and more.

References
----------
Cochran WG. Biometrics 1954;10:101 (the Q test that independent areas are one and the same).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from dss_core.evaluation.reference_labels import numbers, reference_label
from dss_core.statistics.confusion_matrix import ConfusionMatrix, confusion_matrix
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.interval import Interval, normal_quantile

VARIABLES = ("sex", "age_band", "site", "smoking", "histology", "stage")
AGE_BANDS = ((18.0, 50.0, "under 50"), (50.0, 65.0, "50 to 64"), (65.0, 200.0, "65 and over"))
MIN_CLASS = 5


@dataclass(frozen=True)
class Subgroup:
    """One subgroup; `auc` is None with fewer than five patients in a class."""

    name: str
    n: int
    n_positive: int
    auc: Interval | None
    calls: ConfusionMatrix


@dataclass(frozen=True)
class SubgroupPerformance:
    """The subgroups of one variable.

    Attributes
    ----------
    n_unknown : int
        Patients left out because the variable is missing.
    heterogeneity_p : float or None
        That all areas are equal; None with fewer than two areas that have an error.
    """

    variable: str
    subgroups: tuple[Subgroup, ...]
    n_unknown: int
    heterogeneity_p: float | None


def subgroup_performance(
    table: pd.DataFrame, score: str, label: str, cutoff: float
) -> tuple[SubgroupPerformance, ...]:
    """Performance by every variable with two or more values in the table.

    Raises
    ------
    CohortError
        If score or label cannot be used.
    """
    known, values = reference_label(table, label), numbers(table, score)
    use = known.known & np.isfinite(values)
    table, values, positive = table[use], values[use], known.positive[use]
    result = []
    for variable in VARIABLES:
        cells = with_age_bands(table).get(variable)
        if cells is None or cells.dropna().nunique() < 2:
            continue
        names = (
            [b[2] for b in AGE_BANDS] if variable == "age_band" else sorted(cells.dropna().unique())
        )
        groups = [
            _subgroup(str(name), values[inside], positive[inside], cutoff)
            for name in names
            if (inside := (cells == name).to_numpy(bool, na_value=False)).any()
        ]
        areas = [g.auc for g in groups if g.auc is not None]
        result.append(
            SubgroupPerformance(variable, tuple(groups), int(cells.isna().sum()), _differ(areas))
        )
    return tuple(result)


def with_age_bands(table: pd.DataFrame) -> pd.DataFrame:
    """The table with `age_band`, when it has ages."""
    if "age_years" not in table:
        return table
    age = table["age_years"].to_numpy(float, na_value=np.nan)
    band = pd.Series(pd.NA, index=table.index, dtype="string")
    for low, high, name in AGE_BANDS:
        band[(age >= low) & (age < high)] = name
    return table.assign(age_band=band)


def _subgroup(name: str, score: Floats, positive: Bools, cutoff: float) -> Subgroup:
    enough = min(int(positive.sum()), int((~positive).sum())) >= MIN_CLASS
    return Subgroup(
        name,
        int(positive.size),
        int(positive.sum()),
        auc_delong(score, positive) if enough else None,
        confusion_matrix(score, positive, cutoff),
    )


def _differ(areas: list[Interval]) -> float | None:
    """Cochran's Q; the upper limit may be cut at 1, so errors are read off the lower one."""
    z = normal_quantile(0.95)
    known = [
        (a.estimate, (a.estimate - a.low) / z)
        for a in areas
        if a.estimate is not None and a.low is not None and 0 < a.low < a.estimate
    ]
    if len(known) < 2:
        return None
    area, weight = np.array([a for a, _ in known]), np.array([e**-2 for _, e in known])
    q = float((weight * (area - np.average(area, weights=weight)) ** 2).sum())
    return float(chi2.sf(q, len(known) - 1))
