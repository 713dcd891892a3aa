"""Makes the shipped fonts: subsets of DejaVu Sans and Noto Sans SC, and the list of characters.

`python -m dss_core.exports.fonts.make_fonts DEJAVU_FOLDER NotoSansSC_400Regular.ttf`, for
maintainers; needs fonttools. DejaVu Sans 2.37 keeps Latin, Greek, Cyrillic, Hebrew, Arabic and
symbols; Noto Sans SC keeps GB 2312 (levels 1 and 2) and what stands between its characters.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset

from dss_core.exports.fonts.shipped_fonts import CHARACTERS, FOLDER, FREE_TEXT_FONTS

_LATIN_AND_MORE = (
    (0x20, 0x7E), (0xA0, 0x52F), (0x590, 0x6FF), (0x1E00, 0x1EFF), (0x2000, 0x23FF),
    (0x25A0, 0x27BF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC), (0xFFFD, 0xFFFD),
)  # fmt: skip


def main(words: list[str]) -> None:
    """Write every font and the list of characters into the package."""
    dejavu, noto = Path(words[0]), Path(words[1])
    latin = {code for first, last in _LATIN_AND_MORE for code in range(first, last + 1)}
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        _subset(dejavu / name, FOLDER / name, latin)
    _subset(noto, FOLDER / "NotoSansSC-Regular.ttf", _gb2312() - set(range(0x20, 0x7F)))
    there: set[int] = set()
    for name in FREE_TEXT_FONTS:
        font = subset.load_font(FOLDER / name, subset.Options())
        there |= set(font.getBestCmap())
    CHARACTERS.write_text(" ".join(_ranges(there)) + "\n")


def _subset(source: Path, target: Path, codes: set[int]) -> None:
    options = subset.Options(layout_features=["*"], hinting=False, notdef_outline=True)
    font = subset.load_font(source, options)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=codes)
    cut.subset(font)
    font.save(target)


def _gb2312() -> set[int]:
    cells = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    text = b"".join(cells).decode("gb2312", errors="ignore")
    return {ord(character) for character in text}


def _ranges(codes: Iterable[int]) -> list[str]:
    found: list[list[int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return [f"{first:x}-{last:x}" for first, last in found]


if __name__ == "__main__":
    main(sys.argv[1:])
