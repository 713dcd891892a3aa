"""Feature map: clusters of patients by pooled features, and the most discriminating features.

Features are z-scored over patients. Patients are clustered by Ward's method, features by average
linkage of 1 minus their correlation. Every feature is tested against the label (Mann-Whitney)
and corrected for the number of features, after Holm and Benjamini-Hochberg; the two main groups
of patients are compared by Fisher's exact test.

References
----------
Mu et al., Nat Commun 11:5228 (2020), Fig. 3a; Ward JH. J Am Stat Assoc 1963;58:236.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
from scipy.spatial.distance import pdist
from scipy.stats import fisher_exact, mannwhitneyu

from dss_core.errors import CohortError
from dss_core.evaluation.associations import benjamini_hochberg, holm
from dss_core.evaluation.joins import Join, join
from dss_core.evaluation.reference_labels import reference_label
from dss_core.statistics.follow_up import Bools, Floats, Ints
from dss_core.statistics.interval import Interval
from dss_core.statistics.proportions import wilson

MIN_PATIENTS = 20
MIN_CLASS = 5
MAX_DRAWN = 300
SEED = 20201016
_NAME = re.compile(r"f\d{3,4}")


@dataclass(frozen=True)
class FeatureTest:
    """One feature against the label: area (above 0.5: higher in positives) and p-values."""

    feature: str
    auc: float
    p: float
    p_holm: float
    p_fdr: float


@dataclass(frozen=True)
class PatientCluster:
    """One of the two main groups of patients, and the share of it that is positive."""

    n: int
    n_labelled: int
    positive: Interval


@dataclass(frozen=True)
class FeatureMap:
    """The clustered features of a cohort.

    Attributes
    ----------
    n : int
        Patients with features.
    n_constant : int
        Features equal in all of them, left out.
    features : tuple of str
        From one end of the map to the other.
    rows : int array (drawn,)
        Place in the table of each drawn patient, in the order of the map.
    z : float array (features, drawn)
        Standard deviations from the mean over all patients.
    cluster : int array (drawn,)
        1 or 2, the main group of each drawn patient.
    tests : tuple of FeatureTest
        By ascending p; empty with fewer than five patients in a class.
    clusters : tuple of PatientCluster
    cluster_p : float or None
        Fisher's exact test of cluster against label, over drawn patients.
    """

    n: int
    n_constant: int
    features: tuple[str, ...]
    rows: Ints
    z: Floats
    cluster: Ints
    tests: tuple[FeatureTest, ...]
    clusters: tuple[PatientCluster, ...]
    cluster_p: float | None


def feature_columns(table: pd.DataFrame) -> list[str]:
    """Columns that hold pooled features: f000, f001, ..."""
    return [str(name) for name in table if _NAME.fullmatch(str(name))]


@dataclass(frozen=True)
class WithFeatures:
    """A cohort table with features, and how many patients they were found for."""

    table: pd.DataFrame
    joined: Join


def join_features(table: pd.DataFrame, features: pd.DataFrame) -> WithFeatures:
    """The table with the features of a second one, joined by `patient_id`.

    Raises
    ------
    CohortError
        If the second table has no features, a patient twice, none of the patients, or features
        of other weights than the scores.
    """
    names = feature_columns(features)
    if "patient_id" not in features or len(names) < 2:
        raise CohortError(
            "A feature table needs the columns patient_id and f000, f001, ...; write one with "
            "`python -m dss_core features`."
        )
    ids = features["patient_id"].astype("string")
    if ids.duplicated().any():
        raise CohortError("The feature table has a patient_id twice. Keep one row per patient.")
    made_by = set(features.get("score_weights_id", pd.Series(dtype="string")).dropna())
    scored_by = set(table.get("score_weights_id", pd.Series(dtype="string")).dropna())
    if made_by and scored_by and made_by != scored_by:
        raise CohortError(
            f"The features are of the weights {', '.join(sorted(map(str, made_by)))}, the scores "
            f"of {', '.join(sorted(map(str, scored_by)))}; those of different models are not "
            "comparable."
        )
    unfilled = int(features[names].isna().any(axis=1).sum())
    met = join(table, features, "The feature table", n_incomplete=unfilled)
    found = features[names].set_axis(ids).reindex(table["patient_id"].astype("string"))
    others = table.drop(columns=names, errors="ignore")
    return WithFeatures(pd.concat([others, found.set_axis(table.index)], axis=1), met)


def feature_map(table: pd.DataFrame, label: str) -> FeatureMap:
    """Cluster the features of a table and test each against the label.

    Raises
    ------
    CohortError
        If a feature is no number, or too few patients have features.
    """
    names = feature_columns(table)
    try:
        values = np.column_stack(
            [pd.to_numeric(table[n]).to_numpy(float, na_value=np.nan) for n in names]
        )
    except (ValueError, TypeError) as problem:
        raise CohortError("The columns f000, f001, ... must hold numbers only.") from problem
    has = np.flatnonzero(np.isfinite(values).all(axis=1))
    if has.size < MIN_PATIENTS:
        raise CohortError(
            f"The map of features needs {MIN_PATIENTS} patients with all of them, found {has.size}."
        )
    drawn = np.arange(has.size)
    if drawn.size > MAX_DRAWN:
        drawn = np.sort(np.random.default_rng(SEED).choice(drawn, MAX_DRAWN, replace=False))
    values = values[has]
    varies = np.ptp(values[drawn], axis=0) > 1e-9 * np.abs(values[drawn]).max(axis=0)
    if varies.sum() < 2:
        raise CohortError("Fewer than two features differ between patients; no map can be drawn.")
    names = [n for n, kept in zip(names, varies, strict=True) if kept]
    values = values[:, varies]
    z = (values - values.mean(axis=0)) / values.std(axis=0)
    by_patient = linkage(z[drawn], "ward", optimal_ordering=True)
    by_feature = linkage(pdist(z[drawn].T, "correlation"), "average", optimal_ordering=True)
    order, columns = leaves_list(by_patient), leaves_list(by_feature)
    cluster = fcluster(by_patient, 2, "maxclust")
    known = reference_label(table, label)
    clusters, p = _compare(cluster, known.known[has[drawn]], known.positive[has[drawn]])
    return FeatureMap(
        int(has.size),
        int((~varies).sum()),
        tuple(names[i] for i in columns),
        has[drawn[order]],
        np.round(z[drawn][order][:, columns].T, 3),
        cluster[order],
        _tests(names, z[known.known[has]], known.positive[has][known.known[has]]),
        clusters,
        p,
    )


def _tests(names: list[str], z: Floats, positive: Bools) -> tuple[FeatureTest, ...]:
    yes, no = z[positive], z[~positive]
    if min(len(yes), len(no)) < MIN_CLASS:
        return ()
    found = mannwhitneyu(yes, no, axis=0)
    p = np.asarray(found.pvalue)
    area = np.asarray(found.statistic) / (len(yes) * len(no))
    tests = [
        FeatureTest(name, *map(float, numbers))
        for name, *numbers in zip(names, area, p, holm(p), benjamini_hochberg(p), strict=True)
    ]
    return tuple(sorted(tests, key=lambda t: (t.p, t.feature)))


def _compare(
    cluster: Ints, known: Bools, positive: Bools
) -> tuple[tuple[PatientCluster, ...], float | None]:
    groups, counts = [], []
    for number in np.unique(cluster):
        inside = (cluster == number) & known
        yes, n = int(positive[inside].sum()), int(inside.sum())
        groups.append(PatientCluster(int((cluster == number).sum()), n, wilson(yes, n)))
        counts.append([yes, n - yes])
    testable = len(counts) == 2 and min(map(sum, counts)) > 0
    return tuple(groups), float(fisher_exact(np.array(counts)).pvalue) if testable else None
