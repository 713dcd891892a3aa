"""The one strict reader of JSON, and what a model refuses about it in plain sentences.

Strict means: UTF-8, finite numbers only, every key once, and not nested without end. What the
values mean is left to a pydantic model; `refusal` names the path of every field it refuses.
"""

import json
import math
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dss_core.errors import DssError

DEEPEST = 50
"""Levels of objects and lists that a file may have."""
_LONGEST_FOUND = 60


def read_json(content: bytes | str, what: str, error: type[DssError]) -> Any:
    """The value of a JSON text.

    Parameters
    ----------
    content : bytes or str
        Bytes are read as UTF-8.
    what : str
        How to name the text in a refusal, e.g. its file name.
    error : type of DssError
        The refusal to raise.

    Raises
    ------
    DssError
        As `error`: not UTF-8, not JSON, a number that is not finite, a key given twice, or nested
        deeper than `DEEPEST`.

    Examples
    --------
    >>> from dss_core.errors import InputError
    >>> read_json(b'{"age": 60}', "patient.json", InputError)
    {'age': 60}
    """

    def finite(text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            found = text if len(text) <= _LONGEST_FOUND else f"a number of {len(text)} characters"
            raise error(
                f"{what} must hold finite numbers only, found {found}. "
                "Leave a value out if it is unknown."
            )
        return number

    def whole(text: str) -> int:
        finite(text)
        return int(text)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            names = [name for name, _ in pairs]
            twice = ", ".join(repr(name) for name in value if names.count(name) > 1)
            raise error(f"{what} must give every key once, found {twice} given twice. Keep one.")
        return value

    def too_deep() -> NoReturn:
        raise error(
            f"{what} may be nested at most {DEEPEST} levels deep and is nested deeper. "
            "Check that it is the right file."
        )

    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        value = json.loads(
            text,
            parse_constant=finite,
            parse_float=finite,
            parse_int=whole,
            object_pairs_hook=once,
        )
        if _levels(value) > DEEPEST:
            too_deep()
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # an escaped half character is text
    except RecursionError:
        too_deep()
    except UnicodeError as fault:
        raise error(f"{what} must be UTF-8 text and is not. Save it as UTF-8.") from fault
    except json.JSONDecodeError as fault:
        raise error(
            f"{what} is not valid JSON: line {fault.lineno}, column {fault.colno}: {fault.msg}. "
            "Correct it or export it again."
        ) from fault
    return value


def refusal(
    fault: ValidationError, what: str, error: type[DssError], advice: str = "Correct them."
) -> DssError:
    """What a model refuses about a text, as one error that names every bad field.

    Parameters
    ----------
    fault : pydantic.ValidationError
        From the model.
    what : str
        How to name the text, as the beginning of a sentence, e.g. "The patient record".
    error : type of DssError
        The refusal to make.
    advice : str
        What to do, a sentence.
    """
    return refused(bad_fields(fault), what, error, advice)


def refused(
    faults: list[str], what: str, error: type[DssError], advice: str = "Correct them."
) -> DssError:
    """One error that lists faults."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return error(f"{what} cannot be used, {count}: {'; '.join(faults)}. {advice}")


def bad_fields(fault: ValidationError) -> list[str]:
    """Every bad field as `path: expected ..., found ...`."""
    rows = fault.errors(include_url=False)
    return [
        f"{_path(row['loc']) or 'the whole'}: {_words(row)}"
        for row in rows
        if not (row["type"] == "too_short" and _has_fault_within(row["loc"], rows))
    ]


def _has_fault_within(list_: tuple[int | str, ...], rows: list[ErrorDetails]) -> bool:
    """Whether an item of a list is refused, so that pydantic may count the list as too short."""
    inside = len(list_)
    return any(row["loc"][:inside] == list_ != row["loc"] for row in rows)


def _levels(value: Any) -> int:
    """How deep objects and lists are nested, at most one more than `DEEPEST`."""
    level, inner = 0, _children([value])
    while inner is not None and level <= DEEPEST:
        level, inner = level + 1, _children(inner)
    return level


def _children(values: list[Any]) -> list[Any] | None:
    """What stands inside the objects and lists among values; None if there is none of either."""
    nested = [value for value in values if isinstance(value, dict | list)]
    if not nested:
        return None
    return [
        child
        for value in nested
        for child in (value.values() if isinstance(value, dict) else value)
    ]


def _path(parts: tuple[int | str, ...]) -> str:
    """`('node', 'A', 'other', 0)` as `node.A.other[0]`; labels in brackets are no keys."""
    named = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}"
        for part in parts
        if isinstance(part, int) or not part.startswith("[")
    )
    return named.removeprefix(".")


_EXPECTED = {
    "missing": "expected, not found",
    "extra_forbidden": "unknown field",
    "unexpected_keyword_argument": "unknown field",
    "string_type": "expected text",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "set_type": "expected a list",
    "frozen_set_type": "expected a list",
    "dict_type": "expected an object",
    "model_type": "expected an object",
    "model_attributes_type": "expected an object",
    "dataclass_type": "expected an object",
    "enum": "expected {expected}",
    "literal_error": "expected {expected}",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "string_too_short": "expected text of at least {min_length} characters",
    "string_too_long": "expected text of at most {max_length} characters",
    "string_pattern_mismatch": "expected text of the form {pattern}",
    "too_short": "expected a list of at least {min_length}",
    "too_long": "expected a list of at most {max_length}",
    "value_error": "{error}",
}

_WITHOUT_FOUND = ("missing", "extra_forbidden", "unexpected_keyword_argument", "value_error")


def _words(row: ErrorDetails) -> str:
    """What was expected and what was found."""
    kind = row["type"]
    fallback = row["msg"].replace("Input should be", "expected")
    words = _EXPECTED.get(kind, fallback.replace("{", "{{").replace("}", "}}"))
    limits = row.get("ctx", {}).items()
    words = words.format_map({k: f"{v:g}" if isinstance(v, float) else v for k, v in limits})
    if kind in _WITHOUT_FOUND:
        return words
    found = repr(row["input"])
    short = found if len(found) <= _LONGEST_FOUND else f"{found[:_LONGEST_FOUND]}..."
    return f"{words}, found {short}"
