"""Follow-up in a table: its columns, and the patients who have it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dss_core.cohort.kept_rows import KeptRows
from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Floats, Sample


@dataclass(frozen=True)
class Endpoint:
    """Columns of a follow-up: months, event flag, and delayed entry where there is one."""

    time: str
    event: str
    entry: str | None = None

    def __post_init__(self) -> None:
        """One column is not two things.

        Raises
        ------
        CohortError
        """
        named = [name for name in (self.time, self.event, self.entry) if name]
        if len(set(named)) < len(named):
            raise CohortError(
                f"Time, event and entry must be columns of their own, found {', '.join(named)}. "
                "Name another column."
            )


PFS = Endpoint("pfs_months", "pfs_event")
OS = Endpoint("os_months", "os_event")


@dataclass(frozen=True)
class FollowUp:
    """Follow-up of every row of a table, NaN where a cell is empty: nothing is filled in.

    Attributes
    ----------
    time, event : float64 array (n,)
        Months, and 1 for an event or 0 for censoring.
    entry : float64 array (n,) or None
        Months before observation began.
    """

    endpoint: Endpoint
    time: Floats
    event: Floats
    entry: Floats | None

    def keep(self, kept: KeptRows) -> KeptRows:
        """Leave out rows without time, event or entry, and those not observed after entry."""
        names = self.endpoint
        kept = kept.without(np.isnan(self.time), f"{names.time} is missing")
        kept = kept.without(np.isnan(self.event), f"{names.event} is missing")
        if self.entry is None:
            return kept
        kept = kept.without(np.isnan(self.entry), f"{names.entry} is missing")
        return kept.without(self.entry >= self.time, f"{names.entry} is not before {names.time}")

    def at_landmark(self, kept: KeptRows, landmark: float) -> KeptRows:
        """Leave out rows whose follow-up has ended at the landmark (months)."""
        return kept.without(
            self.time <= landmark, f"no longer followed at the landmark of {landmark:g} months"
        )

    def sample(self, rows: Bools) -> Sample:
        """The follow-up of some rows."""
        entry = np.empty(0) if self.entry is None else self.entry[rows]
        return Sample(self.time[rows], self.event[rows].astype(bool), entry)


def read_follow_up(table: pd.DataFrame, endpoint: Endpoint) -> FollowUp:
    """The follow-up columns of a table.

    Raises
    ------
    CohortError
        If a column is missing, is not numeric or not finite, or the event is not 0/1.
    """
    time, event = _numbers(table, endpoint.time), _numbers(table, endpoint.event)
    entry = _numbers(table, endpoint.entry) if endpoint.entry else None
    if not np.isin(event[~np.isnan(event)], (0.0, 1.0)).all():
        raise CohortError(
            f"The column {endpoint.event!r} must be 1 for an event and 0 for censoring, but has "
            "other values. Recode it."
        )
    return FollowUp(endpoint, time, event, entry)


def follow_up(table: pd.DataFrame, endpoint: Endpoint) -> tuple[Sample, Bools]:
    """Follow-up of the rows that have it, and which rows these are; see `read_follow_up`."""
    found = read_follow_up(table, endpoint)
    rows = found.keep(KeptRows.selected(table)).rows
    return found.sample(rows), rows


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    if name not in table:
        raise CohortError(
            f"The table has no column {name!r}. Choose among {', '.join(map(str, table))}."
        )
    try:
        values = table[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    except (ValueError, TypeError) as problem:
        raise CohortError(
            f"The column {name!r} must hold numbers, but does not: {problem}."
        ) from problem
    if np.isinf(values).any():
        raise CohortError(f"The column {name!r} must hold finite numbers. Correct or empty them.")
    return np.asarray(values, dtype=np.float64)
