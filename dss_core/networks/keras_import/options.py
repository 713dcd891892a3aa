"""Settings of one Keras layer, read strictly.

A layer asks for every setting it honours; each answer is checked for type and range and kept in
`read`, which is all that a weights bundle needs to rebuild the layer. `finish` refuses what was
given but not asked for, so a setting that would change a number is never silently dropped.
"""

import math
from collections.abc import Collection, Mapping

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]

MAX_WHOLE = 1 << 20
"""Largest whole number any setting may hold: far above any real filter count or unit count."""
MAX_WINDOW = 512
"""Largest kernel, stride, dilation, padding or crop, in pixels."""

_NAMING = frozenset({"name", "trainable", "batch_input_shape", "input_shape", "dtype", "sparse"})
_TRAINING_ENDINGS = ("_initializer", "_regularizer", "_constraint")


class SettingError(ValueError):
    """A setting that cannot be honoured exactly; its text is one clause."""


class Options:
    """Settings of one layer.

    Parameters
    ----------
    given : mapping
        The `config` of the layer in a Keras file, or what `read` held when it was first imported.

    Attributes
    ----------
    read : dict
        Settings asked for so far, defaults filled in, JSON-serialisable.
    """

    def __init__(self, given: Mapping[str, JsonValue]) -> None:
        self._given = given
        self.read: dict[str, JsonValue] = {}

    def flag(self, key: str, default: bool) -> bool:
        """A yes or no."""
        value = self._given.get(key, default)
        if not isinstance(value, bool):
            raise SettingError(f"{key} {value!r} is not true or false")
        self.read[key] = value
        return value

    def whole(self, key: str, default: int | None = None, low: int = 1) -> int:
        """A whole number from `low` to `MAX_WHOLE`."""
        value = self._whole(key, self._given.get(key, default), low, MAX_WHOLE)
        self.read[key] = value
        return value

    def number(self, key: str, default: float) -> float:
        """A finite number."""
        value = self._number(key, self._given.get(key, default))
        self.read[key] = value
        return value

    def maybe_number(self, key: str) -> float | None:
        """A finite number, or None where the setting is off."""
        value = self._given.get(key)
        number = None if value is None else self._number(key, value)
        self.read[key] = number
        return number

    def pair(self, key: str, default: tuple[int, int] | None = None) -> tuple[int, int]:
        """Two window sizes (rows, columns); one number or null stand for both and the default."""
        value = self._given.get(key)
        if value is None:
            value = None if default is None else list(default)
        rows, columns = self._two(key, value)
        result = (
            self._whole(key, rows, 1, MAX_WINDOW),
            self._whole(key, columns, 1, MAX_WINDOW),
        )
        self.read[key] = list(result)
        return result

    def margins(self, key: str) -> tuple[int, int, int, int]:
        """Pixels at (top, bottom, left, right); Keras abbreviates where sides agree."""
        rows, columns = self._two(key, self._given.get(key, [1, 1]))
        sides = (*self._two(key, rows), *self._two(key, columns))
        top, bottom, left, right = (self._whole(key, side, 0, MAX_WINDOW) for side in sides)
        self.read[key] = [[top, bottom], [left, right]]
        return top, bottom, left, right

    def wholes(self, key: str, low: int) -> tuple[int, ...]:
        """Up to eight whole numbers; null is none of them."""
        value = self._given.get(key)
        items = [] if value is None else value if isinstance(value, list) else [value]
        if len(items) > 8:
            raise SettingError(f"{key} has {len(items)} entries, at most 8 are expected")
        result = tuple(self._whole(key, item, low, MAX_WHOLE) for item in items)
        self.read[key] = list(result)
        return result

    def axis(self, key: str, default: int) -> int:
        """An axis, possibly counted from the end; a list of one axis is that axis."""
        value = self._given.get(key, default)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        result = self._whole(key, value, -8, 8)
        self.read[key] = result
        return result

    def choice(self, key: str, known: Collection[str], default: str) -> str:
        """One of the `known` words; null is the default."""
        value = self._given.get(key)
        word = default if value is None else value
        if not isinstance(word, str) or word not in known:
            raise SettingError(f"{key} {_short(word)} (known: {', '.join(sorted(known))})")
        self.read[key] = word
        return word

    def only(self, key: str, *allowed: JsonValue) -> None:
        """A setting that is honoured at these values only; absent is fine."""
        if key in self._given:
            value = self._given[key]
            if not any(value == item and type(value) is type(item) for item in allowed):
                raise SettingError(f"{key} {_short(value)}")
            self.read[key] = value

    def finish(self, ignored: Collection[str] = ()) -> None:
        """Refuse settings nobody asked for, except names and what acts in training alone.

        Raises
        ------
        SettingError
        """
        dtype = self._given.get("dtype")
        if isinstance(dtype, dict):
            policy = dtype.get("config")
            dtype = policy.get("name") if isinstance(policy, dict) else None
            dtype = dtype or "unknown"
        if dtype not in (None, "float32"):
            raise SettingError(f"dtype {_short(dtype)}")
        unknown = [
            key
            for key in self._given
            if key not in self.read
            and key not in _NAMING
            and key not in ignored
            and not key.endswith(_TRAINING_ENDINGS)
        ]
        if unknown:
            raise SettingError("unknown setting " + ", ".join(_short(key) for key in unknown[:5]))

    def _whole(self, key: str, value: JsonValue, low: int, high: int) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise SettingError(f"{key} {_short(value)} is not a whole number {low} to {high}")
        return value

    def _number(self, key: str, value: JsonValue) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise SettingError(f"{key} {_short(value)} is not a number")
        if not math.isfinite(value):
            raise SettingError(f"{key} {value} is not finite")
        return float(value)

    def _two(self, key: str, value: JsonValue) -> tuple[JsonValue, JsonValue]:
        if not isinstance(value, list):
            return value, value
        if len(value) != 2:
            raise SettingError(f"{key} {_short(value)} does not have two entries")
        return value[0], value[1]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f"'{printable[:40]}'" + ("..." if len(printable) > 40 else "")
