"""`fhir` from the command line."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from dss_core.cli import main
from dss_core.exports.fhir.resources import bundle_from_json
from tests.dicom_objects import PDF
from tests.fhir_bundles import resources


@pytest.fixture(autouse=True)
def at_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSS_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("DSS_DATABASE_URL", raising=False)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main([str(word) for word in words]) == 0
    return json.loads(capsys.readouterr().out)


def test_demo_patient_gives_the_same_bundle_twice_with_the_report_of_the_board(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    told = run(capsys, "fhir", "egfr-high", "--out", first)
    assert told == {
        "out": str(first),
        "resources": {
            "DiagnosticReport": 1,
            "Patient": 1,
            "Device": 1,
            "ImagingStudy": 1,
            "Observation": 12,
        },
        "identity": "none",
        "status": "preliminary",
    }
    run(capsys, "fhir", "egfr-high", "--out", second)
    assert first.read_bytes() == second.read_bytes()
    board = run(capsys, "board", "egfr-high", "--pdf", tmp_path / "board.pdf")
    bundle_from_json(first.read_bytes())
    (report,) = resources(json.loads(first.read_text()), "DiagnosticReport")
    document = base64.b64decode(report["presentedForm"][0]["data"])
    assert document == Path(board["pdf"]["path"]).read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["egfr-high", "--out", "a.xml"], "must end in .json"),
        (["egfr-high", "--out", "a.json", "--pdf", "no.pdf"], "The report is no whole PDF"),
        (["egfr-high", "--out", "a.json", "--pdf", "a.pdf", "--subject", "Wang"], "--subject is"),
        (["nobody", "--out", "a.json"], "no saved case and no demo patient"),
        (["--out", "a.json"], "A case was expected"),
    ],
)
def test_refusal_writes_nothing(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.pdf").write_bytes(PDF)
    Path("no.pdf").write_bytes(b"GIF89a")
    assert main(["fhir", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1 and sentence in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pdf", "no.pdf"]
