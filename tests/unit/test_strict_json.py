"""One strict reader of JSON: every way of being wrong is refused in one sentence."""

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dss_core.errors import InputError, WeightsError
from dss_core.reading.strict_json import DEEPEST, read_json, refusal


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'{"a": NaN}', "finite numbers only, found NaN"),
        (b'{"a": -Infinity}', "finite numbers only, found -Infinity"),
        (b'{"a": 1e999}', "finite numbers only, found 1e999"),
        (b"1" * 5000, "finite numbers only, found a number of 5000 characters"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "every key once, found 'c' given twice"),
        (b'{"a": 1', "line 1, column 8: Expecting ',' delimiter"),
        (b"", "not valid JSON: line 1, column 1"),
        (b"[" * 100_000, "nested deeper"),
        (b"[" * 100_000 + b"]" * 100_000, "nested deeper"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "at most 50 levels deep"),
        (b'{"a": "\xff"}', "must be UTF-8"),
        (b'{"a": "\\ud800"}', "must be UTF-8"),
    ],
)
def test_what_is_not_strict_json_is_refused_in_one_sentence(content: bytes, fault: str) -> None:
    with pytest.raises(WeightsError, match=fault) as refused:
        read_json(content, "card.json", WeightsError)
    assert str(refused.value).startswith("card.json ")
    assert "\n" not in str(refused.value)


def test_strict_json_is_read_as_it_is() -> None:
    assert read_json('{"a": [1, 2.5, null, true, "ä"]}', "x", InputError) == {
        "a": [1, 2.5, None, True, "ä"]
    }
    deepest = b"[" * DEEPEST + b"]" * DEEPEST
    assert read_json(deepest, "x", InputError) is not None
    assert read_json(b"\xef\xbb\xbf[]", "x", InputError) == []


class Inner(BaseModel):
    """A part of a made-up model."""

    model_config = ConfigDict(strict=True, extra="forbid")
    size: float = Field(ge=0, allow_inf_nan=False)


class Outer(BaseModel):
    """A made-up model."""

    model_config = ConfigDict(strict=True, extra="forbid")
    name: str
    inner: list[Inner]


def test_every_bad_field_is_named_with_its_path() -> None:
    value = {"inner": [{"size": -1.0}, {"size": "2"}, 3, {"size": 1.0, "colour": 1}]}
    with pytest.raises(ValidationError) as fault:
        Outer.model_validate(value)
    assert str(refusal(fault.value, "The card", WeightsError)) == (
        "The card cannot be used, 5 faults: name: expected, not found; "
        "inner[0].size: expected at least 0, found -1.0; "
        "inner[1].size: expected a number, found '2'; "
        "inner[2]: expected an object, found 3; "
        "inner[3].colour: unknown field. Correct them."
    )
