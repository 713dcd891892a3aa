"""Replication of the published analysis from a clone of the release."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ttest_ind

from dss_core.cohort.release_location import Release
from dss_core.cohort.releases import SOURCES, find_clone, read_release
from dss_core.cohort.selection import parse
from dss_core.errors import CohortError
from dss_core.replication import published
from dss_core.replication.published import DiscriminationReference, SurvivalReference, agrees
from dss_core.replication.replication import Replication, Row
from dss_core.statistics.calibration import calibrate
from dss_core.statistics.confusion_matrix import confusion_matrix
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.interval import Interval
from dss_core.survival.comparison import Comparison, compare
from dss_core.survival.endpoint import PFS
from dss_core.survival.grouping import group_by

CUTOFF = 0.5
_HIGH = parse(f"egfr_dls>={CUTOFF}")


CAUTIONS = (
    "The association on EGFR-TKI may largely reflect EGFR mutation status: within mutant tumours "
    "the hazard ratio is 0.47 (0.14 to 1.64).",
    "Treatment groups come from different hospitals and countries and were not randomised.",
    "Only 5 of 113 HLM patients with known status are EGFR mutant.",
    "Calibration differs: slope 1.9 in training, 1.0 in HMU.",
)


def replicate(path: Path, sister: Path | None = None) -> Replication:
    """Recompute every published row.

    Parameters
    ----------
    path : Path
        Clone of lungproject/lungegfr, or a folder that holds it.
    sister : Path, optional
        Clone of lungproject/lungio; by default looked for in or beside `path`. Without it the
        PD-L1 rows are named as not computed.

    Raises
    ------
    CohortError
        If the release cannot be read.
    """
    release = read_release(path, Release.LUNGEGFR)
    table = release.cohort.table
    rows = [
        *_discrimination("EGFR status", table, "egfr", "mutant", published.EGFR),
        *_training_median(table),
        *_calibration(table),
    ]
    for reference in published.PFS_ROWS:
        rows += _survival(table, reference)
    rows += [*_within_mutant(table), *_therapy(table), *_four_groups(table), *_dcb(table)]
    rows += _mpg(table)
    sources, notes, missing = [SOURCES[Release.LUNGEGFR]], list(release.notes), []
    try:
        folder = find_clone(sister or path, Release.LUNGIO)
    except CohortError as refusal:
        if sister is not None:
            raise
        missing.append(f"PD-L1 status (3 cohorts): {refusal}")
    else:
        pdl1 = read_release(folder, Release.LUNGIO)
        rows += _discrimination(
            "PD-L1 status", pdl1.cohort.table, "pdl1", "positive", published.PDL1
        )
        sources.append(SOURCES[Release.LUNGIO])
        notes += pdl1.notes
    return Replication(tuple(rows), (*CAUTIONS, *notes), tuple(missing), tuple(sources))


def _row(part: str, what: str, computed: float | None, reference: str | None) -> Row:
    claim = published.CLAIMS.get(part.split(":")[0], "")
    if reference is None or computed is None:
        same = reference is None and computed is None
        return Row(part, what, computed, reference or "not reached", same, claim)
    same = agrees(computed, reference)
    if what.startswith("AUC") and "limit" not in what:
        same = abs(computed - float(reference)) <= 0.001
    return Row(part, what, computed, reference, same, claim)


def _effect(part: str, result: Comparison, reference: tuple[str, str, str], what: str) -> list[Row]:
    effect = result.cox
    values = (effect.hr, effect.low, effect.high) if effect else (None, None, None)
    names = (what, f"{what}, lower limit", f"{what}, upper limit")
    return [_row(part, n, v, r) for n, v, r in zip(names, values, reference, strict=True)]


def _discrimination(
    part: str,
    table: pd.DataFrame,
    task: str,
    positive: str,
    references: Sequence[DiscriminationReference],
) -> list[Row]:
    rows = []
    for reference in references:
        column = "split" if reference.key in ("training", "validation") else "cohort"
        known = (table[column] == reference.key) & table[f"{task}_status"].notna()
        chosen = table[known.fillna(False).to_numpy(dtype=bool)]
        score = chosen[f"{task}_dls"].to_numpy(dtype=float)
        positive_label = chosen[f"{task}_status"].eq(positive).to_numpy(dtype=bool)
        auc = auc_delong(score, positive_label)
        name = f"{part}: {reference.key}"
        rows += [
            _row(name, "patients", len(chosen), str(reference.n)),
            _row(name, f"{positive} patients", int(positive_label.sum()), str(reference.positive)),
            _row(name, "AUC", auc.estimate, reference.auc),
        ]
        if reference.ci:
            rows += [
                _row(name, "AUC, lower limit (DeLong)", auc.low, reference.ci[0]),
                _row(name, "AUC, upper limit (DeLong)", auc.high, reference.ci[1]),
            ]
        matrix = confusion_matrix(score, positive_label, CUTOFF)
        shares: tuple[tuple[str, Interval, str | None], ...] = (
            ("accuracy", matrix.accuracy, reference.accuracy),
            ("sensitivity", matrix.sensitivity, reference.sensitivity),
            ("specificity", matrix.specificity, reference.specificity),
        )
        rows += [_row(name, what, v.estimate, r) for what, v, r in shares if r is not None]
    return rows


def _training_median(table: pd.DataFrame) -> list[Row]:
    median = float(table.loc[(table["split"] == "training"), "egfr_dls"].median())
    return [_row("EGFR status: training", "median score", median, published.TRAINING_MEDIAN_DLS)]


def _calibration(table: pd.DataFrame) -> list[Row]:
    rows = []
    for key, reference in published.CALIBRATION_SLOPE:
        column = "split" if key == "training" else "cohort"
        chosen = table[(table[column] == key) & table["egfr_status"].notna()]
        fit = calibrate(
            chosen["egfr_dls"].to_numpy(dtype=float),
            chosen["egfr_status"].eq("mutant").to_numpy(dtype=bool),
        )
        rows.append(_row(f"EGFR status: {key}", "calibration slope", fit.slope.estimate, reference))
    return rows


def _survival(table: pd.DataFrame, reference: SurvivalReference) -> list[Row]:
    result = compare(table, PFS, group_by(table, _HIGH), where=parse(reference.where))
    low, high = result.curves
    drug = "EGFR-TKI" if "TKI" in reference.key else "ICI"
    part = f"PFS on {drug}: {reference.key}"
    return [
        _row(part, "DLS-high patients", high.n, str(reference.n_high)),
        _row(part, "DLS-high median, months", high.median.estimate, reference.median_high),
        _row(part, "DLS-low patients", low.n, str(reference.n_low)),
        _row(part, "DLS-low median, months", low.median.estimate, reference.median_low),
        *_effect(part, result, reference.hr, "hazard ratio high vs low"),
        _row(part, "log-rank p", result.logrank_p, reference.logrank_p),
    ]


def _within_mutant(table: pd.DataFrame) -> list[Row]:
    where = parse("treatment=='EGFR-TKI' and egfr_status=='mutant'")
    result = compare(table, PFS, group_by(table, _HIGH), where=where)
    part = "PFS on EGFR-TKI: EGFR mutant only"
    return _effect(part, result, published.TKI_WITHIN_MUTANT_HR, "hazard ratio high vs low")


def _therapy(table: pd.DataFrame) -> list[Row]:
    rows = []
    for where, reference in published.THERAPY_HR:
        tki = group_by(table, parse("treatment=='EGFR-TKI'"))
        result = compare(table, PFS, tki, where=parse(where))
        part = f"EGFR-TKI against ICI, not randomised: {where}"
        rows += _effect(part, result, reference, "hazard ratio TKI vs ICI")
    return rows


def _four_groups(table: pd.DataFrame) -> list[Row]:
    rows = []
    for label, n, median in published.FOUR_GROUPS:
        first = "egfr_dls>=" if "EGFR-DLS high" in label else "egfr_dls<"
        second = "pdl1_dls>=" if "PDL1-DLS high" in label else "pdl1_dls<"
        text = f"{first}{CUTOFF} and {second}{published.PDL1_CUTOFF}"
        inside = compare(
            table, PFS, group_by(table, parse(text)), where=parse("treatment=='ICI'")
        ).curves[1]
        part = "PFS on ICI: both scores"
        rows += [
            _row(part, f"{label}, patients", inside.n, str(n)),
            _row(part, f"{label}, median, months", inside.median.estimate, median),
        ]
    return rows


def _dcb(table: pd.DataFrame) -> list[Row]:
    known = table[table["dcb"].notna()]
    high = (known["egfr_dls"] >= CUTOFF).to_numpy(dtype=bool)
    benefit = known["dcb"].to_numpy(dtype=float)
    values = {"EGFR-DLS high": benefit[high].mean(), "EGFR-DLS low": benefit[~high].mean()}
    return [
        _row("Durable clinical benefit", f"{label}, %", 100 * float(values[label]), reference)
        for label, reference in published.DCB_PERCENT
    ]


def _mpg(table: pd.DataFrame) -> list[Row]:
    known = table[table["mpg_suvmax"].notna()]
    uptake = known["mpg_suvmax"].to_numpy(dtype=float)
    high = (known["egfr_dls"] >= CUTOFF).to_numpy(dtype=bool)
    values = {"EGFR-DLS high": uptake[high], "EGFR-DLS low": uptake[~high]}
    part = "18F-MPG uptake"
    rows = [
        _row(part, f"{label}, mean SUVmax", float(np.mean(values[label])), reference)
        for label, reference in published.MPG_SUVMAX
    ]
    p = float(ttest_ind(uptake[high], uptake[~high], equal_var=False).pvalue)
    return [*rows, _row(part, "Welch p", p, published.MPG_P)]
