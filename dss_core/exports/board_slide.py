"""A board report as one 16:9 slide (PPTX) with a native Kaplan-Meier chart.

Shapes do not overlap; notes carry the provenance and the notice. The same report gives the same
bytes: every part of the file carries one fixed time.
"""

import re
import zipfile
from io import BytesIO

from dss_core.errors import InputError
from dss_core.exports.board_report import BoardReport

MISSING = (
    "The board's slide needs python-pptx, which is not installed. Install the extra: "
    "pip install nsclc-dss[board]."
)
_TIME = (1980, 1, 1, 0, 0, 0)
_MADE, _MADE_AT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), b"1980-01-01T00:00:00Z"


def report_pptx(report: BoardReport) -> bytes:
    """One slide.

    Raises
    ------
    InputError
        If python-pptx is not installed.
    """
    try:
        from dss_core.exports.slide_layout import deck_of
    except ModuleNotFoundError as fault:
        raise InputError(MISSING) from fault
    deck = deck_of(report, notes(report))
    stream = BytesIO()
    deck.save(stream)
    return _same_times(stream.getvalue())


def notes(report: BoardReport) -> str:
    """What the speaker reads: facts, scores, decision, warnings, provenance and the notice."""
    lines = [report.label, report.facts, f"{report.heads.patient}: {report.patient}", ""]
    lines += _spoken(report)
    lines += ["", f"{report.heads.decision}:", *_decided(report)]
    lines += ["", f"{report.heads.warnings}:", *report.warnings, report.more_warnings]
    lines += ["", f"{report.heads.provenance}:"]
    lines += [f"{fact.name}: {fact.value}" for fact in report.provenance]
    return "\n".join([*lines, "", report.notice])


def _spoken(report: BoardReport) -> list[str]:
    said = []
    for score in report.scores:
        parts = (f"{score.name} {score.number}".strip(), score.group, score.against, score.meaning)
        said.append(", ".join(part for part in parts if part))
    if report.past.figure is not None:
        said.append(report.past.figure.note)
    return [*said, *report.past.lines, *report.past.notes]


def _decided(report: BoardReport) -> list[str]:
    """Agreement with its reasons, every answer, and the assessment."""
    decision, verdict = report.decision, report.verdict
    said = [f"{decision.badge}. {decision.lead}".strip()]
    said += [f"{answer.name}: {answer.text}" for answer in decision.answers]
    assessed = (verdict.opinion, verdict.reason, verdict.signed)
    return [*said, f"{report.heads.verdict}: {' '.join(part for part in assessed if part)}"]


def _same_times(content: bytes) -> bytes:
    """A zip, and every zip in it, with one fixed time for each member and in its properties."""
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(written, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            if name.endswith(".xlsx"):
                part = _same_times(part)
            elif name == "docProps/core.xml":
                part = _MADE.sub(_MADE_AT, part)
            member = zipfile.ZipInfo(name, _TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(member, part)
    return written.getvalue()
