"""Levels of a column: what the table has, in the order of the schema."""

import pandas as pd

from dss_core.cohort.schema import BY_NAME


def levels_of(name: str, cells: pd.Series) -> tuple[str, ...]:
    """The values present in a column: first those the schema knows, in its order, then others.

    The schema only sorts; what a level is, the table says.
    """
    present = list(cells.dropna().unique())
    known = BY_NAME.get(name)
    first = [value for value in (known.choices if known else ()) if value in present]
    return (*first, *sorted(value for value in present if value not in first))
