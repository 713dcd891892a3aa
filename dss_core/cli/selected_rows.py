"""`--where` of a command: the rows of a table that a selection takes, others told."""

import sys

import pandas as pd

from dss_core.cohort.kept_rows import KeptRows, in_words
from dss_core.cohort.selection import parse


def selected_rows(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows of a selection; those for which it is unknown are counted on standard error.

    Raises
    ------
    CohortError
        If the text is no selection or does not fit the table.
    """
    kept = KeptRows.selected(table, parse(where))
    if kept.excluded:
        print(f"note: left out: {in_words(kept.excluded)}", file=sys.stderr)
    return table[kept.rows].reset_index(drop=True)
