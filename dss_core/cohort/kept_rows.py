"""Rows of a table that an analysis keeps; every row left out is counted once, with its reason."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dss_core.cohort.selection import Where
from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Ints

_KEPT, _NOT_ASKED = -1, -2


@dataclass(frozen=True)
class Excluded:
    """How many patients were left out, and why."""

    reason: str
    n: int


@dataclass(frozen=True)
class KeptRows:
    """Which rows are kept; a row is left out under the first reason that it meets.

    Attributes
    ----------
    reasons : tuple of str
        In the order in which they were applied.
    reason_of : int array (n,)
        Index into `reasons`; -1 for a row that is kept, -2 for one that was not selected.
    n_selected : int
        Rows that the selection takes, before anything was left out.
    """

    reasons: tuple[str, ...]
    reason_of: Ints
    n_selected: int

    @classmethod
    def selected(cls, table: pd.DataFrame, where: Where | None = None) -> "KeptRows":
        """The rows of a selection; those for which it is unknown are left out and counted.

        Raises
        ------
        CohortError
            If the selection does not fit the table.
        """
        if where is None:
            return cls((), np.full(len(table), _KEPT), len(table))
        inside = where.select(table)
        unknown = np.asarray(inside.isna())
        yes = inside.to_numpy(dtype=bool, na_value=False)
        kept = cls((), np.where(yes | unknown, _KEPT, _NOT_ASKED), int(yes.sum()))
        return kept.without(unknown, f"a value needed for the selection {where.text} is missing")

    @property
    def rows(self) -> Bools:
        """True where a row is kept, (n,)."""
        return np.asarray(self.reason_of == _KEPT)

    @property
    def n(self) -> int:
        """Rows kept."""
        return int(self.rows.sum())

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        """Every reason that left somebody out."""
        counts = np.bincount(self.reason_of[self.reason_of >= 0], minlength=len(self.reasons))
        found = zip(self.reasons, counts, strict=True)
        return tuple(Excluded(reason, int(n)) for reason, n in found if n)

    def without(self, rows: Bools, reason: str) -> "KeptRows":
        """The same without some rows; those already left out keep their reason.

        Parameters
        ----------
        rows : bool array (n,)
        """
        code = np.where(self.rows & rows, len(self.reasons), self.reason_of)
        return replace(self, reasons=(*self.reasons, reason), reason_of=code)

    def some(self) -> "KeptRows":
        """The same.

        Raises
        ------
        CohortError
            If no row is kept; it says why each was left out.
        """
        if not self.n:
            raise CohortError(
                f"No patients left to analyse: {self.n_selected} patients are selected, left out: "
                f"{in_words(self.excluded)}. Widen the selection or complete the table."
            )
        return self


def in_words(excluded: tuple[Excluded, ...]) -> str:
    """The exclusions as one phrase: "12 (pfs_months is missing), 3 (...)"."""
    return ", ".join(f"{one.n} ({one.reason})" for one in excluded) or "none"
