"""Tables as they come: CSV or Parquet files, column names, cells still text."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from dss_core.errors import CohortError


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV or Parquet file as it is, all cells as text; empty cells are missing.

    Raises
    ------
    CohortError
        If the file cannot be read, has no rows or repeats a column name.
    """
    try:
        if path.suffix.lower() == ".parquet":
            raw = pd.read_parquet(path)
            table = raw.astype("string")
        else:
            # header=None: pandas would silently rename a repeated column
            raw = pd.read_csv(
                path, dtype="string", header=None, keep_default_na=False, na_values=[""]
            )
            table = raw.iloc[1:].reset_index(drop=True)
            table.columns = pd.Index([str(name).strip() for name in raw.iloc[0]])
    except (OSError, ValueError, ImportError, UnicodeDecodeError) as problem:
        first = str(problem).strip().splitlines() or [type(problem).__name__]
        raise CohortError(
            f"A CSV (UTF-8) or Parquet table was expected in {path.name}, but it cannot be read: "
            f"{first[0]}. Export the table again."
        ) from problem
    repeated = sorted({str(c) for c in table.columns[table.columns.duplicated()]})
    if repeated:
        raise CohortError(
            f"Every column of {path.name} needs its own name, but these repeat: "
            f"{', '.join(repeated)}. Rename or remove the copies."
        )
    if table.empty:
        raise CohortError(f"{path.name} has no rows below its header. Add at least one patient.")
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
