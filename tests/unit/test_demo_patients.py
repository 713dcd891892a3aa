"""The demo patients: their shipped records tell their stories, and come out again when scored."""

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from dss_core.bundles.bundle import load_bundle
from dss_core.case.demo_patients import (
    FIRST,
    RECORDS,
    DemoPatient,
    demo_patient,
    demo_patients,
    story_named,
    write_demo_patient,
)
from dss_core.case.demo_stories import STORIES
from dss_core.case.report import result_from_json
from dss_core.cli import main
from dss_core.errors import InputError
from dss_core.records import Task
from dss_ui.cases.make_demo_patients import decision_on, make_record
from dss_ui.shell.demo_case import demo_folder

# name: groups of EGFR-DLS and PDL1-DLS, answer of the imaging pathway, end of the guideline's,
# and how they stand to each other; written down from the story, not from a record.
TOLD = {
    "egfr-high": ("high", "low", "consider_egfr_tki", "M0", "not_comparable"),
    "pdl1-high": ("low", "high", "consider_ici", "NS50", "agree"),
    "both-low": ("low", "low", "no_imaging_preference", "NS0", "not_comparable"),
    "indeterminate": ("between", "between", "between_groups", "M0", "not_comparable"),
    "withheld": ("withheld", "withheld", "withheld", "NS1", "not_comparable"),
    "driver-in-tissue": ("low", "high", "consider_ici", "E1", "diverge"),
}
ALL = pytest.mark.parametrize("patient", demo_patients(), ids=lambda p: p.name)


def test_there_are_six_under_three_megabytes() -> None:
    assert [p.name for p in demo_patients()] == list(TOLD)
    files = list(RECORDS.iterdir())
    assert {f.stem for f in files} == set(TOLD)
    assert sum(f.stat().st_size for f in files) < 3e6


def test_no_two_are_one_patient() -> None:
    for values in (
        [p.record.id for p in demo_patients()],
        [p.record.result["input_digest"] for p in demo_patients()],
        [s.subject.patient_id for s in STORIES],
        [s.subject.seed for s in STORIES],  # every identifier of the files follows from it
    ):
        assert len(set(values)) == len(TOLD)


@ALL
def test_a_record_tells_its_story(patient: DemoPatient) -> None:
    record, decision = patient.record, patient.record.decision
    assert decision is not None
    groups = [record.result[str(task)]["group"] for task in Task]
    imaging, guideline = decision["imaging"], decision["guideline"]
    found = (*groups, imaging["recommendation"], guideline["node"], decision["agreement"])
    assert found == TOLD[patient.name]
    assert (record.result["withheld"] is not None) == (patient.name == "withheld")


@ALL
def test_a_record_says_that_its_patient_is_simulated(patient: DemoPatient) -> None:
    record = patient.record
    assert record.source.simulated
    assert record.label == patient.title
    assert patient.title.startswith("Simulated patient ")
    assert record.result["demo_weights"] is True
    assert demo_patient(record.id) is patient


@ALL
def test_a_record_reads_as_the_result_of_the_shipped_weights(patient: DemoPatient) -> None:
    result = result_from_json(patient.record.result)
    assert result.weights_sha256 == load_bundle("demo").sha256
    suspect = {"unusual_images", "region_leaves_body", "diameter_outside_training"}
    assert not suspect & {warning.code for warning in result.warnings}


@ALL
def test_the_decision_is_that_of_the_present_rules_on_the_facts(patient: DemoPatient) -> None:
    story, record = story_named(patient.name), patient.record
    assert record.patient == story.facts
    assert record.decision == decision_on(story, record.result)


@ALL
def test_each_picture_shows_the_tumour_and_says_so(patient: DemoPatient) -> None:
    assert [p.name for p in patient.record.pictures] == ["ct", "pet", "fusion", "mip"]
    for picture in patient.record.pictures:
        image = np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGB"))
        blue = (image == (0, 200, 255)).all(axis=-1)
        # the outline of the region; on the projection of the whole PET it is small
        assert blue.sum() > (20 if picture.name == "mip" else 100)
        assert "z " in picture.caption and picture.alt != picture.caption


def test_reading_them_imports_neither_network_nor_simulation() -> None:
    code = (
        "import sys\n"
        "from dss_core.case.demo_patients import demo_patients\n"
        "assert len(demo_patients()) == 6\n"
        "heavy = {'torch', 'scipy', 'SimpleITK', 'streamlit', 'dss_core.phantom.demo_case'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_unknown_patient_is_refused_by_name(tmp_path: Path) -> None:
    assert demo_patient(uuid4()) is None
    with pytest.raises(InputError, match="no demo patient 'nobody'; choose one of egfr-high, "):
        write_demo_patient("nobody", tmp_path)


def test_a_patient_simulated_and_scored_again_is_the_shipped_one(
    kept_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSS_HOME", str(kept_home))
    (shipped,) = (p.record for p in demo_patients() if p.name == FIRST)
    story, now = story_named(FIRST), datetime.now(UTC)
    anew = make_record(story, demo_folder(FIRST), load_bundle("demo"), now)
    assert anew.id == shipped.id
    assert (anew.source, anew.region) == (shipped.source, shipped.region)
    found, expected = _values(anew.result), _values(shipped.result)
    assert found["input_digest"] == expected["input_digest"]
    numbers = {place for place, value in expected.items() if isinstance(value, float)}
    assert {k: v for k, v in found.items() if k in numbers} == pytest.approx(
        {k: expected[k] for k in numbers}, rel=0, abs=1e-5
    )
    assert {k: v for k, v in found.items() if k not in numbers} == {
        k: v for k, v in expected.items() if k not in numbers
    }
    assert [(p.name, p.caption, p.alt) for p in anew.pictures] == [
        (p.name, p.caption, p.alt) for p in shipped.pictures
    ]


def _values(result: dict[str, Any]) -> dict[str, Any]:
    """Every single value of a result by its place; versions are those of an installation."""
    values: dict[str, Any] = {}

    def walk(place: str, value: Any) -> None:
        if isinstance(value, dict | list):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for name, part in items:
                walk(f"{place}.{name}" if place else str(name), part)
        else:
            values[place] = value

    walk("", {name: value for name, value in result.items() if name != "versions"})
    return values


def test_the_command_lists_them_with_story_and_scores(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--list"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["egfr"]["group"], row["pdl1"]["group"]) for row in listed] == [
        (name, *told[:2]) for name, told in TOLD.items()
    ]
    for row, patient in zip(listed, demo_patients(), strict=True):
        assert row["story"] == patient.story and row["title"] == patient.title
        assert row["egfr"]["dls"] == patient.record.result["egfr"]["dls"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["demo"], "A folder for the files was expected"),
        (["demo", "x", "--patient", "nobody"], "There is no demo patient 'nobody'"),
        (["demo", "x", "--patient", FIRST, "--seed", "1"], "not allowed with argument"),
    ],
)
def test_the_command_refuses_what_names_no_patient(
    words: list[str],
    error: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        status = main(words)
    except SystemExit as refused:
        status = int(refused.code or 0)
    assert status == 2
    assert error in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
