"""A board report as one A4 page (PDF) and as a wide picture (PNG), set by Typst.

The templates hold no text of a case: they read it as JSON, so that no character of it is markup.
Only shipped fonts exist for them. The same report gives the same bytes.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from dss_core.errors import InputError
from dss_core.exports import board_words as words
from dss_core.exports.board_report import BoardReport, CurvesFigure
from dss_core.exports.curves_svg import curves_svg, last_month
from dss_core.exports.fonts.shipped_fonts import FAMILIES, FOLDER, showable

_TEMPLATES = Path(__file__).with_name("templates")
_WIDE_PPI = 144.0
"""A page of 960 x 540 pt becomes 1920 x 1080 pixels."""
MISSING = (
    "The board's PDF and PNG need Typst, which is not installed. Install the extra: "
    "pip install nsclc-dss[board]."
)


def report_pdf(report: BoardReport) -> bytes:
    """One tagged A4 page (PDF/UA-1).

    Raises
    ------
    InputError
        If Typst is not installed.
    RuntimeError
        If more than one page, or another font than the shipped ones, came out.
    """
    content = _typeset(report, "page.typ", {"format": "pdf", "pdf_standards": "ua-1"})
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", content))
    fonts = {
        name.decode() for name in re.findall(rb"/BaseFont\s*/(?:[A-Z]{6}\+)?([\w-]+)", content)
    }
    foreign = sorted(name for name in fonts if not name.startswith(FAMILIES))
    if pages != 1 or foreign or not fonts:
        raise RuntimeError(
            f"Expected one page in the shipped fonts, found {pages} pages and the fonts "
            f"{', '.join(sorted(fonts)) or 'none'}."
        )
    return content


def report_png(report: BoardReport) -> bytes:
    """A picture of 1920 x 1080 pixels.

    Raises
    ------
    InputError
        If Typst is not installed.
    """
    return _typeset(report, "wide.typ", {"format": "png", "ppi": _WIDE_PPI})


def _typeset(report: BoardReport, template: str, how: dict[str, Any]) -> bytes:
    compile_typst, fonts = _typst()
    files = {"main.typ": (_TEMPLATES / template).read_bytes()}
    files["common.typ"] = (_TEMPLATES / "common.typ").read_bytes()
    files |= {_file(i): _svg(picture.png) for i, picture in enumerate(report.pictures)}
    if report.past.figure is not None:
        files["curves.svg"] = curves_svg(report.past.figure).encode()
    files["report.json"] = json.dumps(_values(report), ensure_ascii=False).encode()
    content = compile_typst(files, font_paths=fonts, ignore_system_fonts=True, **how)
    if not isinstance(content, bytes):
        raise RuntimeError(f"Expected one page, found {len(content)}.")
    return content


@cache
def _typst() -> tuple[Callable[..., Any], Any]:
    """Typst's compiler, and the shipped fonts as the only ones."""
    try:
        import typst
    except ModuleNotFoundError as fault:
        raise InputError(MISSING) from fault
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER]
    )
    return typst.compile, fonts


def _values(report: BoardReport) -> dict[str, Any]:
    """What the templates read: texts that the fonts can show, and places to draw at."""
    values: dict[str, Any] = _shown(asdict(report))
    for i, picture in enumerate(values["pictures"]):
        picture["file"] = _file(i)
    figure = report.past.figure
    if figure is not None:
        values["past"]["figure"] |= _figure(figure, report)
    return values


def _figure(figure: CurvesFigure, report: BoardReport) -> dict[str, Any]:
    end = last_month(figure)
    return {
        "survival": None,
        "file": "curves.svg",
        "places": [float(month) / end for month in figure.months],
        "this_group": words.THIS_GROUP.say(report.lang),
    }


def _file(index: int) -> str:
    return f"picture-{index}.svg"


def _svg(png: bytes) -> bytes:
    """A PNG in an SVG: Typst takes files from memory only where they are text."""
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" '
        f'href="data:image/png;base64,{b64encode(png).decode()}"/></svg>'
    ).encode()


def _shown(value: Any) -> Any:
    match value:
        case str():
            return showable(value)
        case dict():
            return {key: _shown(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_shown(inner) for inner in value]
        case bytes():
            return None
        case _:
            return value
