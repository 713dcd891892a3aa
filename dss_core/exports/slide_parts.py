"""Pieces of the board's slide: boxes of text, tables, pictures and the native chart.

Sizes in inches on a slide of 13.333 x 7.5; every box is as high as its place, and text that would
not fit is set smaller.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pptx.chart.data import XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from dss_core.case.place_in_cohort import GroupCurve
from dss_core.exports.board_report import CurvesFigure, Tone
from dss_core.exports.curves_svg import COLOURS, corners, last_month
from dss_core.exports.slide_text_fit import INK, Paragraph, Run, fitting_pt
from dss_core.records import Group

FONT, CHINESE_FONT = "Arial", "Microsoft YaHei"
SOFT = "4A5560"
TONES = {Tone.HIGH: "9A5B00", Tone.LOW: "1F5F99", Tone.UNDECIDED: SOFT, Tone.GOOD: "1E6B3A"}
_SMALLEST_PT = 6.0


@dataclass(frozen=True)
class Place:
    """Where a shape lies, in inches."""

    left: float
    top: float
    width: float
    height: float


def add_text(slide: Any, name: str, place: Place, paragraphs: list[Paragraph], pt: float) -> None:
    """A box of paragraphs, in the largest size up to `pt` that fits."""
    paragraphs = [tuple(run for run in one if run.text) for one in paragraphs]
    paragraphs = [one for one in paragraphs if one]
    pt = fitting_pt(paragraphs, place.width, place.height, pt, _SMALLEST_PT)
    shape = slide.shapes.add_textbox(*_emu(place))
    shape.name = name
    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Emu(0)
    for i, runs in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        for run in runs:
            _run(paragraph, run, pt)


def set_title(slide: Any, place: Place, runs: Paragraph, pt: float) -> None:
    """The title of the slide, which outlines and screen readers take."""
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = _emu(place)
    frame = title.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Emu(0)
    frame.vertical_anchor, frame.paragraphs[0].alignment = MSO_ANCHOR.MIDDLE, PP_ALIGN.LEFT
    pt = fitting_pt([runs], place.width, place.height, pt, _SMALLEST_PT)
    for run in runs:
        _run(frame.paragraphs[0], run, pt)


def add_picture(slide: Any, name: str, place: Place, png: bytes, alt: str) -> None:
    """A picture as large as its place allows, with its alternative text."""
    shape = slide.shapes.add_picture(BytesIO(png), Inches(place.left), Inches(place.top))
    zoom = min(Inches(place.width) / shape.width, Inches(place.height) / shape.height)
    shape.width, shape.height = int(shape.width * zoom), int(shape.height * zoom)
    shape.name = name
    describe(shape, alt)


def add_table(slide: Any, name: str, place: Place, rows: list[tuple[str, ...]], bold: list[bool],
              widths: list[float], pt: float, alt: str) -> None:  # fmt: skip
    """A plain table whose rows are as high as one line."""
    shape = slide.shapes.add_table(len(rows), len(rows[0]), *_emu(place))
    shape.name = name
    describe(shape, alt)
    table = shape.table
    shape._element.graphic.graphicData.tbl.tblPr.set("bandRow", "0")
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Inches(place.width * width / sum(widths))
    for i, cells in enumerate(rows):
        table.rows[i].height = Inches(place.height / len(rows))
        for j, text in enumerate(cells):
            cell = table.cell(i, j)
            cell.margin_top = cell.margin_bottom = Emu(0)
            cell.margin_left = cell.margin_right = Inches(0.03)
            cell.fill.background()
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            head = i == 0
            _run(cell.text_frame.paragraphs[0],
                 Run(text, bold[i] and not head, SOFT if head else INK), pt)  # fmt: skip


def add_curves(slide: Any, name: str, place: Place, figure: CurvesFigure) -> None:
    """The Kaplan-Meier figure as a native chart: a line for each group, its ticks as markers.

    Its workbook holds what is drawn and nothing else: both ends of every step.
    """
    data = XyChartData()
    curves = [c for c in figure.survival.curves if c.n]
    names = {c.group: t.group for c, t in zip(figure.survival.curves, figure.tables, strict=True)}
    for curve in curves:
        series = data.add_series(names[curve.group])
        for months, survival in corners(curve):
            series.add_data_point(months, survival)
    ticked = [curve for curve in curves if curve.censored]
    for curve in ticked:
        series = data.add_series(f"{names[curve.group]}: {figure.row_names[1]}")
        for one in curve.censored:
            series.add_data_point(one.months, one.survival)
    kind = XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS
    shape = slide.shapes.add_chart(kind, *_emu(place), data)
    shape.name = name
    describe(shape, figure.alt)
    chart = shape.chart
    own = dict(zip((c.group for c in figure.survival.curves), figure.own, strict=True))
    for plotted, curve in zip(chart.plots[0].series, curves + ticked, strict=True):
        if plotted.name in names.values():
            _line(plotted, curve, own[curve.group])
        else:
            _ticks(plotted, curve)
    _axes(chart, figure)
    chart.has_legend = True
    chart.legend.include_in_layout, chart.legend.position = False, XL_LEGEND_POSITION.TOP
    chart.legend.font.size = Pt(10)
    for i in range(len(curves), len(curves + ticked)):  # ticks need no name of their own
        entry = chart.legend._element.makeelement(qn("c:legendEntry"), {})
        entry.append(entry.makeelement(qn("c:idx"), {"val": str(i)}))
        entry.append(entry.makeelement(qn("c:delete"), {"val": "1"}))
        chart.legend._element.insert(1 + i - len(curves), entry)  # after c:legendPos


def describe(shape: Any, alt: str) -> None:
    """Give a shape its alternative text."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", alt)


def _line(plotted: Any, curve: GroupCurve, own: bool) -> None:
    plotted.smooth = False
    plotted.marker.style = XL_MARKER_STYLE.NONE
    line = plotted.format.line
    line.width = Pt(3.0 if own else 1.6)
    line.color.rgb = RGBColor.from_string(COLOURS[curve.group][1:])
    line.dash_style = MSO_LINE.DASH if curve.group is Group.LOW else MSO_LINE.SOLID


def _ticks(plotted: Any, curve: GroupCurve) -> None:
    plotted.smooth = False
    plotted.format.line.fill.background()
    plotted.marker.style, plotted.marker.size = XL_MARKER_STYLE.PLUS, 6
    plotted.marker.format.line.color.rgb = RGBColor.from_string(COLOURS[curve.group][1:])
    plotted.marker.format.fill.background()


def _axes(chart: Any, figure: CurvesFigure) -> None:
    chart.has_title = False
    chart.font.size, chart.font.name = Pt(10), FONT
    across, up = chart.category_axis, chart.value_axis
    across.minimum_scale, across.maximum_scale = 0.0, last_month(figure)
    up.minimum_scale, up.maximum_scale = 0.0, 1.0
    months = [float(month) for month in figure.months]
    if len(months) > 1:
        across.major_unit = months[1] - months[0]
    up.major_unit = 0.25
    up.tick_labels.number_format, up.tick_labels.number_format_is_linked = "0%", False
    across.has_major_gridlines, up.has_major_gridlines = False, True
    up.major_gridlines.format.line.color.rgb = RGBColor.from_string("D5DADE")
    across.has_title = True
    across.axis_title.text_frame.text = figure.time_axis
    across.axis_title.text_frame.paragraphs[0].runs[0].font.size = Pt(10)


def _run(paragraph: Any, run: Run, pt: float) -> None:
    made = paragraph.add_run()
    made.text = run.text
    font = made.font
    font.size, font.bold, font.name = Pt(pt * run.scale), run.bold, FONT
    font.color.rgb = RGBColor.from_string(run.colour)
    east = made._r.get_or_add_rPr().makeelement(qn("a:ea"), {"typeface": CHINESE_FONT})
    made._r.get_or_add_rPr().append(east)


def _emu(place: Place) -> tuple[Any, Any, Any, Any]:
    return Inches(place.left), Inches(place.top), Inches(place.width), Inches(place.height)
