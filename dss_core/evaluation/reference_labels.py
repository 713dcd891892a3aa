"""Reference labels: a column of the cohort as positive, negative or unknown."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dss_core.cohort.schema import BY_NAME
from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Floats

POSITIVE = {"egfr_status": "mutant", "pdl1_status": "positive"}


@dataclass(frozen=True)
class ReferenceLabel:
    """The label of every row of a table.

    Attributes
    ----------
    known : bool array
        Rows with a label; `positive` means nothing elsewhere.
    positive : bool array
    """

    column: str
    known: Bools
    positive: Bools


def reference_label(table: pd.DataFrame, column: str) -> ReferenceLabel:
    """Read a label column: EGFR or PD-L1 status, or any column of 0 and 1.

    Raises
    ------
    CohortError
        If the column is missing, empty, or holds anything else.
    """
    if column not in table or not table[column].notna().any():
        raise CohortError(
            f"The label column {column!r} with at least one value was expected, but the table's "
            f"columns are {', '.join(map(str, table.columns))}. Name another with --label."
        )
    cells = table[column]
    known = cells.notna().to_numpy(dtype=bool)
    if column in POSITIVE:
        others = set(cells.dropna()) - set(BY_NAME[column].choices)
        if others:
            raise CohortError(
                f"The label column {column!r} must be {BY_NAME[column].expected}, found "
                f"{', '.join(sorted(map(str, others)))}. Correct or empty these cells."
            )
        return ReferenceLabel(
            column, known, (cells == POSITIVE[column]).to_numpy(bool, na_value=False)
        )
    number = pd.to_numeric(cells, errors="coerce").to_numpy(float, na_value=np.nan)
    if not np.isin(number[known], (0.0, 1.0)).all():
        found = sorted({str(v) for v in cells.dropna()})[:5]
        raise CohortError(
            f"The label column {column!r} must contain 0 and 1 (or be {' or '.join(POSITIVE)}), "
            f"found {', '.join(found)}. Recode it."
        )
    return ReferenceLabel(column, known, number == 1.0)


def numbers(table: pd.DataFrame, column: str) -> Floats:
    """A column as floats, missing as NaN.

    Raises
    ------
    CohortError
        If it is not in the table, holds no number, or holds text.
    """
    if column not in table:
        raise CohortError(
            f"The score column {column!r} was expected, but the table's columns are "
            f"{', '.join(map(str, table.columns))}. Name another with --score."
        )
    try:
        values = pd.to_numeric(table[column]).to_numpy(float, na_value=np.nan)
    except (ValueError, TypeError) as problem:
        raise CohortError(
            f"The column {column!r} must contain numbers only. Correct the cells that are text."
        ) from problem
    if (np.isnan(values) & table[column].notna().to_numpy(dtype=bool)).any():
        raise CohortError(
            f"The column {column!r} must contain numbers only, and has cells like 'nan'. Empty "
            "the cells that are missing."
        )
    if not np.isfinite(values).any() or np.isinf(values).any():
        raise CohortError(
            f"The column {column!r} must contain at least one number and no infinite one. Correct "
            "it."
        )
    return np.asarray(values, dtype=np.float64)
