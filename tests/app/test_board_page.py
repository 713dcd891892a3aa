"""The board page: what other pages say, on one screen; attention only when asked for."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from dss_core.case.demo_patients import demo_patients
from dss_core.case.record import Action, CaseRecord
from dss_core.case.report import result_from_json
from dss_core.cohort.cohort_of_weights import read_cohort
from dss_core.cohort.cohort_table import Cohort, load
from dss_core.decision.decide import decide
from dss_core.decision.patient_file import patient_from_json
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.scored_case import scores_from_result
from dss_core.exports.board_document import board_document
from dss_core.exports.board_slide import report_pptx
from dss_core.exports.fhir.case_bundle import bundle_of_nobody
from dss_core.exports.fhir.resources import bundle_from_json
from dss_core.exports.make_board_report import board_report
from dss_core.exports.phrase import Lang
from dss_core.exports.typeset_report import report_pdf
from dss_core.pictures.image_rendering import Window
from dss_core.records import Task
from dss_core.scoring.score_text import shown
from dss_ui.board.board_downloads import bundle, made
from dss_ui.past_patients.cohort_source import _KEY as COHORT_KEY
from dss_ui.past_patients.cohort_source import SHIPPED, Loaded
from dss_ui.session.state import Case
from tests.app.pages import BANNER, all_text, press, upload_case
from tests.app.session import belongings, current_result, open_case, scored_case, show_case
from tests.board_case import assessed
from tests.decision_case import record
from tests.dicom_case import write_case

PAGE = "pages/board.py"
FIELDS = ("result", "patient", "decision", "place", "pictures")


def text(app: AppTest) -> str:
    """What the cards say, without markup."""
    bodies = " ".join(element.proto.body for element in app.get("html"))
    shown = re.sub(r"<style.*?</style>|<[^>]+>", " ", bodies, flags=re.S)
    return re.sub(r"\s+", " ", unescape(shown))


def titles(app: AppTest) -> list[str]:
    """Alternative texts of the images, from left to right."""
    return [image.proto.imgs[0].alt for image in app.get("image")]


def record_is(app: AppTest, **changes: Any) -> CaseRecord:
    """Show the board of the open case with fields of its record changed."""
    app.run()
    case = open_case(app)
    record = case.record.model_copy(update=changes)
    result = result_from_json(record.result)
    show_case(app, replace(case, record=record, result=result))
    app.switch_page(PAGE).run()
    assert not app.exception and not app.error
    return record


def test_the_board_shows_scores_cohort_and_origin_without_opening_images(app: AppTest) -> None:
    app.switch_page(PAGE).run()
    assert not app.exception and not app.error
    result = current_result(app)
    said = text(app)
    for score in result.scores:
        assert shown(score.dls, score.cutoff) in said
    # Counted here from the shipped table, without the code that places patients.
    scores = load(SHIPPED).table["egfr_dls"].to_numpy(dtype=float)
    below = 100.0 * (scores < result.scores[0].dls).mean()
    assert f"higher than in {below:.0f}% of {len(scores)} past patients" in said
    assert "no real patients" in said and "not a prediction" in said
    assert result.weights_sha256[:12] in said and result.input_digest[:12] in said
    assert any(BANNER in caption.value for caption in app.caption)
    node = open_case(app).record.decision["guideline"]  # type: ignore[index]
    assert f"{node['title']} ({node['node']})" in said  # type: ignore[index,call-overload]
    assert not belongings(app, "attention") and "not why" not in all_text(app)
    pictures = open_case(app).record.pictures
    assert len(pictures) == 4 and titles(app) == [picture.alt for picture in pictures]
    assert not isinstance(open_case(app), Case)


def test_the_page_says_what_the_report_of_the_record_says(app: AppTest) -> None:
    for patient in demo_patients():
        record = record_is(app, **{name: getattr(patient.record, name) for name in FIELDS})
        report, said = board_report(record), text(app)
        for score in report.scores:
            assert score.number in said and score.against in said and score.meaning in said
        answers = [part for one in report.decision.answers for part in (one.name, one.text)]
        spoken = (report.patient, report.decision.badge, report.decision.lead)
        for part in (*spoken, *answers, *report.past.lines, *report.warnings):
            assert part in said
        assert "".join(f"{fact.name} {fact.value}" for fact in report.provenance[:1]) in said


def test_a_chosen_slice_and_window_and_attention_are_kept_with_the_case(
    app_with_images: AppTest,
) -> None:
    app = app_with_images.switch_page(PAGE).run()
    before = open_case(app).record
    app.select_slider[0].set_value(round(float(scored_case(app).images.tensor.z_mm[2]), 1))
    app.radio[0].set_value(Window.MEDIASTINUM)
    app.toggle[0].set_value(True)
    press(app, "Use these pictures")
    assert not app.exception and not app.error
    record = open_case(app).record
    names = [picture.name for picture in record.pictures]
    assert names == ["ct", "pet", "fusion", "mip", "attention"]
    assert "W 400, L 40 HU" in record.pictures[0].caption.replace("−", "-")
    assert record.history[-1].action is Action.PICTURE_CHOSEN
    assert record.pictures[0].png != before.pictures[0].png
    assert "Where the network responded, not why." in all_text(app)
    raw, *_, over, mip = titles(app)
    assert raw.startswith("Grey CT slice of") and "attention" in over and "projection" in mip
    (asked,) = belongings(app, "attention")[0].found
    assert (asked.task, asked.margin_mm) == (Task.EGFR, 20.0)


def test_without_open_images_the_board_offers_them(app: AppTest) -> None:
    app.switch_page(PAGE).run()
    assert not app.select_slider
    press(app, "Open the images")
    assert not app.exception and not app.error and app.select_slider


def test_the_decision_on_the_board_is_that_of_the_record(app: AppTest) -> None:
    patient = record(egfr="positive", egfr_variants=["L858R"])
    kept = record_is(app, patient=patient, decision=None)
    book = guideline_rules()
    made = decide(patient_from_json(patient, book), scores_from_result(kept.result), book)
    said = text(app)
    assert made.comparison.reasons[0] in said
    assert made.guideline.node.title in said and made.imaging.route.node.title in said
    assert "No patient facts" not in said


def test_the_verdict_stands_with_its_reason_and_author(app: AppTest) -> None:
    app.run()
    given = assessed(open_case(app).record, "Wait for <b>tissue</b>.", "Dr Example")
    record_is(app, verdicts=given.verdicts, history=given.history)
    said = text(app)
    assert "Disagreed Wait for <b>tissue</b>." in said and "Dr Example, 20 Nov 2026" in said


def test_withheld_scores_are_said_with_their_reason(app: AppTest) -> None:
    withheld = next(p.record for p in demo_patients() if p.name == "withheld")
    record_is(app, result=withheld.result, place=None)
    reason: Any = withheld.result["withheld"]
    said = text(app)
    assert said.count(reason["reason"]) == 1 and said.count("withheld") >= 2
    assert "No score: no comparison with past patients." in said


def test_an_indeterminate_score_has_neither_groups_counts(app: AppTest) -> None:
    app.switch_page(PAGE).run()  # the first demo patient is indeterminate
    said = text(app)
    assert said.count("indeterminate") >= 2 and "neither is this patient's" in said
    assert "No curve: neither pathway names a treatment." in said
    html = " ".join(element.proto.body for element in app.get("html"))
    assert 'class="km"' not in html and "this patient's group" not in html


def test_facts_that_say_nothing_count_as_no_record(app: AppTest) -> None:
    """Not recorded says nothing; "not tested" is a fact that somebody recorded."""
    untouched = {"biomarkers": {"egfr": "unknown"}, "histology": None, "egfr_variants": []}
    record_is(app, patient=untouched, decision=None)
    assert "No patient facts recorded." in text(app)
    record_is(app, patient={"biomarkers": {"egfr": "not_tested"}}, decision=None)
    assert "No patient facts recorded." not in text(app)


def test_warnings_are_those_of_the_report(app: AppTest) -> None:
    app.run()
    warnings = [{"code": f"c{k}", "message": f"Warning <b>{k}</b>."} for k in range(12)]
    record_is(app, result={**open_case(app).record.result, "warnings": warnings})
    bodies = " ".join(element.proto.body for element in app.get("html"))
    assert "Warning &lt;b&gt;7&lt;/b&gt;." in bodies and "Warning &lt;b&gt;8" not in bodies
    assert "and 4 more" in text(app)


def test_a_cohort_chosen_in_the_session_counts_where_the_same_weights_scored_it(
    app: AppTest,
) -> None:
    app.run()
    known = read_cohort(SHIPPED)
    half = Cohort(known.cohort.table.iloc[::2].reset_index(drop=True), "Half", "s")
    app.session_state[COHORT_KEY] = Loaded(half, (), "1" * 64)
    app.switch_page(PAGE).run()
    assert f"of {len(half)} past patients" in text(app) and "Half, " in text(app)
    table = half.table.assign(score_weights_id="other")
    app.session_state[COHORT_KEY] = Loaded(Cohort(table, "Other", "s"), (), "2" * 64)
    app.run()
    assert f"of {len(known.cohort)} past patients" in text(app) and "Other" not in text(app)


def test_downloads_are_what_the_command_writes_and_wait_for_a_click(app: AppTest) -> None:
    app.switch_page(PAGE).run()
    case = open_case(app)
    assert made(report_pdf, case, Lang.EN) == report_pdf(board_report(case.record))
    assert made(report_pptx, case, Lang.ZH) == report_pptx(board_report(case.record, Lang.ZH))
    given = bundle_from_json(bundle(case))
    assert given == bundle_of_nobody(case.record, board_document(case.record))
    buttons = app.get("download_button")
    assert [button.proto.label for button in buttons] == ["PDF", "PPTX", "PNG", "FHIR"]
    assert all(button.proto.deferred_file_id for button in buttons)


def test_the_board_names_no_one(app: AppTest, tmp_path: Path) -> None:
    case = write_case(tmp_path, region_names=("GTV Surname",), ct_patient="ID-4711",
                      pet_patient="ID-4711")  # fmt: skip
    press(upload_case(app, case), "Score case")
    app.switch_page(PAGE).run()
    assert not app.exception and not app.error
    everything = text(app) + all_text(app) + " ".join(titles(app))
    for secret in ("Surname", "ID-4711", "Simulated^Case"):
        assert secret not in everything


def test_without_a_case_the_board_says_where_to_load_one(emptied: AppTest) -> None:
    emptied.switch_page(PAGE).run()
    assert not emptied.exception
    assert any("nothing to present" in info.value for info in emptied.info)
