"""The place of a case among past patients: counted anew here, never across weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from dss_core.case.make_place import make_place, recorded_place
from dss_core.case.place_in_cohort import place_of, place_to_json
from dss_core.cohort.cohort_of_weights import KnownCohort, cohort_of_weights, read_cohort
from dss_core.cohort.cohort_table import Cohort
from dss_core.records import Group, Task
from dss_core.settings import shipped
from tests.board_case import demo

TABLE = shipped() / "weights" / "demo" / "cohort.csv"


def result(**egfr: Any) -> dict[str, Any]:
    row = {"dls": 0.61, "cutoff": 0.5, "group": "high"} | egfr
    return {"weights_id": "demo", "egfr": row, "pdl1": {"dls": None, "group": "withheld"}}


def test_position_counts_and_curve_are_those_of_the_table_counted_here() -> None:
    place = make_place(result(), read_cohort(TABLE))
    assert place is not None
    raw = pd.read_csv(TABLE)
    (position,) = place.positions
    assert position.percentile == pytest.approx(100 * (raw["egfr_dls"] < 0.61).mean(), abs=1e-9)
    assert position.n_scored == raw["egfr_dls"].notna().sum() == 837
    assert [one.treatment for one in place.survival] == ["ICI", "EGFR-TKI"]
    for one in place.survival:
        rows = raw[(raw["treatment"] == one.treatment) & raw["pfs_months"].notna()]
        for curve in one.curves:
            high = rows["egfr_dls"] >= 0.5
            own = rows[high if curve.group is Group.HIGH else ~high]
            peer = KaplanMeierFitter().fit(own["pfs_months"], own["pfs_event"])
            assert (curve.n, curve.events) == (len(own), own["pfs_event"].sum())
            assert curve.median.estimate == pytest.approx(peer.median_survival_time_, abs=1e-9)
            times = [step.months for step in curve.steps]
            survival = [step.survival for step in curve.steps]
            assert np.allclose(survival, peer.survival_function_at_times(times), atol=1e-9)
            limits = peer.confidence_interval_.loc[times].to_numpy()
            inner = [i for i, step in enumerate(curve.steps) if step.low is not None]
            mine = np.array([(curve.steps[i].low, curve.steps[i].high) for i in inner])
            assert np.allclose(mine, limits[inner], atol=1e-6)
            for column in curve.counts:
                followed = (own["pfs_months"] >= column.months).sum()
                assert column.at_risk == followed
            assert len(curve.censored) == own.loc[own["pfs_event"] == 0, "pfs_months"].nunique()


def test_scores_of_other_weights_never_mix() -> None:
    known = read_cohort(TABLE)
    assert make_place(result() | {"weights_id": "other"}, known) is None
    assert recorded_place(result() | {"weights_id": "other"}) is None
    mixed = known.cohort.table.copy()
    mixed.loc[0, "score_weights_id"] = "other"
    assert make_place(result(), KnownCohort(Cohort(mixed, "n", "s"), "0" * 64)) is None


def test_a_withheld_case_and_one_without_a_cohort_have_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recorded_place(result(dls=None, group="withheld")) is None
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    assert cohort_of_weights("mu2020") is None and cohort_of_weights("none") is None


def test_the_synthetic_cohort_is_named_as_such_by_its_content(tmp_path: Path) -> None:
    known = cohort_of_weights("demo")
    assert known is not None and known.cohort.synthetic
    assert "No real patients" in known.cohort.source
    table = pd.read_csv(TABLE, dtype="string")
    table.loc[0, "cohort"] = "Hospital"
    table.to_csv(tmp_path / "own.csv", index=False)
    assert not read_cohort(tmp_path / "own.csv").cohort.synthetic


def test_a_place_is_kept_with_the_record_and_counts_only_for_its_own_scores() -> None:
    record = demo()
    place = place_of(record)
    assert place is not None and place_to_json(place) == record.place
    assert place.position(Task.EGFR) is not None and place.cohort.synthetic
    egfr: Any = record.result["egfr"]
    other = {**record.result, "egfr": {**egfr, "dls": 0.2}}
    assert place_of(record.model_copy(update={"result": other})) is None


def test_a_cohort_without_treatment_or_follow_up_still_gives_a_position() -> None:
    table = read_cohort(TABLE).cohort.table
    bare = table.drop(columns=["pfs_months", "pfs_event", "os_months", "os_event"])
    place = make_place(result(), KnownCohort(Cohort(bare, "n", "s"), "0" * 64))
    assert place is not None and not place.survival and place.positions
    plain = table.drop(columns=["treatment"])
    place = make_place(result(), KnownCohort(Cohort(plain, "n", "s"), "0" * 64))
    assert place is not None and [one.treatment for one in place.survival] == [""]
