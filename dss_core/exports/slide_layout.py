"""The layout of the board's slide: what stands where on 13.333 x 7.5 inches."""

from typing import Any

from pptx import Presentation
from pptx.util import Inches

from dss_core.exports.board_report import Answer, BoardReport, Tone
from dss_core.exports.slide_parts import (
    SOFT,
    TONES,
    Place,
    add_curves,
    add_picture,
    add_table,
    add_text,
    set_title,
)
from dss_core.exports.slide_text_fit import Paragraph, Run

WIDTH, HEIGHT = 13.333, 7.5
_EDGE, _GAP = 0.3, 0.15
_LEFT = 7.5
"""Width of the left part: pictures, scores, decision, warnings."""
_SCORES = 2.9
_RIGHT = WIDTH - 2 * _EDGE - _LEFT - 2 * _GAP
_TITLE_ONLY = 5
_ROW = 0.28
"""Height of a row of the outcome table: it grows with a second line."""
_TALLEST = 1.2
"""Height of a picture over its width, at most."""


def deck_of(report: BoardReport, notes: str) -> Any:
    """A presentation of one slide."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
    slide.notes_slide.notes_text_frame.text = notes
    about = deck.core_properties
    about.title = f"{report.heads.title}: {report.label}"
    about.author = about.last_modified_by = "nsclc-dss"
    about.language = report.lang.value
    _head(slide, report)
    _pictures(slide, report, Place(_EDGE, 1.36, _LEFT, 2.0))
    place = Place(_EDGE, 3.62, _SCORES, 2.5)
    add_text(slide, "Scores", place, _scores(report), 14)
    left = _EDGE + _SCORES + 2 * _GAP
    place = Place(left, 3.62, _EDGE + _LEFT - left, 2.5)
    add_text(slide, "Decision", place, _decision(report), 13)
    place = Place(_EDGE, 6.22, WIDTH - 2 * _EDGE, 0.85)
    add_text(slide, "Warnings", place, [_warnings(report)], 12)
    _past(slide, report, Place(WIDTH - _EDGE - _RIGHT, 1.36, _RIGHT, 4.76))
    provenance = " · ".join(f"{fact.name} {fact.value}" for fact in report.provenance)
    place = Place(_EDGE, 7.12, WIDTH - 2 * _EDGE, 0.3)
    add_text(slide, "Provenance", place, [(Run(provenance, colour=SOFT),)], 8)
    return deck


def _head(slide: Any, report: BoardReport) -> None:
    title = (Run(f"{report.heads.title}  ", True), Run(report.label))
    set_title(slide, Place(_EDGE, 0.16, 9.0, 0.5), title, 24)
    place = Place(9.5, 0.22, WIDTH - 9.5 - _EDGE, 0.42)
    add_text(slide, "Notice", place, [(Run(report.notice, True, TONES[Tone.HIGH]),)], 12)
    width = WIDTH - 2 * _EDGE
    facts: list[Paragraph] = [(Run(report.facts, colour=SOFT),)]
    add_text(slide, "Facts", Place(_EDGE, 0.68, width, 0.22), facts, 11)
    patient: list[Paragraph] = [(Run(f"{report.heads.patient}: ", True), Run(report.patient))]
    add_text(slide, "Patient", Place(_EDGE, 0.92, width, 0.4), patient, 12)


def _pictures(slide: Any, report: BoardReport, place: Place) -> None:
    if not report.pictures:
        add_text(slide, "Pictures", place, [(Run(report.no_pictures, colour=SOFT),)], 14)
        return
    count = len(report.pictures)
    each = (place.width - _GAP * (count - 1)) / count
    height = min(place.height, _TALLEST * each)
    for i, picture in enumerate(report.pictures):
        spot = Place(place.left + i * (each + _GAP), place.top, each, height)
        add_picture(slide, picture.title, spot, picture.png, picture.alt)
    spot = Place(place.left, place.top + height + 0.02, place.width, place.height - height + 0.22)
    add_text(slide, "Caption", spot, [(Run(" ".join(report.captions), colour=SOFT),)], 9)


def _scores(report: BoardReport) -> list[Paragraph]:
    found: list[Paragraph] = [(Run(report.heads.scores, True, SOFT, 0.8),)]
    for score in report.scores:
        number = Run(f"{score.number} " if score.number else "", True, scale=2.0)
        found += [
            (Run(f"{score.name} ", True), number, Run(score.group, True, TONES[score.tone], 1.2)),
            (Run(score.against, colour=SOFT, scale=0.85),),
            (Run(score.meaning, colour=SOFT, scale=0.85),),
        ]
    return found


def _decision(report: BoardReport) -> list[Paragraph]:
    d, v, heads = report.decision, report.verdict, report.heads
    return [
        (Run(heads.decision, True, SOFT, 0.8),),
        (Run(d.badge, True, TONES[d.tone], 1.15),),
        (Run(d.lead),),
        *(_answer(answer) for answer in d.answers),
        (Run(heads.verdict, True, SOFT, 0.8),),
        (Run(v.opinion, True),),
        (Run(v.reason),),
        (Run(v.signed, colour=SOFT, scale=0.85),),
    ]


def _answer(answer: Answer) -> Paragraph:
    scale = 1.0 if answer.strong else 0.9
    return Run(f"{answer.name}: ", scale=scale), Run(answer.text, answer.strong, scale=scale)


def _warnings(report: BoardReport) -> Paragraph:
    """All that the report shows, one after the other: that many would not fit below each other."""
    shown = (Run(f"• {one} ") for one in report.warnings)
    head = Run(f"{report.heads.warnings} ", True, SOFT, 0.85)
    return head, *shown, Run(report.more_warnings, colour=SOFT, scale=0.9)


def _past(slide: Any, report: BoardReport, place: Place) -> None:
    past, figure = report.past, report.past.figure
    lines: list[Paragraph] = [(Run(one),) for one in past.lines]
    lines += [(Run(one, colour=SOFT, scale=0.85),) for one in past.notes]
    head = (Run(report.heads.past, True, SOFT, 0.85),)
    left, top, width = place.left, place.top, place.width
    if figure is None:
        add_text(slide, "Past patients", Place(left, top, width, 0.25), [head], 13)
        below = top + 0.27
        below += _outcomes(slide, report, left, below, width)
        place = Place(left, below, width, place.top + place.height - below)
        add_text(slide, "How to read", place, lines, 13)
        return
    title = (Run(f"{report.heads.past}: ", True, SOFT), Run(figure.title, True))
    add_text(slide, "Past patients", Place(left, top, width, 0.25), [title], 12)
    add_curves(slide, "Curves", Place(left, top + 0.27, width, 2.0), figure)
    _counts(slide, report, Place(left, top + 2.29, width, 0.5))
    add_text(slide, "Test", Place(left, top + 2.8, width, 0.2),
             [(Run(figure.note, colour=SOFT),)], 10)  # fmt: skip
    below = top + 3.02
    below += _outcomes(slide, report, left, below, width)
    place = Place(left, below, width, place.top + place.height - below)
    add_text(slide, "How to read", place, lines, 11)


def _outcomes(slide: Any, report: BoardReport, left: float, top: float, width: float) -> float:
    """The counts of the groups, and the height that they take."""
    past = report.past
    if not past.rows:
        return 0.0
    rows = [past.heads, *((r.group, r.n, r.events, r.median, r.at_12) for r in past.rows)]
    bold = [False, *(row.own for row in past.rows)]
    add_table(
        slide, "Outcomes", Place(left, top, width, _ROW * len(rows)), rows, bold,
        [2.1, 0.75, 0.65, 1.75, 1.55], 8, report.heads.past,
    )  # fmt: skip
    return _ROW * len(rows) + 0.05


def _counts(slide: Any, report: BoardReport, place: Place) -> None:
    """Numbers at risk, a row a group, at the months of the axis."""
    figure = report.past.figure
    assert figure is not None
    rows = [(f"{figure.row_names[0]} ({figure.time_axis})", *figure.months)]
    rows += [(table.group, *table.rows[0]) for table in figure.tables]
    bold = [False, *(table.own for table in figure.tables)]
    widths = [2.0, *(0.7 for _ in figure.months)]
    add_table(slide, "Numbers at risk", place, rows, bold, widths, 9, figure.row_names[0])
