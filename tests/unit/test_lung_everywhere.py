"""No lung around a region: what asks the networks of it withholds or refuses, never a number."""

import ast
import json
from pathlib import Path

import pytest

from dss_core.cli import main
from tests.dicom_case import WrittenCase, write_case

ROOT = Path(__file__).resolve().parents[2]
NO_LUNG = "no lung in or around the region"
INPUTS = {"surroundings", "region_images", "network_input", "make_tensor"}
"""What makes the input of the networks from images and a region."""
CHECKS = {"lung_check", "require_lung", "case_slices"}
SIMULATED = {"simulate_patient"}


@pytest.fixture
def thigh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WrittenCase:
    """A tumour with soft tissue all around."""
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "home"))
    return write_case(tmp_path / "thigh", lung_hu=40.0)


def files(case: WrittenCase) -> list[str]:
    return ["--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region)]


def manifest(folder: Path) -> Path:
    """One tumour in the lung, one in the thigh."""
    write_case(folder / "lung")
    path = folder / "manifest.csv"
    rows = [f"{name},{n},{name}/ct,{name}/pet,{name}/rtstruct.dcm"
            for n, name in enumerate(("lung", "thigh"))]  # fmt: skip
    path.write_text("\n".join(["patient_id,label,ct,pet,roi", *rows]))
    return path


def test_a_score_is_withheld_and_so_is_what_is_compared_with_it(
    thigh: WrittenCase, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", *files(thigh)]) == 0
    scored = json.loads(capsys.readouterr().out)
    assert scored["withheld"]["code"] == "no_lung" and scored["egfr"]["dls"] is None
    assert main(["robustness", *files(thigh), "--jitter"]) == 0
    varied = json.loads(capsys.readouterr().out)
    assert varied["jitter"] is None and varied["regions"][0]["egfr_dls"] is None
    assert NO_LUNG in varied["regions"][0]["withheld"]


@pytest.mark.parametrize("command", ["explain", "tensor"])
def test_what_has_no_place_for_a_reason_is_refused(
    thigh: WrittenCase, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    out = thigh.ct.parent / "made.npz"
    assert main([command, *files(thigh), "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and NO_LUNG in said.err and not said.out
    assert not out.exists()


@pytest.mark.parametrize("command", ["features", "train"])
def test_a_row_of_a_manifest_is_refused_by_name_and_counted(
    thigh: WrittenCase, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    folder = thigh.ct.parent.parent
    words = [command, "--data", str(manifest(folder)), "--task", "egfr"]
    out = folder / "home" / "weights" / "ours" if command == "train" else folder / "table.csv"
    assert main([*words, "--out", str(out)]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: 1 patient(s) cannot be used: thigh: ") and NO_LUNG in error
    assert "lung:" not in error and not out.exists()


def test_readings_of_a_table_are_refused_by_row(
    thigh: WrittenCase, capsys: pytest.CaptureFixture[str]
) -> None:
    table = thigh.ct.parent / "readings.csv"
    line = "ct,pet,rtstruct.dcm"
    table.write_text(f"case,reader,ct,pet,roi\na,one,{line}\na,two,{line}\n")
    assert main(["robustness", "--readings", str(table)]) == 2
    error = capsys.readouterr().err
    assert "2 row(s)" in error and NO_LUNG in error


def test_every_function_that_makes_input_for_the_networks_looks_for_lung() -> None:
    """Read from the source, so that a new command or page cannot forget it.

    The functions that make the input themselves, and simulated patients, who all have lungs, stand
    apart.
    """
    found, forgetful = 0, []
    for top in ("dss_core", "dss_ui"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if path.parent.name == "preprocessing":
                continue
            for calls, name in _functions(path):
                if calls & INPUTS and not calls & SIMULATED:
                    found += 1
                    if not calls & CHECKS:
                        forgetful.append(f"{path.relative_to(ROOT)}: {name}")
    assert found >= 4
    assert forgetful == ["dss_core/case/score_case.py: _made"]  # its caller looks, and withholds


def _functions(path: Path) -> list[tuple[set[str], str]]:
    """Names called in each function of a file."""
    return [
        (
            {c.func.id for c in ast.walk(node) if isinstance(c, ast.Call)
             and isinstance(c.func, ast.Name)},
            node.name,
        )
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]  # fmt: skip
