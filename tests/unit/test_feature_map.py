"""The map of pooled features: computed from the network, clustered, tested, refused in words."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import false_discovery_control, mannwhitneyu

from dss_core.batch.feature_table import from_simulation
from dss_core.bundles.bundle import Bundle, load_bundle
from dss_core.cli import main
from dss_core.cohort.cohort_table import validate
from dss_core.errors import CohortError
from dss_core.evaluation.feature_map import feature_map, join_features
from dss_core.networks.pooled_features import pooled_features
from dss_core.records import Task
from tests.dicom_case import write_case


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle("demo")


def cohort(n: int = 60, n_features: int = 12) -> pd.DataFrame:
    """Two kinds of patients: the first half of the features is higher in the mutant ones."""
    random = np.random.default_rng(2)
    mutant = np.arange(n) % 2 == 0
    values = random.normal(size=(n, n_features))
    values[:, : n_features // 2] += 3.0 * mutant[:, None]
    table = pd.DataFrame(values, columns=[f"f{i:03d}" for i in range(n_features)])
    table["egfr_status"] = np.where(mutant, "mutant", "wild type")
    return table.assign(patient_id=[f"p{i}" for i in range(n)], cohort="here")


def test_pooled_features_are_what_the_network_decides_on(bundle: Bundle) -> None:
    """Independent way: the head applied to the features of one slice gives the network's logits."""
    network = bundle.models[Task.EGFR].members[0]
    x = np.random.default_rng(1).normal(size=(1, 3, 64, 64)).astype(np.float32)
    features = torch.from_numpy(pooled_features(x, network)).float()
    with torch.inference_mode():
        assert network.head(features) == pytest.approx(network(torch.from_numpy(x))[0], abs=1e-4)


def test_features_of_a_patient_are_the_mean_over_slices(bundle: Bundle) -> None:
    network = bundle.models[Task.EGFR].members[0]
    x = np.random.default_rng(1).normal(size=(3, 3, 64, 64)).astype(np.float32)
    single = [pooled_features(x[i : i + 1], network) for i in range(3)]
    assert pooled_features(x, network) == pytest.approx(np.mean(single, axis=0), abs=1e-5)


def test_planted_groups_are_found_and_their_features_lie_together() -> None:
    found = feature_map(cohort(), "egfr_status")
    assert sorted(c.n for c in found.clusters) == [30, 30]
    assert sorted(c.positive.estimate or 0 for c in found.clusters) == [0, 1]
    telling = {f"f{i:03d}" for i in range(6)}
    assert {t.feature for t in found.tests[:6]} == telling
    places = [i for i, name in enumerate(found.features) if name in telling]
    assert places == list(range(places[0], places[0] + 6))


def test_every_feature_is_tested_as_scipy_does_one_at_a_time() -> None:
    table = cohort(41)
    found = {t.feature: t for t in feature_map(table, "egfr_status").tests}
    yes = (table["egfr_status"] == "mutant").to_numpy()
    p = {n: mannwhitneyu(table[n][yes], table[n][~yes]).pvalue for n in found}
    for name, test in found.items():
        assert test.p == pytest.approx(p[name], rel=1e-9)
    adjusted = false_discovery_control(list(p.values()))
    assert [found[n].p_fdr for n in p] == pytest.approx(adjusted.tolist())


def test_the_order_of_patients_in_the_table_does_not_matter() -> None:
    table = cohort()
    mixed = table.sample(frac=1, random_state=3).reset_index(drop=True)
    first, second = feature_map(table, "egfr_status"), feature_map(mixed, "egfr_status")
    assert [t.p for t in first.tests] == pytest.approx([t.p for t in second.tests])
    groups = [
        {frozenset(t["patient_id"].iloc[f.rows[f.cluster == c]]) for c in (1, 2)}
        for t, f in ((table, first), (mixed, second))
    ]
    assert groups[0] == groups[1]


def test_a_dead_feature_is_left_out_and_counted() -> None:
    found = feature_map(cohort().assign(f003=0.0), "egfr_status")
    assert found.n_constant == 1
    assert "f003" not in found.features


def test_a_large_cohort_is_tested_whole_and_drawn_in_part() -> None:
    found = feature_map(cohort(500), "egfr_status")
    assert (found.n, found.z.shape) == (500, (12, 300))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"f001": "high"}, "must hold numbers only"),
        ({"f001": np.nan}, "needs 20 patients with all of them, found 0"),
        ({f"f{i:03d}": 1.0 for i in range(11)}, "Fewer than two features differ"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(change: dict[str, object], words: str) -> None:
    with pytest.raises(CohortError, match=words):
        feature_map(cohort().assign(**change), "egfr_status")


def test_features_join_by_patient_and_never_across_weights() -> None:
    whole = cohort()
    features = whole.drop(columns=["egfr_status", "cohort"]).sample(frac=1, random_state=1)
    clinical = whole[["patient_id", "egfr_status"]]
    found = join_features(clinical, features)
    assert found.table["f004"].tolist() == whole["f004"].tolist()
    assert (found.joined.n_both, found.joined.n_cohort_only) == (len(whole), 0)
    with pytest.raises(CohortError, match="are not comparable"):
        join_features(clinical.assign(score_weights_id="a"), features.assign(score_weights_id="b"))
    with pytest.raises(CohortError, match="No patient_id"):
        join_features(clinical.assign(patient_id="x"), features)
    with pytest.raises(CohortError, match="a patient_id twice"):
        join_features(clinical, pd.concat([features, features]))
    with pytest.raises(CohortError, match="f000"):
        join_features(clinical, clinical)


def test_simulated_patients_become_a_cohort_with_the_scores_of_the_bundle(bundle: Bundle) -> None:
    seen: list[int] = []
    table = from_simulation(2, bundle, Task.EGFR, seen.append)
    assert seen == [1, 2]
    checked = validate(table.astype("string"))
    assert set(checked["score_weights_id"]) == {"demo"}
    other = replace(bundle, models={Task.EGFR: bundle.models[Task.EGFR]})
    again = from_simulation(1, other, Task.EGFR, seen.append)
    assert again["egfr_dls"].iloc[0] == table["egfr_dls"].iloc[0] != table["pdl1_dls"].iloc[0]
    assert "pdl1_dls" not in again


def test_command_takes_features_beside_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = cohort().assign(egfr_dls=np.linspace(0.1, 0.9, 60))
    names = [n for n in whole if str(n).startswith("f0")]
    whole.drop(columns=names).to_csv(tmp_path / "c.csv", index=False)
    whole[["patient_id", *names]].to_parquet(tmp_path / "f.parquet")
    words = ["evaluate", str(tmp_path / "c.csv"), "--score", "egfr_dls", "--label", "egfr_status"]
    assert main([*words, "--features", str(tmp_path / "f.parquet")]) == 0
    found = json.loads(capsys.readouterr().out)["features"]
    assert (found["n"], len(found["features"])) == (60, 12)


def test_a_manifest_of_scans_becomes_a_cohort_whose_scores_are_those_of_the_score_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write_case(tmp_path / "case")
    manifest, out = tmp_path / "manifest.csv", tmp_path / "cohort.parquet"
    manifest.write_text(f"patient_id,label,ct,pet,roi\na,1,{case.ct},{case.pet},{case.region}\n")
    assert main(["features", "--data", str(manifest), "--task", "egfr", "--out", str(out)]) == 0
    capsys.readouterr()
    place = ["--ct", str(case.ct), "--pet", str(case.pet), "--roi", str(case.region)]
    assert main(["score", *place]) == 0
    scored = json.loads(capsys.readouterr().out)
    row = pd.read_parquet(out).iloc[0]
    assert row["patient_id"] == "a" and row["egfr_status"] == "mutant"
    assert row["egfr_dls"] == pytest.approx(scored["egfr"]["dls"], abs=1e-5)
    assert row["pdl1_dls"] == pytest.approx(scored["pdl1"]["dls"], abs=1e-5)
    assert row["n_slices"] == scored["roi"]["n_slices"]
