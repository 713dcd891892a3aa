"""Parquet tables as text cells: the types that the file states, a named index as a column."""

from io import BytesIO

import numpy as np
import pandas as pd

from dss_core.errors import CohortError


def read_parquet(content: bytes, name: str) -> pd.DataFrame:
    """Read a Parquet table, all cells as text; missing cells stay missing.

    Booleans become 1 and 0, whole numbers that are stored as fractions (a column with missing
    cells) lose their ".0", categories become their words.

    Raises
    ------
    CohortError
        If it is not a Parquet table, or its rows are named by an index without a name.
    """
    try:
        table = pd.read_parquet(BytesIO(content))
    except Exception as problem:  # of damage every layer of the reader raises errors of its own
        first = [line for line in str(problem).strip().splitlines()[:1] if line.isprintable()]
        first = first or [type(problem).__name__]
        raise CohortError(
            f"A Parquet table was expected in {name}, but it cannot be read: {first[0]}. Export "
            "the table again."
        ) from problem
    named = [level for level in table.index.names if level is not None]
    if any(
        level is None and not pd.api.types.is_integer_dtype(table.index.get_level_values(i))
        for i, level in enumerate(table.index.names)
    ):
        raise CohortError(
            f"The rows of {name} are named by an index without a name of its own, for example "
            f"{table.index[0]!r}. Give the index a name, or make it a column."
        )
    both = [str(level) for level in named if level in table.columns]
    if both:
        raise CohortError(
            f"Every column of {name} needs its own name, but these repeat in its index: "
            f"{', '.join(both)}. Rename or remove the copies."
        )
    if named:
        table = table.reset_index(level=named)
    table = table.reset_index(drop=True)
    texts = {str(column): _text(table.iloc[:, i]) for i, column in enumerate(table.columns)}
    return pd.DataFrame(texts, index=table.index)


def _text(cells: pd.Series) -> pd.Series:
    """The cells of one column as text."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    missing = cells.isna()
    if pd.api.types.is_bool_dtype(cells.dtype) or _only(cells[~missing], bool | np.bool_):
        return cells.astype("boolean").astype("Int64").astype("string")
    text = cells.astype("string")
    if pd.api.types.is_float_dtype(cells.dtype) or _only(cells[~missing], float | int):
        text = text.str.replace(r"\.0$", "", regex=True)
    return text.mask(missing | (text.str.strip() == ""), pd.NA)


def _only(cells: pd.Series, kind: object) -> bool:
    """Whether an object column holds values of one kind only."""
    return (
        cells.dtype == object and not cells.empty and all(isinstance(cell, kind) for cell in cells)  # type: ignore[arg-type]
    )
