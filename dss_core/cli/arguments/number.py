"""Numbers given on the command line: finite, and within the range that their use has.

Examples
--------
>>> Real(0.0, 1.0)("0.5")
0.5
"""

import argparse
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Real:
    """Reads a finite number from `least` to `most`, ends included.

    Raises
    ------
    argparse.ArgumentTypeError
        For any other text.
    """

    least: float
    most: float = math.inf
    unit: str = ""

    def __call__(self, text: str) -> float:
        """The number that a text says."""
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and self.least <= number <= self.most):
            raise _refused(f"a number {_range(self.least, self.most, self.unit)}", text)
        return number


@dataclass(frozen=True)
class Whole:
    """Reads a whole number from `least` to `most`, ends included.

    Raises
    ------
    argparse.ArgumentTypeError
        For any other text.
    """

    least: int
    most: int = 2**63 - 1

    def __call__(self, text: str) -> int:
        """The number that a text says."""
        digits = text.strip()
        readable = digits.isascii() and digits.isdigit() and len(digits) <= len(str(self.most))
        if not (readable and self.least <= int(digits) <= self.most):
            most = self.most if self.most < 2**63 - 1 else math.inf
            raise _refused(f"a whole number {_range(self.least, most)}", text)
        return int(digits)


def _range(least: float, most: float, unit: str = "") -> str:
    of = f" {unit}" if unit else ""
    return (
        f"of {least:g}{of} or more" if most == math.inf else f"between {least:g} and {most:g}{of}"
    )


def _refused(expected: str, text: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{expected} was expected, found {text[:40]!r}")
