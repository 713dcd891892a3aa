"""The locked cut-off belongs to the weights that made the scores, the same everywhere."""

import json
from pathlib import Path

import pytest

from dss_core.bundles.bundle_folders import SHIPPED
from dss_core.cli import main
from dss_core.cohort.cohort_table import load
from dss_core.errors import CohortError
from dss_core.evaluation.prespecified_cutoff import prespecified_cutoff
from dss_ui.past_patients.cohort_question import prespecified_cutoffs


def card_cutoff(task: str) -> float:
    card = json.loads((SHIPPED / "demo" / "card.json").read_text())
    return float(card["tasks"][task]["cutoff"])


@pytest.mark.parametrize(("score", "task"), [("egfr_dls", "egfr"), ("pdl1_dls", "pdl1")])
def test_scores_of_installed_weights_take_the_cutoff_on_their_card(score: str, task: str) -> None:
    found = prespecified_cutoff(score, ("demo",))
    assert found.value == card_cutoff(task)
    assert found.origin == "of the weights demo"


@pytest.mark.parametrize(("score", "published"), [("egfr_dls", 0.5), ("pdl1_dls", 0.54)])
@pytest.mark.parametrize("ids", [(), ("mu2020",)])
def test_published_or_unnamed_scores_take_the_published_cutoff(
    score: str, published: float, ids: tuple[str, ...]
) -> None:
    """0.5 and 0.54 are the published cut-offs."""
    found = prespecified_cutoff(score, ids)
    assert (found.value, found.origin) == (published, "published")


def test_scores_of_unknown_weights_say_that_their_cutoff_is_not_known() -> None:
    assert (
        "weights elsewhere is not known here"
        in prespecified_cutoff("egfr_dls", ("elsewhere",)).origin
    )


def test_a_score_without_a_cutoff_is_refused_with_the_remedy() -> None:
    with pytest.raises(CohortError, match="--cutoff"):
        prespecified_cutoff("radiomics", ())


def test_command_and_cohort_page_call_the_same_patients_high(tmp_path: Path) -> None:
    path = SHIPPED / "demo" / "cohort.csv"
    out = tmp_path / "eval.json"
    words = ["evaluate", str(path), "--score", "egfr_dls", "--label", "egfr_status"]
    assert main([*words, "--out", str(out)]) == 0
    locked = prespecified_cutoffs(load(path))
    assert json.loads(out.read_text())["cutoff"] == locked.egfr == card_cutoff("egfr")
