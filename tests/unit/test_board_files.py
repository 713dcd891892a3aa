"""PDF, slide and picture of the board, read by other programs."""

import io
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from PIL import Image
from pptx import Presentation

from dss_core.case.place_in_cohort import place_of
from dss_core.case.record import CaseRecord
from dss_core.exports.board_slide import report_pptx
from dss_core.exports.make_board_report import board_report
from dss_core.exports.phrase import Lang
from dss_core.exports.slide_text_fit import Run, text_height_in
from dss_core.exports.typeset_report import report_pdf, report_png
from dss_ui.board.board_cards import board
from tests.board_case import (
    NASTY,
    assessed,
    demo,
    overfull,
    pdf_facts,
    pdf_text,
    poppler,
    with_result,
)

NOTICE = "Research use only. Not a medical device."
CASES = {
    "demo": demo(),
    "withheld": demo("withheld"),
    "overfull": overfull(),
    "overfull and withheld": overfull("withheld"),
    "no cohort": demo().model_copy(update={"place": None}),
    "no pictures": demo().model_copy(update={"pictures": ()}),
    "verdict": assessed(demo("indeterminate"), "Wait for tissue."),
    "a decision without verdict": demo("driver-in-tissue"),
}
every_case = pytest.mark.parametrize("record", CASES.values(), ids=CASES.keys())
every_lang = pytest.mark.parametrize("lang", Lang)


@every_lang
@every_case
def test_a_pdf_is_one_tagged_a4_page_in_the_shipped_fonts(
    record: CaseRecord, lang: Lang, tmp_path: Path
) -> None:
    content = report_pdf(board_report(record, lang))
    facts = pdf_facts(content, tmp_path)
    assert facts["Pages"] == "1" and facts["Tagged"] == "yes" and "A4" in facts["Page size"]
    fonts = poppler("pdffonts", tmp_path / "read.pdf").splitlines()[2:]
    assert fonts
    for line in fonts:
        assert re.match(r"[A-Z]{6}\+(DejaVuSans|NotoSansSC)", line) and " yes yes yes " in line
    said = pdf_text(content, tmp_path)
    result: Any = record.result
    assert NOTICE in said and result["input_digest"][:12] in said
    assert result["weights_sha256"][:12] in said and "Surname" not in said


@every_case
def test_the_same_record_gives_the_same_bytes(record: CaseRecord) -> None:
    for write in (report_pdf, report_pptx, report_png):
        assert write(board_report(record)) == write(board_report(record))


def test_a_pdf_says_the_scores_the_verdict_and_the_counts(tmp_path: Path) -> None:
    record = assessed(demo(), "Frail, prefers to wait.", "Dr Example")
    report = board_report(record)
    said = pdf_text(report_pdf(report), tmp_path)
    for score in report.scores:
        assert score.name in said and score.against in said
        assert score.number in said.split()
    for text in ("Disagreed", "Frail, prefers to wait.", "Dr Example", *report.past.lines):
        assert text in said
    figure = report.past.figure
    assert figure is not None
    for table in figure.tables:
        for cell in table.rows[0]:
            assert cell in said.split()


def test_no_markup_of_a_case_is_obeyed_and_no_character_is_lost(tmp_path: Path) -> None:
    record = demo().model_copy(update={"label": NASTY[:80]})
    said = pdf_text(report_pdf(board_report(record)), tmp_path)
    for part in ("#show: x; $a^2$ @ref \\let *bold* _it_ <tag> `raw` =1+1 {{}}", "肺腺癌"):
        assert part in said
    for character in "שלוםمرحبا":
        assert character in said


def test_characters_that_no_font_has_and_invisible_controls_do_no_harm(tmp_path: Path) -> None:
    label = "A\N{PILE OF POO}B \N{RIGHT-TO-LEFT OVERRIDE}C\x07D ひ"
    report = board_report(demo().model_copy(update={"label": label}))
    said = pdf_text(report_pdf(report), tmp_path)
    assert "A\ufffdB C\ufffdD" in said


def test_all_forms_show_the_same_warnings_and_count_the_same_rest(tmp_path: Path) -> None:
    warnings = [{"code": f"w{i}", "message": f"Found number {i}. Do this."} for i in range(12)]
    report = board_report(with_result(demo(), warnings=warnings))
    slide = Presentation(io.BytesIO(report_pptx(report))).slides[0]
    (box,) = [shape for shape in slide.shapes if shape.name == "Warnings"]
    page, notes = pdf_text(report_pdf(report), tmp_path), slide.notes_slide.notes_text_frame.text
    for said in (page, box.text_frame.text, notes, unescape(board(report))):
        assert all(one in said for one in report.warnings) and len(report.warnings) == 8
        assert "and 4 more" in said and "Found number 8" not in said
    assert "and 4 more" in pdf_text(report_pdf(board_report(overfull())), tmp_path)


def test_words_longer_than_a_line_are_broken_on_the_page_the_picture_and_the_slide(
    tmp_path: Path,
) -> None:
    record = assessed(demo("driver-in-tissue"), "x" * 500, who="A" * 300)
    report = board_report(record.model_copy(update={"label": "@" * 80}))
    assert len(report.verdict.signed) < 110
    path = tmp_path / "read.pdf"
    path.write_bytes(report_pdf(report))
    boxes = re.findall(r'xMin="([\d.-]+)".*?xMax="([\d.-]+)".*?>([^<]+)</word',
                       poppler("pdftotext", "-bbox", path, "-"))  # fmt: skip
    assert sum(word.count("@") for *_, word in boxes) == 80
    assert all(0 <= float(low) < float(high) <= 595 for low, high, _ in boxes)
    grey = np.asarray(Image.open(io.BytesIO(report_png(report))).convert("L"))
    assert (grey[:, -30:] > 250).all()
    slide = Presentation(io.BytesIO(report_pptx(report))).slides[0]
    for shape in slide.shapes:
        if shape.has_text_frame and shape.text_frame.text:
            assert fits(shape), shape.name


def fits(shape: Any) -> bool:
    """Whether the text of a box fits into it, by the glyphs of the shipped fonts."""
    runs = [[r for r in p.runs if r.text] for p in shape.text_frame.paragraphs]
    paragraphs = [tuple(Run(r.text, bool(r.font.bold), scale=r.font.size.pt / 10) for r in one)
                  for one in runs if one]  # fmt: skip
    return text_height_in(paragraphs, shape.width / 914400, 10) <= shape.height / 914400 + 1e-6


@every_case
def test_every_picture_has_an_alternative_text(record: CaseRecord) -> None:
    report = board_report(record)
    content = report_pdf(report)
    figures = len(report.pictures) + (report.past.figure is not None)
    assert len(re.findall(rb"/Alt\b", content)) >= figures
    slide = Presentation(io.BytesIO(report_pptx(report))).slides[0]
    for shape in slide.shapes:
        if not shape.has_text_frame:
            assert shape._element.xpath(".//p:cNvPr")[0].get("descr"), shape.name


@every_lang
@every_case
def test_a_slide_is_wide_its_shapes_lie_apart_and_its_notes_say_where_it_comes_from(
    record: CaseRecord, lang: Lang
) -> None:
    report = board_report(record, lang)
    deck = Presentation(io.BytesIO(report_pptx(report)))
    (slide,) = deck.slides
    width, height = deck.slide_width, deck.slide_height
    assert width and height and abs(width / height - 16 / 9) < 1e-3
    boxes = [(s.name, s.left, s.top, s.left + s.width, s.top + s.height) for s in slide.shapes]
    for i, (name, *a) in enumerate(boxes):
        assert 0 <= a[0] < a[2] <= width and 0 <= a[1] < a[3] <= height, name
        for other, *b in boxes[i + 1 :]:
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, f"{name} lies over {other}"
    notes = slide.notes_slide.notes_text_frame.text
    result: Any = record.result
    assert NOTICE in notes and result["input_digest"][:12] in notes
    assert result["weights_id"] in notes and str(record.id) in notes


def test_the_chart_has_both_points_of_every_step_and_only_what_is_drawn() -> None:
    record = demo()
    content = report_pptx(board_report(record))
    slide = Presentation(io.BytesIO(content)).slides[0]
    (chart,) = [shape.chart for shape in slide.shapes if shape.has_chart]
    place = place_of(record)
    assert place is not None
    tki = next(one for one in place.survival if one.treatment == "EGFR-TKI")
    low, high = tki.curves
    lines = list(chart.plots[0].series)
    assert len(lines) == 4
    for curve, line in zip((low, high), lines[:2], strict=True):
        values = np.array(list(line.values), dtype=float)
        assert len(values) == 2 * len(curve.steps) + 1 + (curve.end > curve.steps[-1].months)
        assert np.allclose(values[2 : 2 * len(curve.steps) + 1 : 2],
                           [step.survival for step in curve.steps])  # fmt: skip
    for curve, ticks in zip((low, high), lines[2:], strict=True):
        assert len(list(ticks.values)) == len(curve.censored)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".xlsx")]
        sheet = load_workbook(io.BytesIO(archive.read(name))).active
    assert sheet is not None
    drawn = sum(len(list(line.values)) for line in lines)
    cells = [c for row in sheet.iter_rows(values_only=True) for c in row if c is not None]
    assert sum(isinstance(c, int | float) for c in cells) == 2 * drawn
    assert not any("SYN" in str(c) for c in cells)


@every_case
def test_a_picture_is_a_full_screen_and_not_empty(record: CaseRecord) -> None:
    image = Image.open(io.BytesIO(report_png(board_report(record))))
    assert image.size == (1920, 1080)
    assert 0.03 < float((np.asarray(image.convert("L")) < 200).mean()) < 0.6
