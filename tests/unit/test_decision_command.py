"""`decide`: exactly the documented fields in, the documented answer out, every fault named."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dss_core.cli import main
from dss_core.decision.patient_file import (
    bytes_of,
    patient_from_json,
    patient_to_json,
    read_patient,
)
from dss_core.decision.rule_set import guideline_rules
from dss_core.errors import DecisionError
from tests.decision_case import record

BOOK = guideline_rules()


def decide(folder: Path, patient: Any, score: Any = None) -> dict[str, Any]:
    """The answer as the command writes it."""
    (folder / "patient.json").write_text(json.dumps(patient), encoding="utf-8")
    arguments = ["decide", str(folder / "patient.json"), "--out", str(folder / "decision.json")]
    if score is not None:
        (folder / "result.json").write_text(json.dumps(score), encoding="utf-8")
        arguments += ["--score", str(folder / "result.json")]
    assert main(arguments) == 0
    answer: dict[str, Any] = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
    return answer


def test_answer_has_every_documented_part(tmp_path: Path) -> None:
    answer = decide(tmp_path, record(pdl1_tps=75, egfr_dls=0.2, pdl1_dls=0.9))
    guideline = answer["guideline"]
    assert (guideline["snapshot"], guideline["node"]) == ("2020_late", "NS50")
    assert guideline["preferred"][0] == "pembrolizumab"
    assert guideline["regimens"]["pembrolizumab"]["contains_ici"] is True
    assert guideline["path"][0]["step"] == "scope"
    assert guideline["path"][-1]["to"] == "NS50"
    assert {source["mark"] for source in guideline["sources"]} <= {"C", "P", "MEM"}
    assert answer["imaging"]["recommendation"] == "consider_ici"
    assert "published, Mu et al. 2020" in answer["imaging"]["reasons"][0]
    assert (answer["agreement"], answer["reasons"][0]) == (
        "agree",
        "Both pathways lead to immunotherapy.",
    )
    assert "must not be used to treat" in answer["notice"]


def test_an_empty_record_is_unknown_and_never_negative(tmp_path: Path) -> None:
    answer = decide(tmp_path, {})
    assert answer["guideline"]["node"] == "G0"
    assert answer["guideline"]["snapshot"] == "2020_late"
    assert answer["guideline"]["preferred"] == ["complete_record"]
    assert answer["imaging"]["recommendation"] == "withheld"
    assert answer["imaging"]["reasons"][0] == "No EGFR-DLS was given."
    assert answer["agreement"] == "not_comparable"


def test_a_scored_case_outranks_scores_typed_into_the_record(tmp_path: Path) -> None:
    score = {
        "weights_id": "abc",
        "demo_weights": True,
        "egfr": {"dls": 0.3, "cutoff": 0.25, "group": "high", "interval": [0.28, 0.33]},
        "pdl1": None,
        "roi": {"n_slices": 3},
    }
    imaging = decide(tmp_path, record(egfr_dls=0.1), score)["imaging"]
    assert imaging["recommendation"] == "consider_egfr_tki"
    assert imaging["weights_id"] == "abc"
    assert "0.25 (card of the weights abc)" in imaging["reasons"][0]
    assert "demo weights" in imaging["reasons"][1]


def test_scores_never_change_what_the_guideline_says(tmp_path: Path) -> None:
    plain = decide(tmp_path, record(egfr="not_tested"))
    for egfr, pdl1 in ((0.99, 0.01), (0.01, 0.99)):
        scored = decide(tmp_path, record(egfr="not_tested", egfr_dls=egfr, pdl1_dls=pdl1))
        assert scored["guideline"] == plain["guideline"]
        assert scored["would_change"] == plain["would_change"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"weight_kg": 70}, "weight_kg: unknown field"),
        ({"ecog_ps": 5}, "ecog_ps: expected at most 4, found 5"),
        ({"ecog_ps": 1.5}, "ecog_ps: expected a whole number, found 1.5"),
        ({"ecog_ps": True}, "ecog_ps: expected a whole number, found True"),
        ({"age": 8}, "age: expected at least 18, found 8"),
        ({"age": 111}, "age: expected at most 110, found 111"),
        ({"pdl1_ic": -1}, "pdl1_ic: expected at least 0, found -1"),
        ({"pdl1_tps": 101}, "pdl1_tps: expected at most 100, found 101"),
        ({"pdl1_tps": "80"}, "pdl1_tps: expected a number, found '80'"),
        ({"histology": "Squamous"}, "histology: expected 'adenocarcinoma', .*, found 'Squamous'"),
        ({"platinum_ok": "yes"}, "platinum_ok: expected true or false, found 'yes'"),
        (
            {"biomarkers": {"kras": "positive"}},
            "biomarkers.kras: expected 'egfr', .*, found 'kras'",
        ),
        ({"biomarkers": {"egfr": "neg"}}, "biomarkers.egfr: expected 'positive', .*, found 'neg'"),
        ({"egfr_variants": "L858R"}, "egfr_variants: expected a list, found 'L858R'"),
        ({"egfr_variants": ["L858R"]}, "contradicts biomarkers.egfr 'negative'"),
        ({"egfr_dls": 1.2}, "egfr_dls: expected at most 1, found 1.2"),
        (
            {"guideline_snapshot": "2019"},
            "guideline_snapshot: expected '2020_late' or '2020_early', found '2019'",
        ),
    ],
)
def test_a_wrong_field_is_refused_by_name(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(DecisionError, match=fault):
        patient_from_json(record() | change, BOOK)


def test_all_wrong_fields_are_named_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = tmp_path / "patient.json"
    patient.write_text(
        '{"ecog_ps": 9, "age": "old", "color": 1, "pdl1_tps": -1, "egfr_variants": ["L858R"]}'
    )
    assert main(["decide", str(patient)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: The patient record cannot be used, 5 faults: ")
    for part in (
        "ecog_ps: expected at most 4, found 9",
        "age: expected a whole number, found 'old'",
        "color: unknown field",
        "pdl1_tps: expected at least 0, found -1",
        "egfr_variants: L858R contradicts biomarkers.egfr that is not recorded",
    ):
        assert part in error
    assert "Traceback" not in error and "pydantic" not in error


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"age": 60, "age": 70}', "'age' given twice"),
        ('{"pdl1_tps": NaN}', "finite numbers only, found NaN"),
        ('{"age": 60', "not valid JSON"),
        ("[" * 100_000, "nested deeper"),
        ('{"age": 60} ' + "\\x00", "not valid JSON"),
        (None, "cannot be read"),
    ],
)
def test_what_is_not_strict_json_is_refused(tmp_path: Path, text: str | None, fault: str) -> None:
    path = tmp_path / "patient.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(DecisionError, match=fault):
        read_patient(bytes_of(path), path.name, BOOK)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
@settings(max_examples=100, deadline=None)
def test_no_json_value_gives_anything_but_a_record_or_a_refusal(value: Any) -> None:
    with pytest.raises(DecisionError, match="cannot be used"):
        patient_from_json(value, BOOK)
    for field in ("ecog_ps", "pdl1_tps", "histology", "biomarkers", "egfr_variants"):
        try:
            read = patient_from_json({field: value}, BOOK)
        except DecisionError as refusal:
            assert field in str(refusal) or math.isnan(value)
        else:
            assert read.patient.value("stage_scope") is None


def test_a_saved_record_reads_back_equal() -> None:
    value = record(egfr="positive", egfr_variants=["T790M", "L858R"], egfr_dls=0.4, pdl1_tps=3.5)
    file = patient_from_json(value, BOOK)
    plain = json.loads(json.dumps(patient_to_json(file)))
    assert patient_from_json(plain, BOOK) == file
    assert plain["egfr_variants"] == ["L858R", "T790M"]


def test_null_and_left_out_mean_the_same() -> None:
    nulls = dict.fromkeys(record(), None) | {"biomarkers": {"egfr": None}, "egfr_variants": None}
    assert patient_from_json(nulls, BOOK) == patient_from_json({}, BOOK)
