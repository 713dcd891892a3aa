"""The imaging pathway, its comparison with the guideline, what is missing, and verdicts."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dss_core.decision.agreement import compare
from dss_core.decision.decide import Decision, decide
from dss_core.decision.missing import changes
from dss_core.decision.pathway import (
    ImagingScore,
    ImagingScores,
    imaging_result,
    published,
)
from dss_core.decision.pathway_engine import end_of
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.rule_words import Strategy
from dss_core.decision.rules import Node
from dss_core.decision.scored_case import scores_from_result
from dss_core.errors import DecisionError
from dss_core.records import Task
from tests.decision_case import all_genes, read


def scores(egfr: float | None, pdl1: float | None) -> ImagingScores:
    return ImagingScores(
        None if egfr is None else published(Task.EGFR, egfr),
        None if pdl1 is None else published(Task.PDL1, pdl1),
    )


def decided(egfr_dls: float | None, pdl1_dls: float | None, **changed: Any) -> Decision:
    return decide(read(**changed), scores(egfr_dls, pdl1_dls))


@pytest.mark.parametrize(
    ("egfr", "pdl1", "recommendation"),
    [
        (0.5, None, "consider_egfr_tki"),
        (0.9, 0.9, "consider_egfr_tki"),
        (0.49, 0.54, "consider_ici"),
        (0.49, 0.53, "no_imaging_preference"),
        (0.49, None, "withheld"),
        (None, 0.9, "withheld"),
    ],
)
def test_scores_lead_where_the_publication_says(
    egfr: float | None, pdl1: float | None, recommendation: str
) -> None:
    assert imaging_result(scores(egfr, pdl1)).recommendation == recommendation


def test_both_low_is_said_to_be_our_reading() -> None:
    reasons = imaging_result(scores(0.1, 0.1)).reasons
    assert any("Our reading" in reason for reason in reasons)
    assert any("follow the guideline" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("interval", "group"),
    [((0.4, 0.6), "between"), ((0.5, 0.6), "high"), ((0.3, 0.49), "low"), ((0.4, 0.5), "between")],
)
def test_a_score_whose_interval_crosses_the_cutoff_is_between_the_groups(
    interval: tuple[float, float], group: str
) -> None:
    score = ImagingScore(Task.EGFR, sum(interval) / 2, 0.5, "test", interval)
    assert score.group == group
    low = published(Task.PDL1, 0.1)
    expected = {
        "between": "between_groups",
        "high": "consider_egfr_tki",
        "low": "no_imaging_preference",
    }
    assert imaging_result(ImagingScores(score, low)).recommendation == expected[group]


RANK = {"no_imaging_preference": 0, "consider_ici": 0, "consider_egfr_tki": 1}


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_recommendation_is_monotone_in_the_score(first: float, second: float, other: float) -> None:
    low, high = sorted((first, second))
    egfr = [RANK[imaging_result(scores(s, other)).recommendation] for s in (low, high)]
    assert egfr == sorted(egfr)
    pdl1 = [imaging_result(scores(0.1, s)).recommendation == "consider_ici" for s in (low, high)]
    assert pdl1 == sorted(pdl1)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([], "the whole: expected an object"),
        ({"weights_id": 3}, "weights_id: expected text, found 3"),
        ({"egfr": 0.4}, "egfr: expected an object"),
        ({"egfr": {"dls": 1.4, "cutoff": 0.5}}, "egfr.dls: expected at most 1, found 1.4"),
        ({"egfr": {"dls": True, "cutoff": 0.5}}, "found True"),
        ({"egfr": {"dls": 0.4, "cutoff": 0.5, "group": "high"}}, "called 'high' but 0.4"),
        (
            {"pdl1": {"dls": 0.4, "cutoff": 0.5, "interval": [0.6, 0.3]}},
            r"pdl1: interval must be \[lower, upper\]",
        ),
        ({"egfr": {}, "pdl1": {}}, "egfr: needs .*; pdl1: needs"),
        ({}, "found other JSON"),
        ({"egfr": None}, "found other JSON"),
        ({"stage_scope": "stage_IV"}, "found other JSON"),
        ({"case_id": "x", "result": {"weights_id": "w"}}, "found other JSON"),
    ],
)
def test_a_malformed_score_is_refused(value: Any, fault: str) -> None:
    with pytest.raises(DecisionError, match=fault):
        scores_from_result(value)


def test_a_withheld_score_keeps_its_reason() -> None:
    row = {"group": "withheld", "dls": None, "reason": "region outside the lung"}
    result = imaging_result(scores_from_result({"weights_id": "w", "egfr": row}))
    assert result.recommendation == "withheld"
    assert result.reasons[0].endswith("scored: region outside the lung")


L858R = {"egfr": "positive", "egfr_variants": ["L858R"]}
EX20 = {"egfr": "positive", "egfr_variants": ["ex20ins"]}


@pytest.mark.parametrize(
    ("dls", "changed", "agreement", "words"),
    [
        (
            (0.9, 0.1),
            L858R,
            "agree",
            "EGFR is positive on tissue or plasma testing; the score adds nothing",
        ),
        (
            (0.1, 0.9),
            L858R,
            "diverge",
            "checkpoint inhibitors have low efficacy in EGFR-mutant disease",
        ),
        ((0.1, 0.9), {"pdl1_tps": 80}, "agree", "Both pathways lead to immunotherapy"),
        ((0.9, 0.1), {"pdl1_tps": 80}, "diverge", "EGFR is negative on tissue or plasma testing"),
        ((0.9, 0.1), EX20, "diverge", "no EGFR-TKI for this EGFR variant"),
        (
            (0.9, 0.1),
            {"egfr": "pending"},
            "not_comparable",
            "test urgently and avoid starting immunotherapy before the result",
        ),
        (
            (0.1, 0.9),
            {"egfr": "pending"},
            "not_comparable",
            "do not start it until drivers have been excluded",
        ),
        (
            (0.9, 0.1),
            {"pdl1_status": "pending"},
            "not_comparable",
            "EGFR is negative on tissue or plasma testing",
        ),
        (
            (0.9, 0.1),
            {"egfr": "pending", "can_wait_for_results": False},
            "diverge",
            "get the EGFR result urgently",
        ),
        (
            (0.9, 0.1),
            {"histology": "squamous", **all_genes("not_tested")},
            "diverge",
            "a reason to test it",
        ),
        ((0.1, 0.9), {"alk": "positive"}, "diverge", "Another driver is positive"),
        (
            (0.9, 0.1),
            {"alk": "positive"},
            "diverge",
            "EGFR is negative on tissue or plasma testing",
        ),
        (
            (0.1, 0.9),
            {"ici_contraindication": "ild"},
            "diverge",
            "does not recommend immunotherapy for this patient",
        ),
        ((0.1, 0.9), {"ecog_ps": 3}, "diverge", "immunotherapy at this performance status"),
        ((0.1, 0.9), {"ecog_ps": 4}, "not_comparable", "Outside scope"),
        ((0.9, 0.1), {"ici_contraindication": None}, "not_comparable", "asks about"),
        (
            (0.9, 0.1),
            {"stage_scope": "other"},
            "not_comparable",
            "Outside scope: no imaging recommendation is made. "
            "The guideline's answer: Not placed in this pathway.",
        ),
        ((0.9, 0.1), {"egfr": "positive"}, "not_comparable", "tumour board decides"),
        ((0.1, 0.1), {}, "not_comparable", "Both scores low"),
        ((None, None), L858R, "not_comparable", "the score adds nothing"),
    ],
)
def test_comparison_says_in_words_what_settles_it(
    dls: tuple[float | None, float | None], changed: dict[str, Any], agreement: str, words: str
) -> None:
    comparison = decided(*dls, **changed).comparison
    assert comparison.agreement == agreement
    assert any(words in reason for reason in comparison.reasons)


ENDS = [n for n in guideline_rules().table().nodes if n.strategy is not Strategy.WAYPOINT]


@given(st.sampled_from([(0.9, 0.1), (0.1, 0.9)]), st.sampled_from(ENDS))
def test_every_node_can_be_compared(dls: tuple[float, float], node: Node) -> None:
    """No strategy is without words: each node of the table in turn."""
    base = decided(*dls)
    comparison = compare(base.imaging, replace(base.guideline, node=node), base.file.patient)
    assert comparison.reasons and all(comparison.reasons)


def test_missing_results_that_would_change_the_answer_are_found_by_trying() -> None:
    file = read(egfr="insufficient", pdl1_tps=75)
    found = {change.field: change for change in changes(guideline_rules().table(), file.patient)}
    assert set(found) == {"biomarkers.egfr"}
    ends = {o.node.id: o.values for o in found["biomarkers.egfr"].outcomes}
    assert ends["NS50"] == ("negative",)
    assert ends["E1"] == ("positive (ex19del)", "positive (L858R)")
    assert set(ends) == {"NS50", "E1", "E2", "E3", "E4"}
    assert changes(guideline_rules().table(), read(pdl1_tps=75).patient) == ()


def test_a_missing_pd_l1_would_change_the_band() -> None:
    file = read(pdl1_status="not_tested")
    (change,) = changes(guideline_rules().table(), file.patient)
    assert (change.field, {o.node.id: o.values for o in change.outcomes}) == (
        "pdl1_tps",
        {"NS0": ("0",), "NS1": ("1", "49"), "NS50": ("50",)},
    )


def test_each_listed_change_is_a_real_one() -> None:
    table = guideline_rules().table()
    for changed in ({"ecog_ps": None}, {"ici_contraindication": None}, {"smoking": None}):
        file = read(**{"histology": "squamous", **all_genes("not_tested"), **changed})
        now = end_of(table, file.patient).id
        for change in changes(table, file.patient):
            assert now not in {outcome.node.id for outcome in change.outcomes}
