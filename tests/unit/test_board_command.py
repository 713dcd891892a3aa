"""`board` as a command: what it writes, what it takes and what it refuses."""

import argparse
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from dss_core.case.demo_patients import demo_patients
from dss_core.case.record import Keep
from dss_core.cli import main
from dss_core.cli.named_case import completed
from dss_core.exports.make_board_report import board_report
from dss_core.exports.typeset_report import report_pdf
from dss_core.store.case_store import CaseStore
from tests.board_case import (
    demo,
    pdf_text,
)
from tests.decision_case import record as patient_facts
from tests.saved_case import kept_images, opened_case, saved_record


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
