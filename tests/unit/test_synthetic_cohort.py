"""The shipped synthetic cohort: named so, and near the published figures.

Published figures and their 95% limits are in `dss_core.replication.published`.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dss_core.cli import main
from dss_core.cohort.cohort_table import load
from dss_core.cohort.selection import parse
from dss_core.cohort.synthetic import generate
from dss_core.cohort.synthetic_parameters import (
    Cutoffs,
    Spread,
    read_cutoffs,
    read_parameters,
)
from dss_core.errors import CohortError
from dss_core.replication import published
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.proportions import wilson
from dss_core.survival.comparison import compare
from dss_core.survival.endpoint import PFS
from dss_core.survival.grouping import group_by

DEMO = Path(__file__).resolve().parents[2] / "weights" / "demo"
PARAMETERS = DEMO / "cohort_parameters.json"
CUTOFF = read_cutoffs(DEMO / "card.json").egfr
HIGH = parse(f"egfr_dls>={CUTOFF}")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return load(DEMO / "cohort.csv").table


def test_shipped_cohort_has_the_published_size_and_names_itself_synthetic(
    table: pd.DataFrame,
) -> None:
    assert len(table) == 837
    sizes = table.groupby("split").size()
    assert (sizes["training"], sizes["validation"], sizes["external"]) == (429, 187, 72 + 149)
    assert table["patient_id"].str.startswith("SYN-").all()
    assert table["cohort"].str.startswith("SYN-").all()
    assert table["site"].str.startswith("simulated").all()
    assert (table["score_weights_id"] == "demo").all()


def test_shipped_cohort_is_on_the_scale_of_the_demo_weights(table: pd.DataFrame) -> None:
    # stretched from the published cut-offs (0.5 and 0.54) to those on the demo weights' card;
    # after training anew: `python -m dss_core cohort generate weights/demo`
    published_scale = generate(read_parameters(PARAMETERS)).table
    for column, old in (("egfr_dls", 0.5), ("pdl1_dls", 0.54)):
        new = getattr(read_cutoffs(DEMO / "card.json"), column[:4])
        before, after = (t[column].dropna().to_numpy(float) for t in (published_scale, table))
        assert ((before >= old) == (after >= new)).all()
        assert (np.diff(after[np.argsort(before)]) >= 0).all()


@pytest.mark.parametrize("reference", published.EGFR[:3], ids=lambda r: r.key)
def test_aucs_lie_within_the_published_limits(
    reference: published.DiscriminationReference, table: pd.DataFrame
) -> None:
    known = table[table["egfr_status"].notna()]
    if reference.key == "HMU":
        rows = known[known["cohort"] == "SYN-HMU"]
    else:
        rows = known[known["split"] == reference.key]
    auc = auc_delong(
        rows["egfr_dls"].to_numpy(float), rows["egfr_status"].eq("mutant").to_numpy(bool)
    )
    assert reference.ci is not None
    assert auc.estimate is not None
    assert float(reference.ci[0]) <= auc.estimate <= float(reference.ci[1])


@pytest.mark.parametrize("reference", published.PFS_ROWS[:4], ids=lambda r: r.key)
def test_hazard_ratios_lie_within_the_published_limits(
    reference: published.SurvivalReference, table: pd.DataFrame
) -> None:
    result = compare(table, PFS, group_by(table, HIGH), where=parse(reference.where))
    assert result.cox is not None
    assert float(reference.hr[1]) <= result.cox.hr <= float(reference.hr[2])
    low = result.curves[0].median
    assert low.low is not None
    # the published median is inside the synthetic cohort's own interval
    assert low.low <= float(reference.median_low) <= (low.high or np.inf)


def test_durable_benefit_is_near_the_published_shares(table: pd.DataFrame) -> None:
    known = table[(table["treatment"] == "ICI") & table["dcb"].notna()]
    high = (known["egfr_dls"] >= CUTOFF).to_numpy(bool)
    benefit = known["dcb"].to_numpy(int)
    for chosen, (_, percent) in zip((~high, high), published.DCB_PERCENT, strict=True):
        share = wilson(int(benefit[chosen].sum()), int(chosen.sum()))
        assert share.low is not None
        assert share.high is not None
        assert share.low <= float(percent) / 100 <= share.high


def test_every_other_seed_lies_within_the_published_limits_too() -> None:
    parameters = read_parameters(PARAMETERS)
    training, ici = published.EGFR[0], published.PFS_ROWS[1]
    assert training.ci is not None
    for seed in range(5):
        drawn = generate(parameters, seed).table
        train = drawn[drawn["split"] == "training"]
        auc = auc_delong(
            train["egfr_dls"].to_numpy(float), train["egfr_status"].eq("mutant").to_numpy(bool)
        )
        assert float(training.ci[0]) <= (auc.estimate or 0) <= float(training.ci[1])
        grouping = group_by(drawn, parse("egfr_dls>=0.5"))
        effect = compare(drawn, PFS, grouping, where=parse(ici.where)).cox
        assert effect is not None
        assert float(ici.hr[1]) <= effect.hr <= float(ici.hr[2])


def test_sampling_is_even_within_groups_so_that_shares_are_as_asked_for() -> None:
    parameters = read_parameters(PARAMETERS)
    drawn = generate(parameters, 1).table
    for part in parameters.parts:
        rows = drawn[(drawn["site"] == f"simulated after {part.imitates}").to_numpy(bool)]
        assert len(rows) == part.n
        score = rows["egfr_dls"].to_numpy(float)
        # the mean over the mixture, had from its two means, to a third of its standard error
        share, (a, b) = part.mutant, (part.if_mutant.egfr_dls, part.if_wild_type.egfr_dls)
        expected = share * a.mean + (1 - share) * b.mean
        assert score.mean() == pytest.approx(expected, abs=score.std() / 3 / part.n**0.5)


@given(
    egfr=st.integers(50, 950).map(lambda n: n / 1000),
    pdl1=st.integers(50, 950).map(lambda n: n / 1000),
)
@settings(max_examples=4)
def test_any_cut_offs_on_a_card_keep_every_patients_groups(egfr: float, pdl1: float) -> None:
    parameters = read_parameters(PARAMETERS)
    published_scale = generate(parameters).table
    moved = generate(replace(parameters, shown=Cutoffs(egfr, pdl1))).table
    for column, old, new in (("egfr_dls", 0.5, egfr), ("pdl1_dls", 0.54, pdl1)):
        before, after = (t[column].dropna().to_numpy(float) for t in (published_scale, moved))
        assert ((before >= old) == (after >= new)).all()
        assert (np.diff(after[np.argsort(before)]) >= 0).all()


def test_another_models_scores_change_the_scale_and_the_name(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    status = np.repeat(["mutant", "wild type"], 200)
    scores = np.concatenate([rng.beta(8, 4, 200), rng.beta(4, 8, 200)])
    path = tmp_path / "scores.csv"
    pd.DataFrame({"egfr_status": status, "egfr_dls": scores}).to_csv(path, index=False)
    out = tmp_path / "c.csv"
    assert main(["cohort", "generate", str(DEMO), "--scores", str(path),
                 "--seed", "1", "--out", str(out)]) == 0  # fmt: skip
    drawn = load(out).table
    mutant = drawn[drawn["egfr_status"] == "mutant"]["egfr_dls"].to_numpy(float)
    assert mutant.mean() == pytest.approx(8 / 12, abs=0.03)
    named = read_parameters(PARAMETERS).with_scores(Spread(0.6, 0.1), Spread(0.4, 0.1), "mine")
    assert generate(named).weights_ids == ("mine",)


def test_the_same_seed_gives_the_same_cohort() -> None:
    parameters = read_parameters(PARAMETERS)
    first, second = generate(parameters, 5), generate(parameters, 5)
    pd.testing.assert_frame_equal(first.table, second.table)
    assert not first.table.equals(generate(parameters, 6).table)


def test_a_parameter_file_with_an_unknown_entry_is_refused(tmp_path: Path) -> None:
    content = json.loads(PARAMETERS.read_text()) | {"colour": "red"}
    path = tmp_path / "p.json"
    path.write_text(json.dumps(content))
    with pytest.raises(CohortError, match="colour: "):
        read_parameters(path)


def test_refusals_on_the_command_line_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("patient_id,cohort,sex\nP1,A,M\n")
    assert main(["cohort", "check", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: The cohort table has 1 bad cell")
    assert error.count("\n") == 1


def test_survival_command_prints_what_the_written_file_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "km.json"
    arguments = ["cohort", "survival", str(DEMO / "cohort.csv"), "--time", "pfs_months",
                 "--event", "pfs_event", "--group", "egfr_dls>=0.5",
                 "--where", "treatment=='ICI'", "--out", str(out)]  # fmt: skip
    assert main(arguments) == 0
    result = json.loads(out.read_text())
    printed = capsys.readouterr()
    assert json.loads(printed.out) == result
    # 616 of the 837 patients have no treatment recorded, so the selection is unknown for them
    assert "note: 149 patients selected; left out: 616 (a value needed" in printed.err
    keys = ["groups", "logrank_p", "cox", "ph_p", "rmst_difference", "suppressed"]
    keys += ["not_reported", "n_selected", "excluded"]
    assert list(result) == keys
    groups = ["label", "n", "events", "median", "median_ci", "survival_at"]
    assert [list(group) for group in result["groups"]] == [groups, groups]
    assert list(result["groups"][0]["survival_at"]) == ["6", "12", "24"]
    assert list(result["groups"][0]["survival_at"]["6"]) == ["estimate", "ci"]
    assert list(result["cox"]) == ["hr", "ci", "p"]
    assert list(result["rmst_difference"]) == ["tau", "estimate", "ci", "p"]
    assert sum(group["n"] for group in result["groups"]) == 149
