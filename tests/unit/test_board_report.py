"""The board report: what is said, from the record alone, in both languages."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from dss_core.case.demo_patients import demo_patients
from dss_core.case.record import Action, CaseRecord, Event
from dss_core.exports import board_words
from dss_core.exports.board_report import BoardReport
from dss_core.exports.make_board_report import MOST_WARNINGS, board_report
from dss_core.exports.phrase import Lang, Phrase
from dss_core.scoring.score_text import cutoff_text, shown
from dss_core.store.case_rows import columns_of
from tests.board_case import ASSESSED_AT, assessed, demo, overfull, with_result

NAMES = [patient.name for patient in demo_patients()]


def texts(value: Any) -> list[str]:
    """Every text of a report."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple | list):
        return [text for one in value for text in texts(one)]
    if is_dataclass(value) and type(value).__module__.endswith("board_report"):
        return [text for f in fields(value) for text in texts(getattr(value, f.name))]
    return []


def answers(record: CaseRecord) -> dict[str, str]:
    """What tissue, guideline and imaging say, by name, in the order of the report."""
    return {one.name: one.text for one in board_report(record).decision.answers}


def everything(report: BoardReport) -> str:
    return "\n".join(texts(report))


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("name", NAMES)
def test_scores_intervals_and_cutoffs_are_those_of_the_json(name: str, lang: Lang) -> None:
    record = demo(name)
    report = board_report(record, lang)
    for key, line in zip(("egfr", "pdl1"), report.scores, strict=True):
        row: Any = record.result[key]
        if row["dls"] is None:
            assert line.number == line.against == ""
            assert row["reason"] in report.scores[-1].meaning
            assert lang is Lang.ZH or report.scores[-1].meaning == row["reason"]
            continue
        assert line.number == shown(row["dls"], row["cutoff"])
        low, high = (shown(end, row["cutoff"]) for end in row["interval"])
        for part in (low, high, cutoff_text(row["cutoff"]), "90%"):
            assert part in line.against
    assert record.label == report.label
    assert "Research use only. Not a medical device." in report.notice


def test_agreement_and_reason_are_those_of_the_decision_in_the_record() -> None:
    for name in NAMES:
        record = demo(name)
        decision: Any = record.decision
        report = board_report(record)
        assert report.decision.lead.startswith(decision["reasons"][0])
        assert decision["guideline"]["title"] in answers(record)["Guideline of late 2020"]


def test_a_decision_on_other_scores_is_made_anew() -> None:
    record = demo("pdl1-high")
    assert board_report(record).decision.badge == "Pathways agree"
    other = record.model_copy(update={"result": demo("egfr-high").result})
    assert board_report(other).decision.badge != "Pathways agree"


def test_without_patient_facts_the_guideline_is_not_evaluated() -> None:
    record = demo().model_copy(update={"patient": {}, "decision": None})
    report = board_report(record)
    assert report.decision.badge == "Not comparable"
    assert report.decision.lead == "No patient facts recorded."
    assert answers(record) == {
        "Imaging": "Consider an EGFR-TKI",
        "Guideline of late 2020": "not evaluated",
    }
    assert report.patient == "No patient facts recorded."


def test_an_assessment_of_another_answer_says_so() -> None:
    for change in ({"guideline_node": "XX9"}, {"imaging_recommendation": "withheld"}):
        record = assessed(demo(), "Frail.")
        changed = record.verdicts[-1] | change
        verdict = board_report(record.model_copy(update={"verdicts": (changed,)})).verdict
        assert "Given on an earlier answer" in verdict.signed
    assert "earlier" not in board_report(assessed(demo(), "Frail.")).verdict.signed


def test_an_assessment_of_scores_tried_by_hand_is_none_of_the_case() -> None:
    record = assessed(demo(), "Frail.", "Dr Example")
    tried = {**record.verdicts[-1], "what_if": True, "opinion": "accept"}
    event = Event(ASSESSED_AT, Action.ASSESSED, "Dr Other")
    later = record.after(event, verdicts=(*record.verdicts, tried))
    assert board_report(later).verdict == board_report(record).verdict
    assert columns_of(later, ASSESSED_AT)["verdict"] == "disagree"
    alone = demo().after(event, verdicts=(tried,))
    assert board_report(alone).verdict.opinion == "No assessment recorded."
    assert columns_of(alone, ASSESSED_AT)["verdict"] is None


@pytest.mark.parametrize("reason", ["\u4e0d" * 700, "https://" + "x" * 2000, "a word " * 200])
def test_a_long_reason_is_cut_and_not_lost(reason: str) -> None:
    found = board_report(assessed(demo(), reason)).verdict.reason
    assert 400 < len(found) <= 502 and found.endswith(" …")
    assert reason.startswith(found.removesuffix(" …"))


def test_the_guideline_is_a_treatment_in_words() -> None:
    said = {name: answers(demo(name))["Guideline of late 2020"] for name in NAMES}
    assert said["pdl1-high"].startswith("Immunotherapy (NS50, ")
    assert said["both-low"].startswith("Immunotherapy (NS0, ")


def test_the_verdict_has_its_reason_author_and_date() -> None:
    verdict = board_report(assessed(demo(), "Frail.", "Dr Example")).verdict
    assert (verdict.opinion, verdict.reason) == ("Disagreed", "Frail.")
    assert verdict.signed == "Dr Example, 20 Nov 2026"
    assert board_report(demo()).verdict.opinion == "No assessment recorded."
    chinese = board_report(assessed(demo(), "Frail."), Lang.ZH).verdict
    assert chinese.signed == "本机用户, 2026年11月20日"


def test_past_patients_are_counts_and_only_the_own_group_is_marked() -> None:
    past = board_report(demo()).past
    assert [row.own for row in past.rows] == [False, True]
    assert past.figure is not None and past.figure.own == (False, True)
    assert any("no real patients" in note for note in past.notes)
    undecided = board_report(demo("indeterminate")).past
    assert not any(row.own for row in undecided.rows)
    assert any("Indeterminate" in note for note in undecided.notes)


def test_without_cohort_or_score_the_report_says_so() -> None:
    nowhere = demo().model_copy(update={"place": None})
    assert board_report(nowhere).past.lines[0].startswith("No cohort scored with these weights")
    withheld = board_report(demo("withheld")).past
    assert withheld.lines == ("No score: no comparison with past patients.",)
    assert withheld.figure is None and not withheld.rows


def test_twelve_warnings_are_eight_and_the_rest_is_counted() -> None:
    warnings = [{"code": f"w{i}", "message": f"Found {i}. Do this."} for i in range(12)]
    report = board_report(with_result(demo(), warnings=warnings))
    assert len(report.warnings) == MOST_WARNINGS == 8
    assert report.warnings[0] == "Found 0." and report.more_warnings == "and 4 more"
    demo_last = [*warnings, {"code": "demo_weights", "message": "Demo weights. Do not."}]
    assert board_report(with_result(demo(), warnings=demo_last)).warnings[:2] == (
        "Demo weights.",
        "Found 0.",
    )


def test_the_name_of_the_region_is_in_no_report() -> None:
    assert "Surname" not in everything(board_report(overfull()))


def test_every_phrase_has_the_same_values_in_both_languages() -> None:
    import string

    found = [one for one in vars(board_words).values() if isinstance(one, Phrase)]
    found += board_words.PICTURES.values()
    assert len(found) > 50
    for one in found:
        names = [{n for _, n, _, _ in string.Formatter().parse(t) if n} for t in (one.en, one.zh)]
        assert names[0] == names[1] and one.en and one.zh
