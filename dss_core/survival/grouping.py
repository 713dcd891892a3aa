"""Groups of patients: the two sides of a selection or cut-off, or the values of a column."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dss_core.cohort.levels import levels_of
from dss_core.cohort.selection import Where
from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Ints

MOST_GROUPS = 8


@dataclass(frozen=True)
class Grouping:
    """Which group each row belongs to.

    Attributes
    ----------
    labels : tuple of str
    code : int array (n,)
        Index into `labels`; -1 is unknown.
    fixed : bool
        The groups are those of the question (both sides of a cut-off) and stay when nobody is in
        one; False for values found in a column, of which only those present are groups.
    """

    labels: tuple[str, ...]
    code: Ints
    fixed: bool = True

    def within(self, rows: Bools) -> "Grouping":
        """The groups that some rows form.

        Raises
        ------
        CohortError
            If they are too many.
        """
        if self.fixed:
            return self
        present = np.unique(self.code[rows & (self.code >= 0)])
        if present.size > MOST_GROUPS:
            raise CohortError(
                f"The selected patients form {present.size} groups, at most {MOST_GROUPS} can be "
                'compared. Cut a column in two, for example "egfr_dls >= 0.5".'
            )
        code = np.full(self.code.shape, -1)
        for new, old in enumerate(present):
            code[self.code == old] = new
        return replace(self, labels=tuple(self.labels[i] for i in present), code=code)


def group_by(table: pd.DataFrame, where: Where) -> Grouping:
    """Groups of a selection (outside, inside) or of a column's values.

    Raises
    ------
    CohortError
        If the selection does not fit the table.
    """
    if not where.is_column:
        inside = where.select(table)
        return Grouping(where.labels, inside.to_numpy(dtype=np.int64, na_value=-1))
    if where.text not in table:
        where.select(table)
    column = table[where.text]
    values = levels_of(where.text, column)
    code = np.full(len(table), -1)
    for i, value in enumerate(values):
        code[column.eq(value).fillna(False).to_numpy(dtype=bool)] = i
    numeric = pd.api.types.is_numeric_dtype(column)
    labels = (f"{where.text} {value:g}" if numeric else str(value) for value in values)
    return Grouping(tuple(labels), code, fixed=False)
