"""A second table joined to the cohort by `patient_id`: how many patients were found in both."""

from dataclasses import dataclass

import pandas as pd

from dss_core.errors import CohortError

KEY = "patient_id"


@dataclass(frozen=True)
class Join:
    """How a second table met the cohort.

    Attributes
    ----------
    what : str
        What the second table holds.
    n_both : int
        Patients in both.
    n_cohort_only, n_other_only : int
        Patients of the cohort without a row in the second table, and the other way round.
    n_incomplete : int
        Rows of the second table without the value it is read for; they are left out.
    """

    what: str
    n_both: int
    n_cohort_only: int
    n_other_only: int
    n_incomplete: int = 0

    @property
    def words(self) -> str:
        """One sentence."""
        text = (
            f"{self.what}: {self.n_both} patients joined by {KEY}; {self.n_cohort_only} of the "
            f"cohort have none, {self.n_other_only} are not in the cohort"
        )
        without = f"; {self.n_incomplete} rows have no value" if self.n_incomplete else ""
        return f"{text}{without}."


def join(cohort: pd.DataFrame, other: pd.DataFrame, what: str, *, n_incomplete: int = 0) -> Join:
    """Count who is in both tables; identifiers are compared as text.

    Parameters
    ----------
    what : str
        What the other table holds, as the beginning of a sentence: "The slice table".

    Raises
    ------
    CohortError
        If a row of the other table has no identifier, or none is in the cohort.
    """
    ours, theirs = (table[KEY].astype("string") for table in (cohort, other))
    if theirs.isna().any():
        raise CohortError(
            f"{what} needs a {KEY} in every row, and {int(theirs.isna().sum())} have none. "
            "Complete or remove these rows."
        )
    left, right = set(ours.dropna()), set(theirs)
    if not left & right:
        raise CohortError(
            f"No {KEY} of {what[0].lower()}{what[1:]} is in the cohort: {min(right)!r} and "
            f"{min(left)!r} for example. Use the same pseudonyms in both, zeros in front included."
        )
    return Join(what, len(left & right), len(left - right), len(right - left), n_incomplete)
