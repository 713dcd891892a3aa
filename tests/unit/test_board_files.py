"""PDF, slide and picture of the board, read by other programs."""

import argparse
import hashlib
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from openpyxl import load_workbook
from PIL import Image
from pptx import Presentation

from dss_core.case.demo_patients import demo_patients
from dss_core.case.place_in_cohort import place_of
from dss_core.case.record import CaseRecord, Keep
from dss_core.cli import main
from dss_core.cli.named_case import completed
from dss_core.exports.board_slide import report_pptx
from dss_core.exports.make_board_report import board_report
from dss_core.exports.phrase import Lang
from dss_core.exports.slide_text_fit import Run, text_height_in
from dss_core.exports.typeset_report import report_pdf, report_png
from dss_core.store.case_store import CaseStore
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
from tests.decision_case import record as patient_facts
from tests.saved_case import kept_images, opened_case, saved_record

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


def board_command(*words: str | Path) -> int:
    return main(["board", *map(str, words)])


def test_the_command_writes_what_it_is_asked_and_prints_its_digests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {kind: tmp_path / f"b.{kind}" for kind in ("pdf", "pptx", "png")}
    assert board_command("egfr-high", *(w for k, p in files.items() for w in (f"--{k}", p))) == 0
    said = json.loads(capsys.readouterr().out)
    for kind, path in files.items():
        assert said[kind]["path"] == str(path)
        assert said[kind]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert said["pdf"]["pages"] == 1
    assert said["record_sha256"] == hashlib.sha256(demo().to_json()).hexdigest()
    assert files["pdf"].read_bytes() == report_pdf(board_report(demo()))
    assert board_command("egfr-high", "--pdf", tmp_path / "zh.pdf", "--lang", "zh") == 0
    assert "仅供科研使用" in pdf_text((tmp_path / "zh.pdf").read_bytes(), tmp_path)
    assert set(json.loads(capsys.readouterr().out)) == {"pdf", "record_sha256"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["egfr-high"], "Nothing to write"),
        (["no-such-case", "--pdf", "b.pdf"], "no saved case and no demo patient"),
        (["--pdf", "b.pdf"], "A case was expected"),
        (["egfr-high", "--pdf", "b.txt"], "must end in .pdf"),
        (["egfr-high", "--ct", ".", "--pdf", "b.pdf"], "one or the other"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    assert board_command(*words) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and told in said and said.count("\n") == 1
    assert not list(tmp_path.glob("b.*"))


def test_a_saved_case_is_named_by_the_beginning_of_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    store = CaseStore.open()
    ids = [UUID(f"{start}-0000-4000-8000-000000000000") for start in ("abcd1111", "abcd2222")]
    kept = {"keep": Keep.RECORD, "kept_until": datetime.now(UTC) + timedelta(days=9)}
    for case_id in ids:
        store.save(demo().model_copy(update={"id": case_id, **kept}), expected_version=None)
    assert board_command("ABCD1", "--pdf", tmp_path / "b.pdf") == 0
    said = json.loads(capsys.readouterr().out)
    record = store.load(ids[0]).record
    assert said["record_sha256"] == hashlib.sha256(record.to_json()).hexdigest()
    assert (tmp_path / "b.pdf").read_bytes() == report_pdf(board_report(record))
    assert board_command("abcd", "--pdf", tmp_path / "c.pdf") == 2
    assert "2 saved cases begin with" in capsys.readouterr().err


def test_a_case_kept_without_place_and_pictures_gets_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    opened = opened_case()
    bare = saved_record(opened).model_copy(update={"result": demo().result})
    assert bare.place is None and not bare.pictures
    CaseStore.open().save(bare, kept_images(opened), expected_version=None)
    asked = argparse.Namespace(patient=None, cohort=None)
    record = completed(bare, asked)
    assert record.place == demo().place
    assert [picture.name for picture in record.pictures] == ["ct", "pet", "fusion", "mip"]


def test_facts_given_with_the_command_are_decided_on(tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(patient_facts(egfr="positive", egfr_variants=["L858R"])))
    asked = argparse.Namespace(patient=path, cohort=None)
    assert board_report(completed(demo(), asked)).decision.badge == "Pathways agree"


def test_a_cohort_of_other_weights_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,cohort,egfr_dls,score_weights_id\nA,C,0.4,theirs\n")
    assert board_command("egfr-high", "--cohort", path, "--pdf", tmp_path / "b.pdf") == 2
    assert "scores of different weights are not compared" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["typst", "pptx"])
def test_without_the_extra_one_sentence_names_it(
    missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import subprocess
    import sys

    program = (
        "import sys\n"
        f"class Gone:\n    def find_spec(self, name, *rest):\n"
        f"        if name.split('.')[0] == {missing!r}: raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Gone())\n"
        "from dss_core.cli import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    kind = {"typst": "pdf", "pptx": "pptx"}[missing]
    words = ["board", "egfr-high", f"--{kind}", str(tmp_path / f"b.{kind}")]
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)
    assert done.returncode == 2 and "pip install nsclc-dss[board]" in done.stderr
    assert done.stderr.count("\n") == 1 and not list(tmp_path.iterdir())


def test_every_demo_patient_has_a_place_and_a_locator() -> None:
    for patient in demo_patients():
        assert [picture.name for picture in patient.record.pictures] == [
            "ct", "pet", "fusion", "mip",
        ]  # fmt: skip
        withheld = patient.record.result["withheld"] is not None
        assert (patient.record.place is None) == withheld
