"""The shipped fonts by their files, and text as far as they can show it."""

from functools import cache
from pathlib import Path
from unicodedata import category

FOLDER = Path(__file__).parent
CHARACTERS = FOLDER / "characters.txt"
"""Ranges of code points, in hexadecimal, that text can hold."""
FREE_TEXT_FONTS = ("DejaVuSans.ttf", "NotoSansSC-Regular.ttf")
FAMILIES = ("DejaVuSans", "NotoSansSC")
"""How the names of the fonts in a finished file begin."""
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def showable(text: str) -> str:
    """One line of the text: without invisible controls, and with a replacement character for each
    that no shipped font has.
    """
    known, joiners = _known(), "\u200c\u200d"
    visible = (c for c in " ".join(text.split()) if category(c) != "Cf" or c in joiners)
    return "".join(c if ord(c) in known else _UNKNOWN for c in visible)


@cache
def _known() -> frozenset[int]:
    pairs = (one.split("-") for one in CHARACTERS.read_text().split())
    return frozenset(
        code for first, last in pairs for code in range(int(first, 16), int(last, 16) + 1)
    )
