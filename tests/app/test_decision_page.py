"""The decision page as a user drives it: unknown by default, both routes move, assessments stay."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dss_core.case.demo_patients import demo_patients
from dss_core.decision.assessment import assessment_from_json
from dss_core.decision.decide import decide
from dss_core.decision.rule_set import guideline_rules
from dss_ui.decision import decision_scores
from tests.app.pages import press
from tests.app.session import fill_in, open_case
from tests.decision_case import read, record
from tests.demo_cohort import effect_on_ici

ROOT = Path(__file__).resolve().parents[2]
CASE = {
    "weights_id": "w1",
    "egfr": {"dls": 0.71, "cutoff": 0.5, "group": "high"},
    "pdl1": {"dls": 0.3, "cutoff": 0.54, "group": "low"},
}


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The case of the session has the scores of `CASE`."""
    monkeypatch.setattr(decision_scores, "current_result", lambda: CASE)
    monkeypatch.setattr(decision_scores, "as_json", lambda case: case)


def page(patient: dict[str, Any] | None = None) -> AppTest:
    """The page without a case, unless the test asks for `scored`."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if patient is not None:
        fill_in(at, patient)
    return at.switch_page("pages/decision.py").run()


def html(at: AppTest) -> str:
    return " ".join(element.proto.body for element in at.get("html"))


def unescaped(markdown: str) -> str:
    return markdown.replace("\\", "")


def text(at: AppTest) -> str:
    return re.sub(r"<[^>]+>", " ", html(at))


def test_an_untouched_form_is_unknown_and_says_what_to_record() -> None:
    at = page()
    assert not at.exception
    assert "Not placed in this pathway" in text(at)
    assert "Histology is not recorded." in text(at)
    assert {box.value for box in at.selectbox if "snapshot" not in box.key} == {"unknown"}
    assert any("must not be used to treat" in caption.value for caption in at.caption)
    assert any("Research use only" in caption.value for caption in at.caption)
    assert "No EGFR-DLS was given." in text(at)
    missing = next(m.value for m in at.markdown if m.value.startswith("Not recorded"))
    for name in ("Stage", "Prior systemic therapy", "Histology", "ECOG performance status"):
        assert name in missing


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"stage_scope": "other"}, "Stage outside the scope."),
        ({"histology": "other"}, "Other histology (includes SCLC, LCNEC)."),
        ({"ecog_ps": 4}, "ECOG PS 4."),
    ],
)
def test_imaging_says_that_the_patient_is_outside_its_scope(
    changes: dict[str, Any], why: str
) -> None:
    at = page(record(**changes))
    assert not at.exception
    assert "Outside scope: no imaging recommendation is made." in text(at)
    assert why in text(at)
    assert '<div class="head">Outside scope</div>' in html(at)


def test_changing_a_biomarker_moves_the_route() -> None:
    at = page(record(pdl1_tps=75))
    assert "Non-squamous, TPS 50 or more" in text(at)
    at.selectbox(key="decision_in_gene_egfr").set_value("positive").run()
    assert "EGFR: other or unspecified variant" in text(at)
    at.multiselect(key="decision_in_egfr_variants").set_value(["L858R"]).run()
    assert not at.exception
    assert "Osimertinib" in text(at)
    assert 'aria-current="step"' in html(at)


@pytest.mark.usefixtures("scored")
def test_the_score_of_the_case_is_compared_and_what_if_is_named() -> None:
    at = page(record(pdl1_tps=75))
    assert "≠ Pathways differ" in text(at)
    assert "weights w1" in text(at)
    at.toggle(key="decision_what_if").set_value(True).run()
    assert "what-if scores" in text(at)
    at.slider(key="decision_try_egfr").set_value(0.1).run()
    at.slider(key="decision_try_pdl1").set_value(0.9).run()
    assert not at.exception
    assert "✓ Pathways agree" in text(at)


@pytest.mark.usefixtures("scored")
def test_a_malformed_score_is_refused_in_words_and_not_with_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = {"egfr": {"dls": 7, "cutoff": 0.5}}
    monkeypatch.setattr(decision_scores, "current_result", lambda: bad)
    at = page(record())
    assert not at.exception
    assert "expected at most 1, found 7" in unescaped(at.error[0].value)


def test_the_form_is_kept_when_the_page_is_left() -> None:
    at = page(record(pdl1_tps=75, histology="squamous"))
    kept = at.session_state["decision_patient"]
    again = page(kept)
    assert again.selectbox(key="decision_in_histology").value == "squamous"
    assert again.number_input(key="decision_in_pdl1_tps").value == 75
    assert "Squamous, TPS 50 or more" in text(again)


def test_every_case_has_its_own_record() -> None:
    at = page(record(pdl1_tps=75, histology="squamous"))
    assert "Squamous, TPS 50 or more" in text(at)
    for patient in demo_patients():
        at.query_params["case"] = str(patient.record.id)
        at.run()
        assert not at.exception and not at.error
        facts = patient.record.patient
        assert at.selectbox(key="decision_in_gene_egfr").value == facts["biomarkers"]["egfr"]
        assert at.selectbox(key="decision_in_ecog_ps").value == facts["ecog_ps"]
        assert open_case(at).record == patient.record
    press(at, "Close case")
    closed = open_case(at.switch_page("pages/decision.py").run())  # as the back button does
    assert closed.record == demo_patients()[-1].record


def test_cohort_evidence_is_named_synthetic_and_agrees_with_the_cohort_page() -> None:
    """The hazard ratio that the cohort page's own test expects for ICI."""
    at = page()
    shown = " ".join(element.value for element in at.markdown)
    n_high, effect = effect_on_ici()
    assert f"(high, n {n_high})" in shown
    assert effect in shown
    assert "synthetic, no real patients" in shown


@pytest.mark.usefixtures("scored")
def test_disagreeing_needs_a_reason_and_no_assessment_is_lost() -> None:
    at = page(record(pdl1_tps=75))
    at.get("button_group")[0].set_value("disagree")
    press(at, "Save assessment")
    assert "needs a reason" in at.error[0].value
    at.text_area(key="decision_reason").input("Frail beyond the PS.")
    press(at, "Save assessment")
    at.get("button_group")[0].set_value("accept")
    press(at, "Save assessment")
    kept = [assessment_from_json(one) for one in at.session_state["decision_verdicts"]]
    assert [(v.opinion.value, v.node, v.weights_id) for v in kept] == [
        ("disagree", "NS50", "w1"),
        ("accept", "NS50", "w1"),
    ]
    assert kept[0].reason == "Frail beyond the PS."
    at.run()
    listed = next(e.proto.body for e in at.get("html") if "dss-given" in e.proto.body[:40])
    assert listed.index("<strong>Accept</strong>") < listed.index("<strong>Disagree</strong>")
    assert "Frail beyond the PS." in listed and not at.dataframe


def test_snapshot_changes_what_counts() -> None:
    at = page(record(met_ex14="positive"))
    assert "Capmatinib" in text(at)
    at.selectbox(key="decision_in_snapshot").set_value("2020_early").run()
    assert "Non-squamous, TPS below 1" in text(at)
    assert "had no first-line option for it" in text(at)


@pytest.mark.parametrize(
    ("changes", "head"),
    [
        ({"pdl1_tps": 80}, "Immunotherapy"),
        ({"egfr": "positive", "egfr_variants": ["L858R"]}, "EGFR-TKI"),
        ({"alk": "positive"}, "Targeted therapy"),
        ({"ici_contraindication": "ild"}, "Chemotherapy"),
        ({"ecog_ps": 4}, "Supportive and palliative care"),
        ({"egfr": "pending"}, "Wait for the gene results"),
        ({"stage_scope": "other"}, "Not placed in this pathway"),
    ],
)
def test_the_largest_words_say_what_the_guideline_chose(changes: dict[str, Any], head: str) -> None:
    at = page(record(**changes))
    assert f'<div class="head">{head}</div>' in html(at)


def test_all_drivers_are_negative_in_one_click_unless_one_is_positive() -> None:
    at = page({})
    genes = [gene.id for gene in guideline_rules().genes]
    assert at.session_state["decision_patient"]["biomarkers"] == dict.fromkeys(genes, "unknown")
    press(at, "All drivers negative")
    assert at.session_state["decision_patient"]["biomarkers"] == dict.fromkeys(genes, "negative")
    at.selectbox(key="decision_in_gene_alk").set_value("positive").run()
    (button,) = (b for b in at.button if b.label == "All drivers negative")
    assert button.disabled


@pytest.mark.parametrize("stage", ["stage_IVA", "stage_IVB"])
def test_stages_iva_and_ivb_can_be_chosen_and_take_the_way_of_stage_iv(stage: str) -> None:
    at = page(record(pdl1_tps=75))
    at.selectbox(key="decision_in_stage_scope").set_value(stage).run()
    assert not at.exception and "Non-squamous, TPS 50 or more" in text(at)
    assert at.session_state["decision_patient"]["stage_scope"] == stage
    known = decide(read(pdl1_tps=75, stage_scope=stage))
    assert known.guideline == decide(read(pdl1_tps=75, stage_scope="stage_IV")).guideline


def test_what_is_missing_is_named() -> None:
    at = page(record(egfr="pending", alk="pending"))
    (said,) = (m.value for m in at.markdown if m.value.startswith("Missing"))
    assert "EGFR mutation" in said and "ALK fusion" in said and "ROS1" not in said


def test_a_record_can_be_loaded_from_a_file() -> None:
    at = page()
    uploader = at.get("file_uploader")[0]
    uploader.set_value(
        ("patient.json", json.dumps(record(pdl1_tps=20)).encode(), "application/json")
    )
    at.run()
    assert not at.exception
    assert "Non-squamous, TPS 1-49" in text(at)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"pdl1_status": "resulted", "pdl1_tps": NaN}', "finite numbers only"),
        ("[" * 100_000 + "]" * 100_000, "nested at most 50 levels"),
        ('{"age": 8}', "age: expected at least 18, found 8"),
        ('{"![x](https://example.org/x.png)": 1}', "unknown field"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_the_page_goes_on(
    content: str, fault: str
) -> None:
    at = page(record(pdl1_tps=20))
    uploader = at.get("file_uploader")[0]
    uploader.set_value(("patient.json", content.encode(), "application/json"))
    at.run()
    assert not at.exception
    assert fault in unescaped(at.error[0].value)
    assert "![" not in at.error[0].value
    assert "Non-squamous, TPS 1-49" in text(at)
    at.number_input(key="decision_in_pdl1_tps").set_value(80.0).run()
    assert not at.exception and not at.error
    assert "Non-squamous, TPS 50 or more" in text(at)


@pytest.mark.parametrize(("tps", "node"), [(0.9, "TPS below 1"), (49.6, "TPS 1-49")])
def test_a_tps_is_shown_and_used_as_recorded(tps: float, node: str) -> None:
    at = page(record(pdl1_tps=tps))
    assert at.number_input(key="decision_in_pdl1_tps").value == tps
    assert f"Non-squamous, {node}" in text(at)
