"""Predictors compared with one another: score, CS, CMS and SUVmax, one value per patient."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dss_core.errors import CohortError
from dss_core.evaluation.reference_labels import numbers, reference_label
from dss_core.evaluation.signature_fit import CMS, CS, fit
from dss_core.evaluation.signature_use import apply
from dss_core.evaluation.signatures import Coding, Signature
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.follow_up import Bools, Floats

SUVMAX = "SUVmax"
NAMES = {"egfr_dls": "EGFR-DLS", "pdl1_dls": "PDL1-DLS"}
SIGNATURE_CUTOFF = 0.5


@dataclass(frozen=True)
class Predictor:
    """One value a patient, NaN where there is none.

    Attributes
    ----------
    cutoff : float or None
        Locked before looking at the patients; None when there is no such cut-off.
    is_probability : bool
        Can be calibrated and used in a decision curve.
    note : str
        What a reader must know, or empty.
    """

    name: str
    values: Floats
    cutoff: float | None
    is_probability: bool
    note: str = ""


@dataclass(frozen=True)
class Predictors:
    """All predictors of a table; `withheld` says why one that could be there is not."""

    predictors: tuple[Predictor, ...]
    signatures: tuple[Signature, ...]
    withheld: tuple[str, ...]


def training_rows(table: pd.DataFrame) -> Bools:
    """Patients of the training part."""
    if "split" not in table:
        return np.zeros(len(table), dtype=bool)
    return np.asarray((table["split"] == "training").to_numpy(bool, na_value=False))


def make_signatures(
    table: pd.DataFrame, score: str, label: str, coding: Coding, trained_on: str
) -> tuple[tuple[Signature, ...], tuple[str, ...]]:
    """CS and CMS fitted on the training part, and reasons for one that could not be."""
    rows = training_rows(table)
    if not rows.any():
        return (), (
            "CS and CMS are not shown: no patient has split = training to fit them on. Give stored "
            "signatures, or set split = training for the training patients.",
        )
    made, why = [], []
    for name, column in ((CS, None), (CMS, score)):
        try:
            training = table[rows].reset_index(drop=True)
            made.append(fit(training, label, score=column, coding=coding, trained_on=trained_on))
        except CohortError as refusal:
            why.append(f"{name} is not shown: {refusal}")
    return tuple(made), tuple(why)


def gather(
    table: pd.DataFrame,
    score: str,
    label: str,
    cutoff: float,
    signatures: tuple[Signature, ...],
) -> Predictors:
    """The score, the signatures applied, and SUVmax turned so that higher means positive.

    Raises
    ------
    CohortError
        If the score column cannot be used.
    """
    values = numbers(table, score)
    inside = (values[np.isfinite(values)] >= 0) & (values[np.isfinite(values)] <= 1)
    predictors = [Predictor(NAMES.get(score, score), values, cutoff, bool(inside.all()))]
    withheld = []
    for signature in signatures:
        try:
            found = _applied(signature, table, label)
        except CohortError as refusal:
            withheld.append(f"{signature.name} is not shown: {refusal}")
            continue
        has_score = np.isfinite(values) | (signature.name == CS)
        shown = np.where(has_score, found, np.nan)
        predictors.append(Predictor(signature.name, shown, SIGNATURE_CUTOFF, True))
    if "suvmax" in table and table["suvmax"].notna().any():
        predictors.append(_suvmax(table, label))
    return Predictors(tuple(predictors), signatures, tuple(withheld))


def _applied(signature: Signature, table: pd.DataFrame, label: str) -> Floats:
    if signature.label != label:
        raise CohortError(f"it predicts {signature.label}, not {label}.")
    ids = set(table["score_weights_id"].dropna()) if "score_weights_id" in table else set()
    if signature.score_weights_id and ids and ids != {signature.score_weights_id}:
        raise CohortError(
            f"it takes scores of the weights {signature.score_weights_id}, these are of "
            f"{', '.join(sorted(ids))}; scores of different models are not comparable."
        )
    return apply(signature, table)


def _suvmax(table: pd.DataFrame, label: str) -> Predictor:
    """SUVmax, its direction taken from the training part, else from all patients."""
    values = numbers(table, "suvmax")
    known = reference_label(table, label)
    use = known.known & np.isfinite(values)
    training = use & training_rows(table)
    rows = training if training.any() else use
    try:
        lower = (auc_delong(values[rows], known.positive[rows]).estimate or 0.0) < 0.5
    except CohortError:
        lower = False
    where = "in the training part" if training.any() else "in this table itself, so at least 0.5"
    direction = "a lower SUVmax counts as positive" if lower else "a higher SUVmax is positive"
    note = f"{direction}, as {where}; it has no prespecified cut-off"
    return Predictor(SUVMAX, -values if lower else values, None, False, note)
