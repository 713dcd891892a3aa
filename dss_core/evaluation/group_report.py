"""Every predictor in one group of patients: discrimination, classification, calibration, benefit.

What cannot be judged in a group is None and said in its cautions, in words.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dss_core.errors import CohortError
from dss_core.evaluation.predictors import Predictor
from dss_core.statistics.calibration import CalibrationReport, calibration_report
from dss_core.statistics.confusion_matrix import ConfusionMatrix, confusion_matrix
from dss_core.statistics.decision_curve import NetBenefit, net_benefit, reference_lines
from dss_core.statistics.discrimination import (
    AucDifference,
    Roc,
    auc_delong,
    auc_of_slices,
    compare_auc,
    roc,
)
from dss_core.statistics.follow_up import Bools
from dss_core.statistics.interval import Interval
from dss_core.statistics.reclassification import Reclassification, reclassify

MIN_CLASS = 10


@dataclass(frozen=True)
class PredictorReport:
    """One predictor in one group.

    Attributes
    ----------
    auc : Interval or None
        None with fewer than two patients in a class.
    calls : ConfusionMatrix or None
        None for a predictor without a prespecified cut-off.
    calibration : CalibrationReport or None
        None for a predictor that is no probability, or with one class only.
    """

    name: str
    note: str
    n: int
    n_positive: int
    n_missing: int
    auc: Interval | None
    roc: Roc | None
    calls: ConfusionMatrix | None
    calibration: CalibrationReport | None


@dataclass(frozen=True)
class GroupReport:
    """Everything about one group of patients.

    Attributes
    ----------
    apparent : bool
        Holds training patients: performance is too good to be true for new ones.
    differences, reclassifications, decision_curve
        Between predictors; the curve over patients who have all probabilities.
    slices_auc : Interval or None
        Of single slices against their patient's label, interval after Obuchowski; None without
        slices.
    cautions : tuple of str
        What is missing or weak here, in words.
    """

    name: str
    n: int
    n_unlabelled: int
    apparent: bool
    markers: tuple[PredictorReport, ...]
    differences: tuple[AucDifference, ...]
    reclassifications: tuple[Reclassification, ...]
    decision_curve: tuple[NetBenefit, ...]
    slices_auc: Interval | None
    cautions: tuple[str, ...]


def group_report(
    name: str,
    rows: Bools,
    known: Bools,
    positive: Bools,
    predictors: tuple[Predictor, ...],
    training: Bools,
    slices_auc: Interval | None,
) -> GroupReport:
    """Judge every predictor in one group.

    Parameters
    ----------
    rows, known, positive, training : bool arrays (n,)
        Patients of the group, with a label, with a positive one, and used for training.
    """
    use = rows & known
    yes = positive[use]
    cautions = []
    apparent = bool((rows & training).any())
    if apparent:
        cautions.append(
            "Includes patients used for training: apparent performance, which is too optimistic."
        )
    n_positive, n_negative = int(yes.sum()), int((~yes).sum())
    if not yes.size:
        cautions.append(
            "No patient in this group has a reference label; performance cannot be computed."
        )
    elif not min(n_positive, n_negative):
        which = "positive" if n_positive else "negative"
        cautions.append(
            f"All {yes.size} patients with a reference label are {which}: AUC and calibration "
            "cannot be computed; counts only."
        )
    elif min(n_positive, n_negative) < MIN_CLASS:
        cautions.append(
            f"Few patients: {n_positive} positive and {n_negative} negative. CIs are wide and "
            "approximate; comparisons are not tested."
        )
    pairs: list[AucDifference] = []
    gains: list[Reclassification] = []
    if min(n_positive, n_negative) >= MIN_CLASS:
        pairs, gains = _comparisons(predictors, use, positive)
    reports = tuple(_report(p, use, positive) for p in predictors)
    cautions += _without_interval(reports, pairs, gains)
    return GroupReport(
        name,
        int(rows.sum()),
        int((rows & ~known).sum()),
        apparent,
        reports,
        tuple(pairs),
        tuple(gains),
        _decision(predictors, use, positive),
        slices_auc,
        tuple(cautions),
    )


def _without_interval(
    reports: tuple[PredictorReport, ...], pairs: list[AucDifference], gains: list[Reclassification]
) -> list[str]:
    """Each estimate that has no confidence interval, with the reason."""
    areas = [(f"AUC of {r.name}", r.auc) for r in reports if r.auc]
    differences = [(f"difference of {d.first} and {d.second}", d.difference) for d in pairs]
    moves = [
        (f"{what} of {g.new} and {g.old}", gain.value)
        for g in gains
        for what, gain in (("category NRI", g.nri_category), ("NRI", g.nri_free), ("IDI", g.idi))
    ]
    return [
        f"{what[0].upper()}{what[1:]}: no CI or p. {value.reason}"
        for what, value in (*areas, *differences, *moves)
        if value.reason
    ]


def _report(predictor: Predictor, use: Bools, positive: Bools) -> PredictorReport:
    has = use & np.isfinite(predictor.values)
    values, yes = predictor.values[has], positive[has]
    both = bool(yes.any() and not yes.all())
    ranked = min(int(yes.sum()), int((~yes).sum())) >= 2
    return PredictorReport(
        predictor.name,
        predictor.note,
        int(yes.size),
        int(yes.sum()),
        int((use & ~has).sum()),
        auc_delong(values, yes) if ranked else None,
        roc(values, yes) if ranked else None,
        confusion_matrix(values, yes, predictor.cutoff)
        if predictor.cutoff is not None and yes.size
        else None,
        calibration_report(values, yes) if predictor.is_probability and both else None,
    )


def _comparisons(
    predictors: tuple[Predictor, ...], use: Bools, positive: Bools
) -> tuple[list[AucDifference], list[Reclassification]]:
    pairs, gains = [], []
    for i, first in enumerate(predictors):
        for second in predictors[i + 1 :]:
            has = use & np.isfinite(first.values) & np.isfinite(second.values)
            if min(int(positive[has].sum()), int((~positive[has]).sum())) < MIN_CLASS:
                continue
            a, b, yes = first.values[has], second.values[has], positive[has]
            pairs.append(compare_auc(a, b, yes, (first.name, second.name)))
            if first.is_probability and second.is_probability:
                # the combined model is the new one, and the score is new beside the clinic
                new, old = (second, first) if second.name == "CMS" else (first, second)
                gains.append(
                    reclassify(new.values[has], old.values[has], yes, (new.name, old.name))
                )
    return pairs, gains


def _decision(
    predictors: tuple[Predictor, ...], use: Bools, positive: Bools
) -> tuple[NetBenefit, ...]:
    probable = [p for p in predictors if p.is_probability]
    for predictor in probable:
        use = use & np.isfinite(predictor.values)
    if not probable or not use.any():
        return ()
    yes = positive[use]
    lines = [net_benefit(m.values[use], yes, m.name) for m in probable]
    return (*lines, *reference_lines(yes))


def slices_auc(
    slices: pd.DataFrame | None, table: pd.DataFrame, rows: Bools, positive: Bools
) -> Interval | None:
    """AUC over the single slices of some patients; None without slices.

    Parameters
    ----------
    slices : DataFrame or None
        `patient_id` and `score`.
    rows, positive : bool arrays (n,)
        Of the cohort table.
    """
    if slices is None:
        return None
    place = {str(p): i for i, p in enumerate(table["patient_id"]) if rows[i]}
    index = slices["patient_id"].map(place)
    inside = index.notna() & slices["score"].notna()
    patient = index[inside].to_numpy(dtype=np.int64)
    try:
        return auc_of_slices(slices[inside], patient, positive[patient])
    except CohortError as refusal:
        return Interval(None, None, None, str(refusal))
