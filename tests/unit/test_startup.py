"""What stays unimported until it is needed, and what a user's folder cannot put in its place."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dss_core
from tests.dicom_case import write_case

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "import sys\nfrom dss_core.cli import main\nsys.exit(main())\n"


def python(*words: str, folder: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def imported_by(code: str) -> set[str]:
    said = python("-c", f"{code}\nimport sys, json\nprint('\\n' + json.dumps(list(sys.modules)))")
    return set(json.loads(said.splitlines()[-1]))


def test_the_list_of_weights_needs_no_heavy_library() -> None:
    modules = imported_by("from dss_core.cli import main; main(['weights', 'list'])")
    heavy = {"torch", "pandas", "SimpleITK", "scipy", "sklearn", "pydicom", "nibabel"}
    assert heavy & modules == set()


HEAVY = {"torch", "pandas", "scipy.stats", "sklearn", "lifelines", "pandera", "captum"}
HELP = """
import contextlib, io
from dss_core.cli import FAMILIES, main
words = {"cohort": ("survival", "benefit", "generate"), "weights": ("export", "import")}
for command in [one for commands in FAMILIES.values() for one in commands]:
    for action in ((), *((one,) for one in words.get(command, ()))):
        for option in ("--help", "--no-such-option"):
            said = io.StringIO()
            try:
                with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    main([command, *action, option])
            except SystemExit as end:
                assert end.code == (0 if option == "--help" else 2), (command, action, said)
            else:
                raise AssertionError(command)
"""


def test_no_command_loads_what_does_its_work_to_say_how_it_is_called() -> None:
    assert HEAVY & imported_by(HELP) == set()


def test_the_home_page_stands_before_the_core_and_never_needs_the_networks() -> None:
    text = imported_by("import dss_ui.cases.introduction, dss_ui.shell.page")
    assert (HEAVY | {"numpy", "pydantic", "pydicom"}) & text == set()
    page = imported_by("import dss_ui.cases.view")
    assert HEAVY & page == set()


def test_the_package_imports_nothing_before_it_is_asked() -> None:
    modules = imported_by("import dss_core")
    assert {"numpy", "torch", "pydicom", "dss_core.case"} & modules == set()


@pytest.fixture
def strange_folder(tmp_path: Path) -> Path:
    """A working directory with folders and files named as modules; the files must not run."""
    folder = tmp_path / "work"
    for name in ("dl", "DLFCN", "json", "torch"):
        (folder / name).mkdir(parents=True)
    for name in ("gdcm", "json", "numpy", "pydicom", "SimpleITK", "torch"):
        (folder / f"{name}.py").write_text(f"raise RuntimeError('the user\\'s own {name} ran')\n")
    return folder


def test_a_working_directory_cannot_replace_a_module(strange_folder: Path, tmp_path: Path) -> None:
    write_case(tmp_path)
    command = ["suv", str(tmp_path / "pet"), "--out", str(tmp_path / "suv.nii.gz")]
    assert json.loads(python("-m", "dss_core", *command, folder=strange_folder))
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "nsclc-dss"
    script.write_text(SCRIPT)
    assert json.loads(python(str(script), *command, folder=strange_folder))


def test_a_folder_named_as_gdcm_probes_for_may_be_on_the_path(tmp_path: Path) -> None:
    write_case(tmp_path)
    (tmp_path / "dl").mkdir()
    (tmp_path / "DLFCN").mkdir()
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = ["suv", str(tmp_path / "pet"), "--out", str(tmp_path / "suv.nii.gz")]
    assert json.loads(python(str(script), *command, folder=tmp_path))
    said = python("-c", "import dss_core, pydicom, dl, gdcm; print(dl)", folder=tmp_path)
    assert "NamespaceLoader" in said


def test_the_package_gives_the_call_that_scores_a_case() -> None:
    code = "import dss_core; from dss_core import score; print(score.__module__)"
    assert python("-c", code).strip() == "dss_core.case.scoring_entry"
    with pytest.raises(AttributeError, match="no attribute 'scores'"):
        _ = dss_core.scores


def test_the_list_of_cases_needs_no_heavy_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    code = "from dss_core.cli import main; main(['cases', 'list'])"
    imported_by(code)
    heavy = {*HEAVY, "SimpleITK", "scipy", "pydicom", "nibabel", "alembic", "pg8000"}
    assert heavy & imported_by(code) == set()
