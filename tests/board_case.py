"""Case records for the board's reports, and what other programs read from the files."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dss_core.case.demo_patients import demo_patients
from dss_core.case.record import Action, CaseRecord, Event

ASSESSED_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
NASTY = "#show: x; $a^2$ @ref \\let *bold* _it_ <tag> `raw` =1+1 {{}} 肺腺癌 שלום مرحبا"


def demo(name: str = "egfr-high") -> CaseRecord:
    """The record of a demo patient."""
    return next(patient.record for patient in demo_patients() if patient.name == name)


def with_result(record: CaseRecord, **changes: Any) -> CaseRecord:
    """With keys of its result changed."""
    return record.model_copy(update={"result": {**record.result, **changes}})


def assessed(record: CaseRecord, reason: str, who: str = "local user") -> CaseRecord:
    """With a verdict."""
    assert record.decision is not None
    guideline: Any = record.decision["guideline"]
    imaging: Any = record.decision["imaging"]
    verdict = {
        "opinion": "disagree",
        "reason": reason,
        "made_at": ASSESSED_AT.isoformat(),
        "guideline_snapshot": guideline["snapshot"],
        "guideline_node": guideline["node"],
        "imaging_recommendation": imaging["recommendation"],
        "agreement": "agree",
        "weights_id": "demo",
        "what_if": False,
    }
    event = Event(ASSESSED_AT, Action.ASSESSED, who)
    return record.after(event, verdicts=(*record.verdicts, verdict))


def overfull(name: str = "egfr-high") -> CaseRecord:
    """A case that says as much as a case can say, in every script, with markup."""
    record = demo(name)
    warnings = [
        {"code": f"w{i}", "message": f"Warning {i} {NASTY} {'long ' * 40}. Second sentence."}
        for i in range(12)
    ]
    roi: Any = {**record.result["roi"], "name": "Surname " * 25}  # type: ignore[dict-item]
    record = with_result(record, warnings=warnings, roi=roi)
    record = record.model_copy(update={"label": (NASTY + "W" * 80)[:80]})
    return assessed(record, (NASTY + " ") * 6, who="A person with a rather long name " * 2)


def poppler(program: str, *arguments: str | Path) -> str:
    """What a program of poppler-utils prints; skipped where it is absent, except under CI."""
    if shutil.which(program) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} (poppler-utils) is not installed, and CI must have it")
        pytest.skip(f"{program} (poppler-utils) is not installed")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, check=True)
    return done.stdout.decode()


def pdf_text(content: bytes, folder: Path) -> str:
    """The text of a PDF on one line."""
    path = folder / "read.pdf"
    path.write_bytes(content)
    return " ".join(poppler("pdftotext", path, "-").split())


def pdf_facts(content: bytes, folder: Path) -> Mapping[str, str]:
    """What pdfinfo says, by name."""
    path = folder / "read.pdf"
    path.write_bytes(content)
    return dict(re.findall(r"^([^:]+):\s*(.*)$", poppler("pdfinfo", path), re.MULTILINE))
