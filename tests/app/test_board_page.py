"""The board page: what other pages say, on one screen; attention only when asked for."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dss_core.case.report import as_json
from dss_core.cohort.cohort_table import load
from dss_core.decision.decide import decide
from dss_core.decision.patient_file import patient_from_json
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.scored_case import scores_from_result
from dss_core.records import CaseWarning, Group, Task, Withheld
from dss_core.scoring.score_text import shown
from dss_ui.past_patients.cohort_source import SHIPPED
from dss_ui.session.state import Case
from tests.app.pages import BANNER, all_text, press, upload_case
from tests.app.session import belongings, current_result, fill_in, open_case, show_case
from tests.decision_case import record
from tests.dicom_case import write_case

PAGE = "pages/board.py"


def text(app: AppTest) -> str:
    """What the cards say, without markup."""
    bodies = " ".join(element.proto.body for element in app.get("html"))
    shown = re.sub(r"<style.*?</style>|<[^>]+>", " ", bodies, flags=re.S)
    return re.sub(r"\s+", " ", unescape(shown))


def titles(app: AppTest) -> list[str]:
    """Alternative texts of the images, from left to right."""
    return [image.proto.imgs[0].alt for image in app.get("image")]


def test_the_board_shows_scores_cohort_and_origin_without_attention(app: AppTest) -> None:
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
    assert f"{node['node']}, {node['title']}" in said  # type: ignore[index,call-overload]
    assert not belongings(app, "attention")
    assert not app.toggle[0].value and "not why" not in all_text(app)
    app.switch_page("pages/images.py").run()
    app.switch_page(PAGE).run()
    assert [title.split()[0] for title in titles(app)] == ["CT", "PET", "Fusion"]
    assert not belongings(app, "attention") and not app.toggle[0].value


def test_without_its_images_the_board_shows_the_key_pictures_of_the_record(app: AppTest) -> None:
    app.switch_page(PAGE).run()
    pictures = open_case(app).record.pictures
    assert len(pictures) == 3 and titles(app) == [picture.alt for picture in pictures]
    assert not isinstance(open_case(app), Case) and not app.toggle[0].value


def test_attention_comes_on_demand_beside_the_raw_image_with_its_caption(
    app_with_images: AppTest,
) -> None:
    app = app_with_images.switch_page(PAGE).run()
    app.toggle[0].set_value(True).run()
    assert not app.exception and not app.error
    assert "Where the network responded, not why." in all_text(app)
    raw, over, *_ = titles(app)
    assert raw.startswith("CT   z") and over.startswith("CT + attention")
    (asked,) = belongings(app, "attention")[0].found
    assert (asked.task, asked.margin_mm) == (Task.EGFR, 20.0)


def test_the_decision_on_the_board_is_that_of_the_record(app: AppTest) -> None:
    app.run()
    patient = record(egfr="positive", egfr_variants=["L858R"])
    fill_in(app, patient)
    app.switch_page(PAGE).run()
    result = current_result(app)
    book = guideline_rules()
    made = decide(patient_from_json(patient, book), scores_from_result(as_json(result)), book)
    said = text(app)
    assert made.comparison.reasons[0] in said
    assert made.guideline.node.title in said and made.imaging.route.node.title in said
    assert "No patient record." not in said


def test_withheld_scores_are_said_with_their_reason_and_offer_no_attention(app: AppTest) -> None:
    app.run()
    case = open_case(app)
    withheld = Withheld((Task.EGFR, Task.PDL1), "unlike_training", "Too unlike the training.")
    result = replace(case.result, scores=(), withheld=withheld)
    show_case(app, replace(case, result=result))
    app.switch_page(PAGE).run()
    assert not app.exception and not app.error and not app.toggle
    said = text(app)
    assert said.count("no score") == 2 and said.count("Too unlike the training.") == 2
    assert "No EGFR-DLS: comparison with past patients is not possible." in said


def test_an_indeterminate_score_has_neither_groups_counts(app: AppTest) -> None:
    app.run()
    case = open_case(app)
    scores = tuple(
        replace(s, interval=replace(s.interval, low=s.cutoff - 0.2, high=s.cutoff + 0.2),
                group=Group.INDETERMINATE)
        for s in case.result.scores
    )  # fmt: skip
    show_case(app, replace(case, result=replace(case.result, scores=scores)))
    app.switch_page(PAGE).run()
    assert not app.exception and not app.error
    said = text(app)
    assert said.count("indeterminate") >= 2
    assert "Indeterminate: the interval includes the cut-off" in said and "On ICI" not in said


def test_a_form_that_nobody_touched_counts_as_no_record(app: AppTest) -> None:
    """Not recorded says nothing; "not tested" is a fact that somebody recorded."""
    app.run()
    untouched = {"biomarkers": {"egfr": "unknown"}, "histology": None, "egfr_variants": []}
    fill_in(app, untouched)
    app.switch_page(PAGE).run()
    assert "No patient record." in text(app)
    fill_in(app, {"biomarkers": {"egfr": "not_tested"}})
    app.run()
    assert "No patient record." not in text(app)


def test_warnings_are_shown_first_two_and_counted(app: AppTest) -> None:
    app.run()
    case = open_case(app)
    warnings = tuple(CaseWarning(f"c{k}", f"Warning <b>{k}</b>.") for k in range(4))
    show_case(app, replace(case, result=replace(case.result, warnings=warnings)))
    app.switch_page(PAGE).run()
    bodies = " ".join(element.proto.body for element in app.get("html"))
    assert "Warning &lt;b&gt;1&lt;/b&gt;." in bodies and "Warning &lt;b&gt;2" not in bodies
    assert "2 more on the Score page." in text(app)


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
