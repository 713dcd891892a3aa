"""The assessment of an answer: what it is about, and when it cannot stand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dss_core.decision.assessment import LONGEST_REASON, Opinion, assess
from dss_core.decision.pathway import (
    UNUSUAL,
    imaging_result,
)
from dss_core.decision.scored_case import scores_from_result
from dss_core.errors import DecisionError
from tests.unit.test_decision_imaging import decided


def test_a_verdict_keeps_what_it_was_about() -> None:
    decision = decided(0.9, 0.1, pdl1_tps=80)
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    kept = assess(decision, Opinion.DISAGREE, "  frail  ", now, what_if=True).to_json()
    assert kept == {
        "opinion": "disagree",
        "reason": "frail",
        "made_at": "2026-01-02T03:04:05+00:00",
        "guideline_snapshot": "2020_late",
        "guideline_node": "NS50",
        "imaging_recommendation": "consider_egfr_tki",
        "agreement": "diverge",
        "weights_id": None,
        "what_if": True,
    }


@pytest.mark.parametrize(
    ("opinion", "reason", "aware", "fault"),
    [
        (Opinion.DISAGREE, "  ", True, "needs a reason"),
        (Opinion.ACCEPT, "x" * (LONGEST_REASON + 1), True, "501 characters"),
        (Opinion.ACCEPT, "", False, "time zone"),
    ],
)
def test_a_verdict_that_cannot_stand_is_refused(
    opinion: Opinion, reason: str, aware: bool, fault: str
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC if aware else None)
    with pytest.raises(DecisionError, match=fault):
        assess(decided(None, None), opinion, reason, now, what_if=False)


@pytest.mark.parametrize(
    ("warnings", "said"),
    [
        ([{"code": "unusual_images", "message": "far from the training"}], True),
        ([{"code": "demo_weights", "message": "simulated"}], False),
        ([], False),
        (None, False),
        (["unusual_images"], False),
    ],
)
def test_scores_of_unusual_images_are_read_with_more_care(warnings: Any, said: bool) -> None:
    row = {"dls": 0.8, "cutoff": 0.5}
    found = scores_from_result({"weights_id": "w", "egfr": row, "warnings": warnings})
    assert (UNUSUAL in imaging_result(found).reasons) == said
