"""Performance of a score in one cohort, group by group, as one value.

Groups are by default the score's history: training (apparent performance, too good), validation
and each external cohort. A group that cannot be judged says why and stays in the list.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dss_core.errors import CohortError
from dss_core.evaluation.associations import Association, associations
from dss_core.evaluation.feature_map import FeatureMap, feature_columns, feature_map
from dss_core.evaluation.group_by import GroupBy
from dss_core.evaluation.predictors import Predictor, gather, make_signatures, training_rows
from dss_core.evaluation.prespecified_cutoff import PrespecifiedCutoff, published_cutoff
from dss_core.evaluation.reference_labels import reference_label
from dss_core.evaluation.signatures import Coding, Signature
from dss_core.evaluation.subgroups import SubgroupPerformance, subgroup_performance
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
from dss_core.statistics.kaplan_meier import Interval
from dss_core.statistics.reclassification import Reclassification, reclassify

PART = "part"
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
        Of single slices against their patient's label, interval after Obuchowski.
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


@dataclass(frozen=True)
class Evaluation:
    """The evidence for one score against one label."""

    score: str
    label: str
    cutoff: float
    cutoff_origin: str
    by: str
    n: int
    weights_ids: tuple[str, ...]
    groups: tuple[GroupReport, ...]
    signatures: tuple[Signature, ...]
    associations: tuple[Association, ...]
    fairness: tuple[SubgroupPerformance, ...]
    fairness_population: str
    features: FeatureMap | None
    withheld: tuple[str, ...]


def evaluate(
    table: pd.DataFrame,
    *,
    score: str,
    label: str,
    by: GroupBy = GroupBy.PART,
    cutoff: PrespecifiedCutoff | None = None,
    coding: Coding = Coding.RELEASED,
    signatures: tuple[Signature, ...] = (),
    slices: pd.DataFrame | None = None,
    name: str = "this table",
) -> Evaluation:
    """Compute everything.

    Parameters
    ----------
    table : DataFrame
        A validated cohort table.
    cutoff : PrespecifiedCutoff or None
        None takes the published one of the score; see `prespecified_cutoff`.
    signatures : tuple of Signature
        Stored ones to apply; empty fits CS and CMS on the training part.
    slices : DataFrame or None
        `patient_id` and `score`, one row a slice.

    Raises
    ------
    CohortError
        If score, label or groups cannot be used, or no cut-off is known for the score.
    """
    table = table.reset_index(drop=True)
    prespecified = published_cutoff(score) if cutoff is None else cutoff
    if not np.isfinite(prespecified.value):
        raise CohortError(f"The cut-off must be a finite number, found {prespecified.value}.")
    label_of = reference_label(table, label)
    withheld: tuple[str, ...] = ()
    if not signatures:
        trained_on = f"{name}, training part"
        signatures, withheld = make_signatures(table, score, label, coding, trained_on)
    found = gather(table, score, label, prespecified.value, signatures)
    training = training_rows(table)
    reports = tuple(
        _group(group, rows, label_of.known, label_of.positive, found.predictors, training,
               _slices_of(slices, table, rows & label_of.known, label_of.positive))
        for group, rows in group_rows(table, by)
    )  # fmt: skip
    independent = label_of.known & ~training
    judged = independent if independent.any() else label_of.known
    used = table[judged].reset_index(drop=True)
    population = (
        "patients outside training" if independent.any() else "training patients (apparent)"
    )
    if not training.any():
        population = "all patients with a reference label"
    features, why = _features(table, label)
    return Evaluation(
        score,
        label,
        prespecified.value,
        prespecified.origin,
        by.value,
        len(table),
        tuple(sorted(table["score_weights_id"].dropna().unique()))
        if "score_weights_id" in table
        else (),
        reports,
        signatures,
        associations(table, score),
        subgroup_performance(used, score, label, prespecified.value)
        if used[score].notna().any()
        else (),
        population,
        features,
        withheld + found.withheld + why,
    )


def _features(table: pd.DataFrame, label: str) -> tuple[FeatureMap | None, tuple[str, ...]]:
    if not feature_columns(table):
        return None, ()
    try:
        return feature_map(table, label), ()
    except CohortError as refusal:
        return None, (str(refusal),)


def part_of(table: pd.DataFrame) -> pd.Series:
    """Training, validation, or the external cohort's name; the cohort where no split is given."""
    if "split" not in table:
        return table["cohort"].astype("string")
    external = (table["split"] == "external").fillna(False) | table["split"].isna()
    return table["split"].astype("string").mask(external, table["cohort"].astype("string"))


def group_rows(table: pd.DataFrame, by: GroupBy) -> list[tuple[str, Bools]]:
    """Every group's name and its rows, training and validation first.

    Raises
    ------
    CohortError
        If the table has no values to group by.
    """
    if by is GroupBy.PART:
        cells = part_of(table)
    elif by.value in table and table[by.value].notna().any():
        cells = table[by.value]
    else:
        raise CohortError(
            f"Groups by {by.value} need that column with values in the table. Choose another, or "
            "leave --by out."
        )
    names = [str(v) for v in cells.dropna().unique()]
    first = [v for v in ("training", "validation") if v in names]
    names = first + [v for v in names if v not in first]
    return [(v, (cells == v).to_numpy(bool, na_value=False)) for v in names]


def _group(
    name: str,
    rows: Bools,
    known: Bools,
    positive: Bools,
    predictors: tuple[Predictor, ...],
    training: Bools,
    slices_auc: Interval | None,
) -> GroupReport:
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
    return GroupReport(
        name,
        int(rows.sum()),
        int((rows & ~known).sum()),
        apparent,
        tuple(_report(p, use, positive) for p in predictors),
        tuple(pairs),
        tuple(gains),
        _decision(predictors, use, positive),
        slices_auc,
        tuple(cautions),
    )


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


def _slices_of(
    slices: pd.DataFrame | None, table: pd.DataFrame, rows: Bools, positive: Bools
) -> Interval | None:
    if slices is None:
        return None
    place = {str(p): i for i, p in enumerate(table["patient_id"]) if rows[i]}
    index = slices["patient_id"].astype(str).map(place)
    inside = index.notna() & slices["score"].notna()
    patient = index[inside].to_numpy(dtype=np.int64)
    try:
        return auc_of_slices(slices[inside], patient, positive[patient])
    except CohortError:
        return None
