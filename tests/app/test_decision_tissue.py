"""The decision page: tissue before a score, and the decision that is recorded with the facts."""

import pytest
from streamlit.testing.v1 import AppTest

from dss_core.decision.decide import decide, decision_to_json
from dss_core.decision.patient_file import patient_from_json
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.scored_case import scores_from_result
from dss_ui.decision import decision_scores
from tests.app.session import open_case
from tests.app.test_decision_page import CASE, html, page, text
from tests.decision_case import record


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The case of the session has the scores of `CASE`."""
    monkeypatch.setattr(decision_scores, "current_result", lambda: CASE)
    monkeypatch.setattr(decision_scores, "as_json", lambda case: case)


@pytest.mark.usefixtures("scored")
def test_a_result_on_tissue_is_the_head_and_imaging_stands_beneath_it() -> None:
    at = page(record())
    assert 'aria-label="Tissue or plasma: EGFR mutation negative"' in html(at)
    assert "Imaging suggests" not in html(at)
    said = text(at)
    assert said.index("EGFR mutation negative") < said.index("Imaging alone: Consider")
    assert "Here it speaks against what imaging suggests." in said
    assert any("EGFR mutation negative" in caption.value for caption in at.caption)
    pending = page(record(egfr="pending"))
    assert 'aria-label="Imaging suggests: Consider an EGFR-TKI"' in html(pending)


def test_facts_changed_while_trying_scores_are_decided_on_the_scores_of_the_case(
    app: AppTest,
) -> None:
    """The board shows the decision of the record: it belongs to the facts beside it."""
    at = app.switch_page("pages/decision.py").run()
    assert any("This case is not saved" in caption.value for caption in at.caption)
    at.toggle(key="decision_what_if").set_value(True).run()
    at.selectbox(key="decision_in_ecog_ps").set_value(4).run()
    kept = open_case(at).record
    assert not at.exception and kept.patient["ecog_ps"] == 4 and kept.decision is not None
    rules = guideline_rules()
    expected = decide(
        patient_from_json(kept.patient, rules), scores_from_result(kept.result), rules
    )
    assert kept.decision == decision_to_json(expected)
