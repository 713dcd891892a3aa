"""Labels, findings and the best possible reader, by Monte Carlo and against the releases."""

import numpy as np
import pandas as pd
import pytest
import scipy.io
from sklearn.metrics import roc_auc_score

from dss_core.phantom import associations as a
from dss_core.phantom.associations import ASSOCIATIONS, Sign
from dss_core.phantom.sampling import auc, posterior, sample_findings, sample_labels

N = 60_000


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(2020)
    labels = sample_labels(rng, N)
    return labels, sample_findings(rng, labels)


def test_the_best_reader_reaches_the_intended_auc(cohort) -> None:
    labels, findings = cohort
    egfr, pdl1 = posterior(findings)
    assert roc_auc_score(labels.egfr, egfr) == pytest.approx(0.90, abs=0.02)
    assert roc_auc_score(labels.pdl1, pdl1) == pytest.approx(0.88, abs=0.02)


def test_the_posterior_is_calibrated(cohort) -> None:
    """Among tumours given probability p, a share p has the label, as Bayes demands."""
    labels, findings = cohort
    for probability, truth in zip(posterior(findings), (labels.egfr, labels.pdl1), strict=True):
        bins = np.digitize(probability, np.linspace(0, 1, 6)[1:-1])
        for b in range(5):
            mine = bins == b
            assert truth[mine].mean() == pytest.approx(probability[mine].mean(), abs=0.03)


def test_our_auc_is_that_of_scikit_learn_with_ties() -> None:
    rng = np.random.default_rng(0)
    score = rng.integers(0, 12, 500).astype(float)
    truth = rng.random(500) < 0.2 + score / 20
    assert auc(score, truth) == pytest.approx(roc_auc_score(truth, score), abs=1e-12)


def test_signs_alone_follow_their_strengthened_odds_ratios(cohort) -> None:
    labels, findings = cohort
    for association in ASSOCIATIONS:
        shown = findings.has(association.sign)[~labels.pdl1]
        mutant = labels.egfr[~labels.pdl1]
        odds = [p / (1 - p) for p in (shown[mutant].mean(), shown[~mutant].mean())]
        expected = association.egfr**a.STRENGTH_EGFR
        assert odds[0] / odds[1] == pytest.approx(expected, rel=0.15), association.sign


def test_every_sign_has_its_row_and_its_source() -> None:
    assert {row.sign for row in ASSOCIATIONS} == set(Sign)
    for row in ASSOCIATIONS:
        for source in (row.egfr_source, row.pdl1_source):
            assert source.startswith(("published [", "assumed"))


def test_labels_occur_together_as_in_the_release() -> None:
    labels = sample_labels(np.random.default_rng(3), N)
    assert labels.pdl1[labels.egfr].mean() == pytest.approx(34 / 153, abs=0.01)
    assert labels.pdl1[~labels.egfr].mean() == pytest.approx(79 / 229, abs=0.01)


def _egfr_rows(shared_data):
    """(SUVmax, EGFR, region height in mm or NaN) of the three hospitals of the EGFR release."""
    out = []
    for clinical, suv, records, parts in (
        (
            "Shanghai",
            "SUVmax",
            "sphmrn",
            (("Group2trains", "trainmrn"), ("Group2tests", "testmrn")),
        ),
        ("Hebei", "SUVmax", "hebeimrn", (("Group2trains", "trainmrn"), ("Group2tests", "testmrn"))),
        ("Harbin", "SUV", "harbinmrn", (("Group2s", "testmrn"),)),
    ):
        folder = shared_data / "lungegfr" / "Alldata"
        table = scipy.io.loadmat(folder / f"{clinical}Clinical.mat")
        names = [str(np.ravel(p)[0]) for p in table["Property"].ravel()]
        frame = pd.DataFrame(table["ClinicalInfo"].astype(float), columns=names)
        slices = scipy.io.loadmat(folder / f"{records}.mat")
        height = {}
        for group, record in parts:
            who = pd.Series(slices[record].ravel())
            for _, members in who.groupby(slices[group].ravel()):
                height.setdefault(float(members.iloc[0]), len(members))
        mm = frame["mrn"].map(height)
        out.append(pd.DataFrame({"suv": frame[suv], "egfr": frame["EGFR"], "mm": mm}))
    rows = pd.concat(out)
    return rows[(rows.suv > 0) & rows.egfr.notna()]


def test_suv_and_size_by_egfr_match_the_released_cohort(cohort, shared_data) -> None:
    labels, findings = cohort
    released = _egfr_rows(shared_data)
    for mutant in (True, False):
        real = released[released.egfr == float(mutant)]
        suv, size = (
            findings.suv_max[labels.egfr == mutant],
            findings.diameter_mm[labels.egfr == mutant],
        )
        assert np.median(suv) == pytest.approx(real.suv.median(), rel=0.05)
        assert np.log(suv).std() == pytest.approx(np.log(real.suv).std(), abs=0.06)
        assert np.median(size) == pytest.approx(real.mm.median(), rel=0.05)
        assert np.log(size).std() == pytest.approx(np.log(real.mm).std(), abs=0.08)


def test_suv_is_higher_with_pdl1_as_much_as_in_the_released_cohort(cohort, shared_data) -> None:
    labels, findings = cohort
    released = pd.read_excel(shared_data / "lungio" / "Alldata" / "CIHClin.xlsx")
    by_label = released[released.SUVmax > 0].groupby("label").SUVmax.median()
    ours = np.median(findings.suv_max[labels.pdl1]) / np.median(findings.suv_max[~labels.pdl1])
    assert ours == pytest.approx(by_label[1] / by_label[0], rel=0.08)
