"""A result on tissue or plasma always comes before a score, and its treatment before any other."""

from typing import Any

import pytest

from dss_core.case.record import CaseRecord
from dss_core.decision.decide import decide, decision_to_json
from dss_core.decision.pathway import ImagingScores, published
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.tissue import TissueAnswer
from dss_core.exports.board_slide import notes
from dss_core.exports.make_board_report import board_report
from dss_core.records import Task
from tests.board_case import demo
from tests.decision_case import GENES, read, record

TKI = ImagingScores(published(Task.EGFR, 0.9), published(Task.PDL1, 0.2))
ICI = ImagingScores(published(Task.EGFR, 0.1), published(Task.PDL1, 0.9))
NEITHER = ImagingScores(published(Task.EGFR, 0.1), published(Task.PDL1, 0.1))
L858R: dict[str, Any] = {"egfr": "positive", "egfr_variants": ["L858R"]}
UNKNOWN = dict.fromkeys(GENES, "unknown")


def tissue(scores: ImagingScores, **changes: Any) -> TissueAnswer | None:
    return decide(read(**changes), scores).tissue


@pytest.mark.parametrize(
    ("scores", "changes", "title", "against"),
    [
        (TKI, {}, "EGFR mutation negative", True),
        (TKI, {"egfr": "positive"}, "EGFR mutation positive", False),
        (TKI, {"alk": "positive"}, "ALK fusion positive", True),
        (TKI, UNKNOWN | {"alk": "positive"}, "ALK fusion positive", True),
        (ICI, {"pdl1_tps": 0}, "EGFR mutation negative, PD-L1 TPS 0%", False),
        (ICI, {"egfr": "positive", "pdl1_tps": 80}, "EGFR mutation positive, PD-L1 TPS 80%", True),
        (ICI, UNKNOWN | {"pdl1_tps": 80}, "PD-L1 TPS 80%", False),
        (ICI, UNKNOWN | {"pdl1_tps": 9, "pdl1_assay": "SP142"}, "PD-L1 TC 9%", False),
    ],
)
def test_what_tissue_has_answered_is_named_and_whether_it_speaks_against_imaging(
    scores: ImagingScores, changes: dict[str, Any], title: str, against: bool
) -> None:
    found = tissue(scores, **changes)
    assert found is not None
    assert (found.title, found.against) == (title, against)


@pytest.mark.parametrize("status", ["unknown", "pending", "not_tested", "insufficient", "failed"])
def test_a_test_without_result_answers_nothing(status: str) -> None:
    genes = dict.fromkeys(GENES, status)
    assert tissue(TKI, **genes) is None
    assert tissue(ICI, **genes, pdl1_status="pending", pdl1_tps=None) is None


def test_where_imaging_suggests_nothing_there_is_nothing_to_come_before() -> None:
    assert tissue(NEITHER, egfr="positive") is None


def board_of(scores: str, **changes: Any) -> CaseRecord:
    """The demo patient with these scores and other facts."""
    return demo(scores).model_copy(update={"patient": record(**changes), "decision": None})


def test_the_board_says_tissue_first_and_imaging_last_and_its_notes_say_the_same() -> None:
    report = board_report(board_of("egfr-high"))
    tissue, guideline, imaging = report.decision.answers
    assert (tissue.name, tissue.text) == (
        "Tissue or plasma (takes precedence)",
        "EGFR mutation negative",
    )
    assert guideline.text.startswith("Immunotherapy (") and guideline.strong and tissue.strong
    assert (imaging.name, imaging.text) == ("Imaging alone", "Consider an EGFR-TKI")
    assert not imaging.strong
    said = notes(report)
    for answer in report.decision.answers:
        assert f"{answer.name}: {answer.text}" in said
    assert report.decision.badge in said and report.decision.lead in said
    assert f"{report.heads.verdict}: {report.verdict.opinion}" in said


def test_a_decision_kept_by_an_earlier_version_is_made_anew() -> None:
    case = board_of("egfr-high")
    scores = {"egfr": 0.86, "pdl1": 0.11}
    kept = decision_to_json(decide(read(), TKI, guideline_rules()))
    kept["imaging"] |= {"weights_id": "demo"}
    for task in scores:
        kept["imaging"][task]["dls"] = case.result[task]["dls"]  # type: ignore[index,call-overload]
    for name in ("tissue", "guideline", "agreement", "reasons"):
        earlier = {key: value for key, value in kept.items() if key != name}
        report = board_report(case.model_copy(update={"decision": earlier}))
        assert report.decision.answers[0].text == "EGFR mutation negative"


@pytest.mark.parametrize(
    ("scores", "changes", "treatment", "said"),
    [
        ("pdl1-high", L858R, "EGFR-TKI", "the guideline's choice"),
        ("egfr-high", {}, "ICI", "the guideline's choice"),
        ("pdl1-high", {"alk": "positive"}, "", "had targeted therapy for another driver"),
        ("pdl1-high", {"ici_contraindication": "ild"}, "", "had chemotherapy"),
        ("egfr-high", dict.fromkeys(GENES, "pending"), "EGFR-TKI", "which imaging suggests"),
        ("egfr-high", dict.fromkeys(GENES, "pending") | {"egfr": "negative"}, "", "speaks against"),
        ("both-low", dict.fromkeys(GENES, "pending"), "", "neither pathway names a treatment"),
    ],
)  # fmt: skip
def test_the_curve_is_that_of_the_treatment_in_question_or_it_is_said_why_there_is_none(
    scores: str, changes: dict[str, Any], treatment: str, said: str
) -> None:
    past = board_report(board_of(scores, **changes)).past
    assert said in past.lines[-1]
    if treatment:
        assert past.figure is not None and past.figure.title.endswith(f", {treatment}")
        assert all(row.group.startswith(f"{treatment}, ") for row in past.rows)
    else:
        assert past.figure is None
        assert bool(past.rows) == ("neither pathway" in said)
    assert any("no real patients" in note for note in past.notes)
