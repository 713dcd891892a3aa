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
from dss_core.evaluation.group_report import GroupReport, group_report, slices_auc
from dss_core.evaluation.joins import Join, join
from dss_core.evaluation.predictors import gather, make_signatures, training_rows
from dss_core.evaluation.prespecified_cutoff import PrespecifiedCutoff, published_cutoff
from dss_core.evaluation.reference_labels import reference_label
from dss_core.evaluation.signatures import Coding, Signature
from dss_core.evaluation.subgroups import SubgroupPerformance, subgroup_performance
from dss_core.statistics.follow_up import Bools


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
    joins: tuple[Join, ...]


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
    joined: tuple[Join, ...] = (),
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
    joined : tuple of Join
        Tables that were joined to this one before.

    Raises
    ------
    CohortError
        If score, label or groups cannot be used, no cut-off is known for the score, or no slice
        is of a patient of the table.
    """
    table = table.reset_index(drop=True)
    prespecified = published_cutoff(score) if cutoff is None else cutoff
    if not np.isfinite(prespecified.value):
        raise CohortError(f"The cut-off must be a finite number, found {prespecified.value}.")
    label_of = reference_label(table, label)
    if slices is not None:
        unscored = int(slices["score"].isna().sum())
        joined = (*joined, join(table, slices, "The slice table", n_incomplete=unscored))
    withheld: tuple[str, ...] = ()
    if not signatures:
        trained_on = f"{name}, training part"
        signatures, withheld = make_signatures(table, score, label, coding, trained_on)
    found = gather(table, score, label, prespecified.value, signatures)
    training = training_rows(table)
    reports = tuple(
        group_report(group, rows, label_of.known, label_of.positive, found.predictors, training,
               slices_auc(slices, table, rows & label_of.known, label_of.positive))
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
        joined,
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
