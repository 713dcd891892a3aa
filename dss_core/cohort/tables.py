"""Table files: CSV or Parquet, column names, cells still text."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd

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
    """Read the bytes of a CSV or Parquet file, all cells as text; empty cells are missing.

    Raises
    ------
    CohortError
        If it cannot be read, has no rows or repeats a column name.
    """
    try:
        if name.lower().endswith(".parquet"):
            table = pd.read_parquet(BytesIO(content)).astype("string")
        else:
            # header=None: pandas would silently rename a repeated column
            raw = pd.read_csv(
                BytesIO(content),
                dtype="string",
                header=None,
                keep_default_na=False,
                na_values=[""],
                encoding="utf-8-sig",
            )
            table = raw.iloc[1:].reset_index(drop=True)
            table.columns = pd.Index([str(cell).strip() for cell in raw.iloc[0]])
    except (OSError, ValueError, TypeError, ImportError) as problem:
        first = str(problem).strip().splitlines() or [type(problem).__name__]
        raise CohortError(
            f"A CSV (UTF-8) or Parquet table was expected in {name}, but it cannot be read: "
            f"{first[0]}. Export the table again."
        ) from problem
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
    """Columns that hold only numbers as `Float64`, all others as text.

    For tables of another layout, such as digitised trial curves; a cohort table is typed by
    its schema instead.
    """
    typed = {}
    for name in table:
        number = pd.to_numeric(table[name], errors="coerce").astype("Float64")
        typed[name] = number if (number.isna() == table[name].isna()).all() else table[name]
    return pd.DataFrame(typed, index=table.index)
