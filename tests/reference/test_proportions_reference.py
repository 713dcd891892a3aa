"""Fisher's exact test, Wilson's interval and the confusion matrix against published numbers."""

from math import comb

import numpy as np
import pandas as pd
import pytest

from dss_core.cohort.selection import parse
from dss_core.evaluation.score_performance import score_performance
from dss_core.statistics.confusion_matrix import confusion_matrix
from dss_core.statistics.proportions import fisher_p, wilson
from dss_core.survival.endpoint import PFS
from dss_core.survival.outcome_shares import YesNoOutcome, outcome_shares
from dss_core.survival.strata import Strata, divide


def test_fisher_is_that_of_the_tea_tasting_lady() -> None:
    # Fisher RA. The Design of Experiments, 1935: 3 of 4 cups right in each kind
    assert fisher_p((3, 4), (1, 4)) == pytest.approx(34 / 70)


def test_fisher_is_that_of_r_for_the_convictions_of_twins() -> None:
    # R, example(fisher.test): 2 of 17 dizygotic, 10 of 13 monozygotic twins convicted
    assert fisher_p((2, 17), (10, 13)) == pytest.approx(0.0005367, abs=5e-8)


@pytest.mark.parametrize(("first", "second"), [((7, 20), (1, 15)), ((0, 11), (4, 13))])
def test_fisher_sums_the_tables_that_are_not_more_likely(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    (a, n), (b, m) = first, second
    reached = a + b
    chance = {
        k: comb(n, k) * comb(m, reached - k) / comb(n + m, reached)
        for k in range(max(0, reached - m), min(n, reached) + 1)
    }
    expected = sum(v for v in chance.values() if v <= chance[a] * (1 + 1e-7))
    assert fisher_p(first, second) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("reached", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_is_as_published(reached: int, n: int, low: float, high: float) -> None:
    # Newcombe RG. Stat Med 1998;17:857, table I
    found = wilson(reached, n)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_the_confusion_matrix_counts_as_by_hand() -> None:
    """Another number in every cell, so that no two can be taken for each other."""
    score = np.array([0.5] * 4 + [0.49] * 1 + [0.9] * 3 + [0.1] * 7)
    positive = np.array([True] * 5 + [False] * 10)
    found = confusion_matrix(score, positive, 0.5)
    cells = (found.true_positive, found.false_negative, found.false_positive, found.true_negative)
    assert cells == (4, 1, 3, 7)
    assert found.sensitivity.estimate == pytest.approx(4 / 5)
    assert found.specificity.estimate == pytest.approx(7 / 10)
    assert found.ppv.estimate == pytest.approx(4 / 7)
    assert found.npv.estimate == pytest.approx(7 / 8)
    assert found.accuracy.estimate == pytest.approx(11 / 15)
    assert found.f1.estimate == pytest.approx(8 / 12)
    assert found.sensitivity == wilson(4, 5)
    assert found.specificity == wilson(7, 10)


def made() -> pd.DataFrame:
    """13 low with 9, and 11 high with 3 that have durable benefit; 2 without either known."""
    n = 26
    score = [0.2] * 13 + [0.5] * 11 + [None, 0.7]
    benefit = [1.0] * 9 + [0.0] * 4 + [1.0] * 3 + [0.0] * 8 + [1.0, None]
    return pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(n)],
            "cohort": "own",
            "split": ["validation"] * 10 + ["training"] * 16,
            "treatment": ["ICI"] * 24 + ["ICI", "EGFR-TKI"],
            "egfr_dls": score,
            "dcb": benefit,
            "egfr_status": ["wild type"] * 8 + ["mutant"] * 5 + ["mutant"] * 9 + ["wild type"] * 4,
            "pfs_months": np.arange(1.0, n + 1),
            "pfs_event": [1, 0] * 13,
        }
    )


def test_benefit_is_counted_by_group_as_by_hand() -> None:
    table = made()
    found = outcome_shares(table, YesNoOutcome.BENEFIT, divide(table, Strata.EGFR_DLS))
    assert [(g.label, g.reached, g.n) for g in found.groups] == [
        ("EGFR-DLS low", 9, 13),
        ("EGFR-DLS high", 3, 11),
    ]
    assert (found.n_known, found.n_unknown, found.n_ungrouped) == (25, 1, 1)
    assert found.groups[0].share == wilson(9, 13)
    # both margins fixed: 12 of 24 reached it
    tables = {k: comb(13, k) * comb(11, 12 - k) / comb(24, 12) for k in range(1, 13)}
    assert found.fisher_p == pytest.approx(sum(v for v in tables.values() if v <= tables[9]))


def test_no_test_is_given_for_small_or_exploratory_groups() -> None:
    table = made()
    grouping = divide(table, Strata.EGFR_DLS)
    moved = outcome_shares(table, YesNoOutcome.BENEFIT, grouping, exploratory=True)
    assert moved.fisher_p is None
    assert "exploratory" in str(moved.not_reported)
    few = outcome_shares(table, YesNoOutcome.BENEFIT, grouping, parse("split=='training'"))
    assert few.fisher_p is None
    assert "fewer than 10" in str(few.not_reported)
    assert outcome_shares(table, YesNoOutcome.RESPONSE, grouping).groups == ()


def test_the_performance_of_a_split_is_as_counted_by_hand() -> None:
    found = score_performance(made(), PFS, 0.5)
    rows = {s.name: s for s in found.splits}
    assert set(rows) == {"all", "split: validation", "split: training", "cohort: own"}
    # all: 14 mutant, 9 of them high; 11 wild type with a score, 8 of them low
    assert (rows["all"].n, rows["all"].n_positive) == (25, 14)
    assert rows["all"].matrix.sensitivity == wilson(9, 14)
    assert rows["all"].matrix.specificity == wilson(8, 11)
    assert rows["all"].matrix.accuracy == wilson(17, 25)
    # pairs: 9 high mutants beat 8 low; ties of equal scores count half
    wins = 9 * 8 + 9 * 2 * 0.5 + 5 * 8 * 0.5
    assert rows["all"].auc.estimate == pytest.approx(wins / (14 * 11))
    assert rows["split: validation"].matrix.sensitivity == wilson(0, 2)
    assert rows["split: validation"].matrix.specificity == wilson(8, 8)


def test_a_split_without_two_of_both_kinds_is_named_not_dropped_in_silence() -> None:
    table = made().assign(split=["external"] * 3 + ["training"] * 23)
    found = score_performance(table, PFS, 0.5)
    assert found.too_few == ("split: external",)
