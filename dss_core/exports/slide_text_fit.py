"""How much room text takes on a slide, by the glyphs of the shipped fonts.

They are wider than the slide's own font, so that what fits here fits there. Lines break between
words, between Chinese characters, and inside a word that is longer than a line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PIL import ImageFont

from dss_core.exports.fonts.shipped_fonts import FOLDER

INK = "1B2328"
LINE_HEIGHT = 1.22
"""Of the size of the font."""
_MEASURED_PT = 100
_WIDE = "\u2e80"
"""From here on a glyph is as wide as the font is high, and a line may break at it."""


@dataclass(frozen=True)
class Run:
    """A piece of text of one look.

    Attributes
    ----------
    scale : float
        Of the size of its box.
    """

    text: str
    bold: bool = False
    colour: str = INK
    scale: float = 1.0


Paragraph = tuple[Run, ...]


def fitting_pt(
    paragraphs: list[Paragraph], width_in: float, height_in: float, pt: float, smallest_pt: float
) -> float:
    """The largest size up to `pt`, in steps of half a point, in which paragraphs fit."""
    while pt > smallest_pt and text_height_in(paragraphs, width_in, pt) > height_in:
        pt -= 0.5
    return pt


def text_height_in(paragraphs: list[Paragraph], width_in: float, pt: float) -> float:
    """Height in inches that paragraphs take in a box of a width."""
    height = 0.0
    for runs in paragraphs:
        lines = _lines(runs, 72.0 * width_in / pt)
        height += lines * pt * max(run.scale for run in runs) * LINE_HEIGHT / 72.0
    return height


def _lines(runs: Paragraph, width_em: float) -> int:
    lines, used = 1, 0.0
    for run in runs:
        for piece in _pieces(run.text):
            needed = run.scale * _width_em(piece.rstrip(), run.bold)
            if used and used + needed > width_em:
                lines, used = lines + 1, 0.0
            while needed > width_em:
                lines, needed = lines + 1, needed - width_em
            used += needed + run.scale * _width_em(piece[len(piece.rstrip()) :], run.bold)
    return lines


def _pieces(text: str) -> Iterator[str]:
    """Words with the space after them, and single wide characters."""
    yield from re.findall(rf"[{_WIDE}-\uffff]\s*|[^\s{_WIDE}-\uffff]+\s*|\s+", text)


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(FOLDER / name, _MEASURED_PT)


def _width_em(text: str, bold: bool) -> float:
    wide = sum(character >= _WIDE for character in text)
    if wide:
        text = "".join(character for character in text if character < _WIDE)
    return wide + _font(bold).getlength(text) / _MEASURED_PT
