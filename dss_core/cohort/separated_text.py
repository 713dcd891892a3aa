"""Text tables: separator, encoding and decimal sign are found in the file before it is read.

Comma, semicolon or tab separate the cells; the header says which. Every row has as many cells as
the header. With semicolon or tab a number may have a decimal comma, if all numbers of the file do.
"""

import csv
import io
import re

import pandas as pd

from dss_core.errors import CohortError

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_POINT = re.compile(r"\s*[+-]?\d*\.\d+(?:[eE][+-]?\d+)?\s*")
_COMMA = re.compile(r"\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*")
_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(?:,\d{3})+\s*")


def read_separated(content: bytes, name: str) -> pd.DataFrame:
    """Read a text table, all cells as text; empty cells are missing.

    Returns
    -------
    DataFrame
        The index is the place of each row below the header, from 0; blank lines have a place too,
        so that it names the row that a reader of the file sees.

    Raises
    ------
    CohortError
        If it is not UTF-8, its separator or decimal sign is unclear, a quoted cell does not end,
        or a row has fewer or more cells than the header.
    """
    text = _decoded(content, name)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise CohortError(
            f"A table was expected in {name}, but it cannot be read: it is empty. Export it again."
        )
    separator = _separator(first, name)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as problem:
        raise CohortError(
            f"A text table was expected in {name}, but it cannot be read: {problem}. Close every "
            "quoted cell, or export the table again."
        ) from problem
    records = [[] if len(cells) == 1 and not cells[0].strip() else cells for cells in records]
    start = next(i for i, cells in enumerate(records) if cells)
    header = [cell.strip() for cell in records[start]]
    rows = {i: cells for i, cells in enumerate(records[start + 1 :]) if cells}
    _same_length(header, rows, name, separator)
    table = pd.DataFrame(list(rows.values()), index=list(rows), dtype="string")
    table.columns = pd.Index(header) if rows else pd.RangeIndex(0)
    if not rows:
        return pd.DataFrame({column: pd.Series(dtype="string") for column in header})
    table = table.replace("", pd.NA)
    return table if separator == "," else _with_decimal_point(table, name)


def _decoded(content: bytes, name: str) -> str:
    encoding = "UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "another encoding"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise CohortError(
            f"A CSV table in UTF-8 was expected in {name}, but it cannot be read: it is in "
            f"{encoding}. Save it as CSV UTF-8."
        ) from problem
    if "\0" in text:
        raise CohortError(
            f"A text table was expected in {name}, but it cannot be read: it contains binary "
            "zeros. Export the table again."
        )
    return text


def _separator(header: str, name: str) -> str:
    """The separator with which the header has most cells."""
    counts = {s: len(next(csv.reader([header], delimiter=s))) for s in _SEPARATORS}
    most = max(counts.values())
    found = [s for s, n in counts.items() if n == most]
    if most > 1 and len(found) > 1:
        words = " and ".join(_SEPARATORS[s] for s in found)
        raise CohortError(
            f"One separator of cells was expected in {name}, but its header has {words} alike. "
            "Use one of them only."
        )
    return found[0]


def _same_length(header: list[str], rows: dict[int, list[str]], name: str, separator: str) -> None:
    wrong = {i: cells for i, cells in rows.items() if len(cells) != len(header)}
    if not wrong:
        return
    shown = [
        f"row {i + 1} ({cells[0] or 'first cell empty'}) has {len(cells)}"
        for i, cells in list(wrong.items())[:10]
    ]
    more = f" and {len(wrong) - 10} more" if len(wrong) > 10 else ""
    raise CohortError(
        f"Every row of {name} needs as many cells as its header, {len(header)} separated by "
        f"{_SEPARATORS[separator]}, but {'; '.join(shown)}{more} (rows counted below the header). "
        "Complete these rows."
    )


def _with_decimal_point(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Columns of numbers with a decimal comma get a point."""
    columns: list[str] = []
    certain, point = False, ""
    for column in table:
        cells = table[column].dropna()
        comma = cells.str.fullmatch(_COMMA.pattern)
        dotted = cells.str.fullmatch(_POINT.pattern)
        if cells.empty or not (comma | dotted | cells.str.fullmatch(_WHOLE.pattern)).all():
            continue
        if dotted.any():
            point = str(column)
        if comma.any():
            columns.append(str(column))
            certain |= not cells[comma].str.fullmatch(_THOUSANDS.pattern).all()
    if not columns:
        return table
    if point or not certain:
        why = f"{point} has a point" if point else "they could also separate thousands"
        raise CohortError(
            f"One decimal sign was expected in {name}, but the numbers of {', '.join(columns)} "
            f"have commas and {why}. Export the table with decimal points."
        )
    return table.assign(**{c: table[c].str.replace(",", ".", regex=False) for c in columns})
