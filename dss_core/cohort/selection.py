"""Selections such as `treatment=='ICI' and age_years>=65`: parsed, never executed.

The text is parsed to a syntax tree and only the nodes named here are understood: column names,
literals, comparisons, `in`, `and`, `or`, `not`, and `missing(column)`. Missing cells make a
comparison unknown (Kleene logic), so a patient without a value is neither in nor out.
"""

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas.arrays import BooleanArray

from dss_core.cohort.schema import BY_NAME, Kind
from dss_core.errors import CohortError

MAX_LENGTH = 1000
_SYMBOLS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_OPPOSITE = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "in": "not in",
    "not in": "in",
}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_COMPARE: dict[str, Callable[[Any, Any], pd.Series]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Where:
    """A parsed selection; make it with `parse`."""

    text: str
    tree: ast.expr

    @property
    def is_column(self) -> bool:
        """True when the text is only a column's name."""
        return isinstance(self.tree, ast.Name)

    @property
    def labels(self) -> tuple[str, str]:
        """Words for the rows outside and inside the selection."""
        inside = ast.unparse(self.tree)
        tree = self.tree
        if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
            left, right = ast.unparse(tree.left), ast.unparse(tree.comparators[0])
            return f"{left} {_OPPOSITE[_SYMBOLS[type(tree.ops[0])]]} {right}", inside
        return f"not ({inside})", inside

    def select(self, table: pd.DataFrame) -> BooleanArray:
        """True, False or missing for each row.

        Raises
        ------
        CohortError
            If a column is not in the table or is compared with a value of another kind.
        """
        return _walk(self.tree, table)


def parse(text: str) -> Where:
    """Parse a selection.

    Raises
    ------
    CohortError
        If the text is not a selection in the grammar above.
    """
    if len(text) > MAX_LENGTH:
        raise CohortError(
            f"A selection may have {MAX_LENGTH} characters, this one has {len(text)}. Shorten it."
        )
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        where = Where(text.strip(), tree)
        _check(tree)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as problem:
        raise CohortError(
            f"A selection like \"treatment=='ICI' and age_years>=65\" was expected, but "
            f"{text!r} cannot be read as one. Use column names, values, comparisons, and/or/not."
        ) from problem
    return where


def _refuse(node: ast.AST) -> CohortError:
    return CohortError(
        f"A selection compares columns with values; {ast.unparse(node)!r} is not such a "
        "comparison. Write for example \"histology in ['squamous', 'other']\", "
        '"not sex==\'male\'" or "missing(egfr_status)".'
    )


def _check(node: ast.expr) -> None:
    """Refuse everything outside the grammar."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand)
        case ast.Name():
            pass
        case ast.Call(func=ast.Name(id="missing"), args=[ast.Name()], keywords=[]):
            pass
        case ast.Compare(ops=ops, comparators=rights):
            for left, op, right in zip([node.left, *rights], ops, rights, strict=False):
                if type(op) not in _SYMBOLS:
                    raise _refuse(node)
                if isinstance(op, ast.In | ast.NotIn):
                    if not isinstance(left, ast.Name) or not isinstance(
                        right, ast.List | ast.Tuple
                    ):
                        raise _refuse(node)
                    _values(right, node)
                else:
                    names = [isinstance(side, ast.Name) for side in (left, right)]
                    if not any(names):
                        raise _refuse(node)
                    for side in (left, right):
                        if not isinstance(side, ast.Name):
                            _value(side, node)
        case _:
            raise _refuse(node)


def _value(node: ast.expr, whole: ast.AST) -> str | float:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=bool() | int() | float() as number):
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -float(number)
    raise _refuse(whole)


def _values(node: ast.List | ast.Tuple, whole: ast.AST) -> list[str | float]:
    return [_value(item, whole) for item in node.elts]


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table:
        raise CohortError(
            f"The selection names the column {name!r}, which the table does not have. "
            f"Its columns are {', '.join(map(str, table.columns))}."
        )
    return table[name]


def _walk(node: ast.expr, table: pd.DataFrame) -> BooleanArray:
    match node:
        case ast.BoolOp(op=op, values=values):
            result = _walk(values[0], table)
            for value in values[1:]:
                other = _walk(value, table)
                result = result & other if isinstance(op, ast.And) else result | other
            return result
        case ast.UnaryOp(operand=operand):
            return ~_walk(operand, table)
        case ast.Call(args=[ast.Name(id=name)]):
            return _boolean(_column(table, name).isna())
        case ast.Name(id=name):
            column = _column(table, name)
            if not pd.api.types.is_numeric_dtype(column) or not column.dropna().isin([0, 1]).all():
                raise CohortError(
                    f"The column {name!r} alone is no selection, because it is not yes/no. "
                    f'Compare it with a value, for example "{name} == ...".'
                )
            return _boolean(column.astype("boolean"))
        case ast.Compare(left=left, ops=ops, comparators=rights):
            result = _compare(left, ops[0], rights[0], table)
            for a, sign, b in zip(rights, ops[1:], rights[1:], strict=False):
                result = result & _compare(a, sign, b, table)
            return result
    raise _refuse(node)


def _compare(left: ast.expr, op: ast.cmpop, right: ast.expr, table: pd.DataFrame) -> BooleanArray:
    if isinstance(right, ast.List | ast.Tuple) and isinstance(left, ast.Name):
        column = _column(table, left.id)
        values = _values(right, right)
        for value in values:
            _fits(column, value)
        inside = column.isin(values).astype("boolean").mask(column.isna())
        return _boolean(inside if isinstance(op, ast.In) else ~inside)
    symbol = _SYMBOLS[type(op)]
    if not isinstance(left, ast.Name):
        left, right, symbol = right, left, _MIRRORED[symbol]
    assert isinstance(left, ast.Name)
    column = _column(table, left.id)
    other = _column(table, right.id) if isinstance(right, ast.Name) else _value(right, right)
    _fits(column, other)
    return _boolean(_COMPARE[symbol](column, other))


def _fits(column: pd.Series, value: object) -> None:
    """A number column is compared with numbers, a choice only with a choice it has."""
    numeric = pd.api.types.is_numeric_dtype(column)
    if isinstance(value, pd.Series):
        if numeric != pd.api.types.is_numeric_dtype(value):
            raise CohortError(
                f"The columns {column.name!r} and {value.name!r} contain different kinds of value "
                "and cannot be compared. Compare a column with one of its own kind."
            )
        return
    if numeric == isinstance(value, str):
        kind = "numbers" if numeric else "text"
        raise CohortError(
            f"The column {column.name!r} contains {kind}, so it cannot be compared with {value!r}. "
            f"Compare it with {'a number' if numeric else 'a text in quotes'}."
        )
    known = BY_NAME.get(str(column.name))
    if (
        known
        and known.kind is Kind.CHOICE
        and value not in known.choices
        and not column.eq(value).any()
    ):
        raise CohortError(
            f"The column {column.name!r} is {known.expected}; it is never {value!r}. "
            "Correct the value."
        )


def _boolean(values: pd.Series) -> BooleanArray:
    result = values.astype("boolean").array
    assert isinstance(result, BooleanArray)
    return result
