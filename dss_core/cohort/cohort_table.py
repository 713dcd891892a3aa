"""Cohort tables: read and checked, every invalid cell named at once.

The table stays a pandas frame (it is the one thing here that really is a table), wrapped in a
frozen `Cohort` that says where it came from and which weights its scores belong to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from dss_core.cohort.bad_cells import BadCell, CohortTableError
from dss_core.cohort.levels import levels_of
from dss_core.cohort.schema import BY_NAME, COLUMNS, Column, Kind
from dss_core.cohort.tables import infer_numbers, read_table
from dss_core.cohort.time_units import TimeUnit, implausible_times


@dataclass(frozen=True)
class Cohort:
    """A validated table of past patients.

    Attributes
    ----------
    table : DataFrame
        One row a patient; the columns of `schema.COLUMNS` with nullable pandas types, in that
        order, then any further columns. Not to be changed in place.
    name : str
        What the cohort is called on screen and in exports.
    source : str
        Where it came from, in words, with citation where there is one.
    synthetic : bool
        True when no row is a patient.
    """

    table: pd.DataFrame
    name: str
    source: str
    synthetic: bool = False

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def weights_ids(self) -> tuple[str, ...]:
        """The weights bundles that made the scores, sorted; empty when none is named."""
        if "score_weights_id" not in self.table:
            return ()
        return tuple(sorted(self.table["score_weights_id"].dropna().unique()))

    @cached_property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        """Values present in each text column of the schema, in the schema's order."""
        found: dict[str, tuple[str, ...]] = {}
        for column in COLUMNS:
            if column.name in self.table and column.kind in (Kind.TEXT, Kind.CHOICE):
                found[column.name] = levels_of(column.name, self.table[column.name])
        return found

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is usable but doubtful: times whose median no cohort has."""
        return implausible_times(self.table)

    def has(self, *columns: str) -> bool:
        """Whether every one of these columns is there with at least one value."""
        return all(c in self.table and bool(self.table[c].notna().any()) for c in columns)


def validate(table: pd.DataFrame, times_in: TimeUnit = TimeUnit.MONTHS) -> pd.DataFrame:
    """Check a table of text cells against the schema and give its columns their types.

    Parameters
    ----------
    table : DataFrame
        As from `read_table`, after any column mapping; its index names the rows.
    times_in : TimeUnit
        Unit of the columns of times; the result has months.

    Returns
    -------
    DataFrame
        Schema columns first, in schema order: text and choices as `string`, numbers as
        `Float64`, counts and yes/no as `Int64`; missing stays missing. Rows counted anew.

    Raises
    ------
    CohortTableError
        With every bad cell.
    """
    bad: list[BadCell] = []
    typed: dict[str, pd.Series] = {}
    for column in COLUMNS:
        if column.name in table:
            typed[column.name], wrong = _convert(table[column.name], column, times_in)
            bad += wrong
    others = {str(name): table[name] for name in table if name not in BY_NAME}
    result = pd.DataFrame(typed | others, index=table.index)
    try:
        result = _SCHEMA.validate(result, lazy=True)
    except pa.errors.SchemaErrors as problems:
        unread = {(cell.column, cell.row) for cell in bad}
        bad += [
            cell
            for cell in _from_pandera(problems.failure_cases, table)
            if not {(cell.column, cell.row), (cell.column.replace("months", "event"), cell.row)}
            & unread
        ]
    if bad:
        raise CohortTableError(tuple(sorted(bad, key=lambda c: (c.row, c.column))))
    return result.reset_index(drop=True)


def load(path: Path, name: str | None = None, source: str = "") -> Cohort:
    """Read and validate a cohort table; see `read_table` and `validate` for what is refused."""
    table = validate(read_table(path))
    return Cohort(table, name or path.stem, source or f"table {path.name}")


def load_for_analysis(path: Path) -> pd.DataFrame:
    """A table to compare groups in: with a `patient_id` column it is a cohort and held to the
    schema; any other table only has its numbers read as numbers."""
    table = read_table(path)
    return validate(table) if "patient_id" in table else infer_numbers(table)


def as_text(cohort: Cohort) -> str:
    """The table as CSV text; missing cells are empty."""
    return str(cohort.table.to_csv(index=False, lineterminator="\n"))


def _convert(
    cells: pd.Series, column: Column, times_in: TimeUnit
) -> tuple[pd.Series, list[BadCell]]:
    """Text cells to the column's type; cells that are no numbers are reported, then missing."""
    text = cells.astype("string").str.strip().replace("", pd.NA)
    if column.kind in (Kind.TEXT, Kind.CHOICE):
        return text, []
    number = pd.to_numeric(text, errors="coerce").astype("Float64")
    wrong = text.notna() & (number.isna() | np.isinf(number.fillna(0.0)))
    if column.kind in (Kind.COUNT, Kind.YES_NO):
        wrong = wrong | (number.notna() & (number.fillna(0.0) % 1 != 0))
    bad = [
        BadCell(column.name, int(row) + 1, repr(str(text[row])), f"expected {column.expected}")
        for row in text.index[wrong.to_numpy(dtype=bool)]
    ]
    number = number.mask(wrong)
    if column.is_time:
        number = number / times_in.per_month
    return (number if column.kind is Kind.NUMBER else number.astype("Int64")), bad


def _check(column: Column) -> pa.Column:
    checks: list[pa.Check] = []
    dtype = "string"
    match column.kind:
        case Kind.CHOICE:
            checks.append(pa.Check.isin(column.choices))
        case Kind.YES_NO:
            dtype = "Int64"
            checks.append(pa.Check.isin([0, 1]))
        case Kind.NUMBER | Kind.COUNT:
            dtype = "Float64" if column.kind is Kind.NUMBER else "Int64"
            checks.append(pa.Check.in_range(column.low, column.high))
        case Kind.TEXT:
            pass
    return pa.Column(
        dtype,
        checks,
        nullable=not column.required,
        required=column.required,
        unique=column.name == "patient_id",
    )


def _together(time: str, event: str) -> pa.Check:
    """A time needs its event flag and the other way round."""

    def both_or_neither(table: pd.DataFrame) -> pd.Series:
        if time not in table and event not in table:
            return pd.Series(True, index=table.index)
        missing = pd.Series(True, index=table.index)
        has_time = ~(table[time].isna() if time in table else missing)
        has_event = ~(table[event].isna() if event in table else missing)
        return has_time == has_event

    return pa.Check(both_or_neither, name=f"{time} and {event} both filled or both empty")


_SCHEMA = pa.DataFrameSchema(
    {column.name: _check(column) for column in COLUMNS},
    checks=[_together("pfs_months", "pfs_event"), _together("os_months", "os_event")],
    strict=False,
)


def _from_pandera(cases: pd.DataFrame, table: pd.DataFrame) -> list[BadCell]:
    """Pandera's failure cases in our words, one a cell, with the cell as the file has it."""
    found: dict[tuple[str, int], BadCell] = {}
    for context, column, check, value, row in zip(
        cases["schema_context"],
        cases["column"],
        cases["check"].astype(str),
        cases["failure_case"],
        cases["index"],
        strict=True,
    ):
        if check == "column_in_dataframe":
            cell = BadCell(str(value), 0, "none", "expected a required column")
        elif context != "Column":
            first = check.split(" and ")[0]
            cell = BadCell(first, int(row) + 1, "only one", f"expected {check}")
        elif check == "field_uniqueness":
            cell = BadCell(column, int(row) + 1, repr(str(value)), "expected each only once")
        else:
            found_there = str(table.loc[row, column]).strip()
            shown = "an empty cell" if pd.isna(value) else repr(found_there)
            cell = BadCell(column, int(row) + 1, shown, f"expected {BY_NAME[column].expected}")
        found.setdefault((cell.column, cell.row), cell)
    return list(found.values())
