"""Units of time in a cohort table, and medians that say that the unit is another one."""

from enum import StrEnum

import pandas as pd

from dss_core.cohort.schema import COLUMNS

DAYS_PER_MONTH = 365.25 / 12


class TimeUnit(StrEnum):
    """Unit in which a table gives its times."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"

    @property
    def per_month(self) -> float:
        """How many of it a month has."""
        match self:
            case TimeUnit.DAYS:
                return DAYS_PER_MONTH
            case TimeUnit.WEEKS:
                return DAYS_PER_MONTH / 7
            case TimeUnit.MONTHS:
                return 1.0
            case TimeUnit.YEARS:
                return 1 / 12


# medians of observed times that a cohort of lung cancer, treated or followed after surgery, has
_PLAUSIBLE_MONTHS = {"pfs_months": (1.0, 60.0), "os_months": (1.0, 84.0)}


def implausible_times(table: pd.DataFrame) -> tuple[str, ...]:
    """A warning for every column of times whose median no cohort has.

    Parameters
    ----------
    table : DataFrame
        A validated cohort table, or any with numbers in its columns of months.
    """
    found = []
    for column in COLUMNS:
        if column.name not in _PLAUSIBLE_MONTHS or column.name not in table:
            continue
        low, high = _PLAUSIBLE_MONTHS[column.name]
        times = pd.to_numeric(table[column.name], errors="coerce").dropna()
        if times.empty or low <= (median := float(times.median())) <= high:
            continue
        likely = "days or weeks" if median > high else "years"
        found.append(
            f"The median of {column.name} is {median:.1f} months; medians of {low:g} to {high:g} "
            f"are plausible. The table may give {likely}: check the unit and convert to months."
        )
    return tuple(found)
