"""Cells of a cohort table that cannot be used, all named in one refusal."""

from dataclasses import dataclass

from dss_core.errors import CohortError


@dataclass(frozen=True)
class BadCell:
    """A cell that cannot be used; `row` counts from 1 without the header, 0 means the column."""

    column: str
    row: int
    found: str
    expected: str


class CohortTableError(CohortError):
    """A table with bad cells; `cells` holds all of them, the text names all of them."""

    def __init__(self, cells: tuple[BadCell, ...]) -> None:
        self.cells = cells
        together: dict[tuple[str, str, str], list[int]] = {}
        for cell in cells:
            together.setdefault((cell.column, cell.found, cell.expected), []).append(cell.row)
        parts = [
            f"{column}: {expected}, found {found}" + (f" in {_rows(rows)}" if any(rows) else "")
            for (column, found, expected), rows in together.items()
        ]
        noun = "cell" if len(cells) == 1 else "cells"
        super().__init__(
            f"The cohort table has {len(cells)} bad {noun}; correct or empty them. "
            + "; ".join(parts)
            + "."
        )


def _rows(rows: list[int]) -> str:
    """Rows as short runs: rows 1, 4-6."""
    rows = sorted(rows)
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    text = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
    return f"row {text}" if len(rows) == 1 else f"rows {text}"
