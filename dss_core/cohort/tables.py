"""Table files: text (CSV) or Parquet, column names, cells still text."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from dss_core.cohort.schema import BY_NAME, Kind
from dss_core.cohort.separated_text import read_separated
from dss_core.cohort.typed_tables import read_parquet
from dss_core.errors import CohortError


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV or Parquet file as it is; see `read_bytes`."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise CohortError(
            f"The table {path.name} cannot be opened: {problem.strerror}. Check its path."
        ) from problem
    return read_bytes(content, path.name)


def read_bytes(content: bytes, name: str) -> pd.DataFrame:
    """Read the bytes of a text (CSV) or Parquet file, all cells as text; empty cells are missing.

    Returns
    -------
    DataFrame
        See `read_separated` for its index.

    Raises
    ------
    CohortError
        If it cannot be read (see `read_separated`, `read_parquet`), has no rows or repeats a
        column name.
    """
    table = (
        read_parquet(content, name)
        if name.lower().endswith(".parquet")
        else read_separated(content, name)
    )
    repeated = sorted({str(c) for c in table.columns[table.columns.duplicated()]})
    if repeated:
        raise CohortError(
            f"Every column of {name} needs its own name, but these repeat: "
            f"{', '.join(repeated)}. Rename or remove the copies."
        )
    if table.empty:
        raise CohortError(f"{name} has no rows below its header. Add at least one patient.")
    return table


def rename(table: pd.DataFrame, mapping: Mapping[str, str]) -> pd.DataFrame:
    """Give columns of a foreign table their schema names.

    Parameters
    ----------
    mapping : schema name -> name in the table

    Raises
    ------
    CohortError
        If a named column is not in the table or is used twice.
    """
    unknown = sorted(set(mapping.values()) - set(table.columns))
    if unknown:
        raise CohortError(
            f"The mapping names columns the table does not have: {', '.join(unknown)}. "
            f"Choose among {', '.join(map(str, table.columns))}."
        )
    if len(set(mapping.values())) < len(mapping):
        raise CohortError("A column of the table is mapped twice. Map each to one schema column.")
    swapped = {theirs: ours for ours, theirs in mapping.items()}
    kept = [c for c in table.columns if c in swapped or c not in mapping]
    return table[kept].rename(columns=swapped)


def infer_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Columns that hold only numbers as `Float64`, all others as text; rows counted anew.

    For tables of another layout, such as digitised trial curves; a cohort table is typed by
    its schema instead. What the schema knows as text (`patient_id`) is text here too: an
    identifier of digits, or padded with zeros, is never a number.
    """
    typed = {}
    for name in table:
        number = pd.to_numeric(table[name], errors="coerce").astype("Float64")
        known = BY_NAME.get(str(name))
        is_text = known is not None and known.kind is Kind.TEXT
        numeric = not is_text and bool((number.isna() == table[name].isna()).all())
        typed[name] = number if numeric else table[name].astype("string").str.strip()
    return pd.DataFrame(typed, index=table.index).reset_index(drop=True)
