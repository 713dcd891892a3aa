"""Published trials as context: digitised patient data of a figure, one curve per trial arm.

A user supplies the table (columns `figure, arm, time, event`, months); the citation comes from
the table beside it (`figure, ..., source`) or from the user. A trial is never pooled with the
cohort: other patients, other times.
"""

from dataclasses import dataclass

import pandas as pd

from dss_core.cohort.selection import parse
from dss_core.cohort.tables import infer_numbers
from dss_core.errors import CohortError
from dss_core.statistics.kaplan_meier import Curve, kaplan_meier
from dss_core.survival.comparison import Comparison, compare
from dss_core.survival.endpoint import Endpoint, follow_up
from dss_core.survival.grouping import group_by

NEEDED = ("figure", "arm", "time", "event")
_ENDPOINT = Endpoint("time", "event")


@dataclass(frozen=True)
class TrialArms:
    """The arms of one figure as curves, with the citation they need."""

    figure: str
    curves: tuple[Curve, ...]
    citation: str


def check_trials(table: pd.DataFrame) -> pd.DataFrame:
    """The table with numbers as numbers.

    Raises
    ------
    CohortError
        If a needed column is missing.
    """
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise CohortError(
            f"A trial table needs the columns {', '.join(NEEDED)}; {', '.join(missing)} is not "
            "there. Use one row per patient, time in months, event 1 or 0."
        )
    return infer_numbers(table)


def figures(table: pd.DataFrame) -> tuple[str, ...]:
    """Names of the figures in the table."""
    return tuple(sorted(str(f) for f in table["figure"].dropna().unique()))


def arms(table: pd.DataFrame, figure: str, citation: str) -> TrialArms:
    """Curves of one figure's arms."""
    rows = _rows(table, figure)
    sample, followed = follow_up(rows, _ENDPOINT)
    arm = rows["arm"].to_numpy()[followed]
    curves = tuple(kaplan_meier(sample.take(arm == name), str(name)) for name in sorted(set(arm)))
    return TrialArms(figure, curves, citation)


def compare_arms(table: pd.DataFrame, figure: str, treated: str) -> Comparison:
    """The treated arm of a figure against all its others."""
    rows = _rows(table, figure)
    return compare(rows, _ENDPOINT, group_by(rows, parse(f"arm == {treated!r}")))


def _rows(table: pd.DataFrame, figure: str) -> pd.DataFrame:
    rows = table[table["figure"] == figure].reset_index(drop=True)
    if rows.empty:
        raise CohortError(f"No figure {figure!r} in the table; it has {', '.join(figures(table))}.")
    return rows
