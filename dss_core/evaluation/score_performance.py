"""Performance of EGFR-DLS in each split: EGFR status, and early against late events."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dss_core.cohort.kept_rows import Excluded, KeptRows
from dss_core.cohort.selection import Where
from dss_core.errors import CohortError
from dss_core.evaluation.reference_labels import numbers, reference_label
from dss_core.statistics.calibration import calibrate
from dss_core.statistics.concordance import AucAtTime, auc_at, harrell_c, uno_c
from dss_core.statistics.confusion_matrix import ConfusionMatrix, confusion_matrix
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.interval import Interval
from dss_core.survival.endpoint import Endpoint, read_follow_up

SCORE, LABEL = "egfr_dls", "egfr_status"
AUC_MONTHS = (6.0, 12.0, 24.0)
MIN_CLASS = 2


@dataclass(frozen=True)
class SplitPerformance:
    """Patients of one split or cohort with score and EGFR status.

    Attributes
    ----------
    auc : Interval
        With DeLong's interval.
    calibration_slope : Interval or None
        Above 1 the scores are too moderate, below 1 too extreme; None when the classes do not
        overlap in score.
    """

    name: str
    n: int
    n_positive: int
    auc: Interval
    matrix: ConfusionMatrix
    calibration_slope: Interval | None


@dataclass(frozen=True)
class Concordance:
    """The score against follow-up; above 0.5 a higher score goes with an earlier event."""

    n: int
    excluded: tuple[Excluded, ...]
    harrell_c: float
    uno_c: float
    auc_at: tuple[AucAtTime, ...]


@dataclass(frozen=True)
class ScorePerformance:
    """EGFR-DLS against EGFR status and against follow-up.

    Attributes
    ----------
    splits : tuple of SplitPerformance
        All patients, each split, each cohort; empty without a known EGFR status.
    too_few : tuple of str
        Splits and cohorts with fewer than two patients of a class, which have no row.
    concordance : Concordance or None
        Of the selected patients.
    concordance_not_reported : str or None
        Why it is None.
    """

    cutoff: float
    splits: tuple[SplitPerformance, ...]
    too_few: tuple[str, ...]
    concordance: Concordance | None
    concordance_not_reported: str | None


def score_performance(
    table: pd.DataFrame, endpoint: Endpoint, cutoff: float, where: Where | None = None
) -> ScorePerformance:
    """Judge EGFR-DLS in a cohort.

    Parameters
    ----------
    table : DataFrame
        A cohort table.
    cutoff : float
        A score of at least this is high, which means positive (mutant).
    where : Where, optional
        Patients judged against follow-up; EGFR status is always judged in all.

    Raises
    ------
    CohortError
        If the table has no EGFR-DLS.
    """
    if SCORE not in table:
        raise CohortError(f"The column {SCORE} was expected, and the table has none.")
    splits, too_few = _splits(table.reset_index(drop=True), cutoff)
    try:
        concordance, reason = _concordance(table, endpoint, where), None
    except CohortError as refusal:
        concordance, reason = None, str(refusal)
    return ScorePerformance(cutoff, splits, too_few, concordance, reason)


def _splits(
    table: pd.DataFrame, cutoff: float
) -> tuple[tuple[SplitPerformance, ...], tuple[str, ...]]:
    if LABEL not in table or not table[LABEL].notna().any():
        return (), ()
    score, label = numbers(table, SCORE), reference_label(table, LABEL)
    known = label.known & np.isfinite(score)
    parts = [("all", known)]
    for column in ("split", "cohort"):
        if column in table:
            parts += [
                (f"{column}: {name}", known & table[column].eq(name).to_numpy(bool, na_value=False))
                for name in table.loc[known, column].dropna().unique()
            ]
    rows, too_few = [], []
    for name, part in parts:
        positive = label.positive[part]
        if min(int(positive.sum()), int((~positive).sum())) < MIN_CLASS:
            too_few.append(name)
        else:
            rows.append(_split(name, score[part], positive, cutoff))
    return tuple(rows), tuple(too_few)


def _split(name: str, score: Floats, positive: Bools, cutoff: float) -> SplitPerformance:
    try:
        slope = calibrate(score, positive).slope
    except CohortError:
        slope = None
    return SplitPerformance(
        name,
        int(positive.size),
        int(positive.sum()),
        auc_delong(score, positive),
        confusion_matrix(score, positive, cutoff),
        slope,
    )


def _concordance(table: pd.DataFrame, endpoint: Endpoint, where: Where | None) -> Concordance:
    followed = read_follow_up(table, endpoint)
    risk = table[SCORE].to_numpy(dtype=float, na_value=np.nan)
    kept = followed.keep(KeptRows.selected(table, where))
    kept = kept.without(~np.isfinite(risk), f"{SCORE} is missing")
    sample, risk = followed.sample(kept.rows), risk[kept.rows]
    return Concordance(
        len(sample),
        kept.excluded,
        harrell_c(sample, risk),
        uno_c(sample, risk),
        auc_at(sample, risk, AUC_MONTHS),
    )
