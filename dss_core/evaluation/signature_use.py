"""Signatures applied: to a table, and to a patient variable by variable."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from dss_core.errors import CohortError
from dss_core.evaluation.signatures import Signature, Term
from dss_core.statistics.follow_up import Floats


@dataclass(frozen=True)
class Push:
    """What one variable did to a patient's probability, beside the mean training patient.

    Attributes
    ----------
    logit : float
        Above zero it raised the probability.
    note : str
        Empty, or that the value lies outside the training range.
    """

    variable: str
    value: str
    logit: float
    note: str


@dataclass(frozen=True)
class Breakdown:
    """A patient's probability as base and contributions: logit(probability) = logit(base) + sum."""

    base: float
    probability: float
    pushes: tuple[Push, ...]


def apply(signature: Signature, table: pd.DataFrame) -> Floats:
    """Probability of every row; a missing value takes the training fill.

    Raises
    ------
    CohortError
        If a column is not in the table or holds a value the signature does not know.
    """
    line = np.full(len(table), signature.intercept)
    for term in signature.terms:
        line = line + term.coefficient * _coded(signature, term, table)
    return np.asarray(expit(line))


def contribution(signature: Signature, variable: str, values: pd.Series) -> Floats:
    """What values of a variable add to the log-odds.

    Raises
    ------
    CohortError
        If a value is not one the signature knows.
    """
    table = pd.DataFrame({variable: values})
    found = np.zeros(len(values))
    for term in signature.terms:
        if term.variable == variable:
            found = found + term.coefficient * _coded(signature, term, table)
    return found


def recorded(patient: Mapping[str, str | float | None], variable: str) -> bool:
    """Whether a patient's value of a variable is known."""
    value = patient.get(variable)
    return value is not None and not pd.isna(value)


def not_recorded(
    signature: Signature, patient: Mapping[str, str | float | None]
) -> tuple[str, ...]:
    """Variables of the signature that a patient lacks: without them there is no probability."""
    return tuple(name for name in signature.variables if not recorded(patient, name))


def explain(signature: Signature, patient: Mapping[str, str | float | None]) -> Breakdown:
    """Break a patient's probability down to what each variable contributed.

    Raises
    ------
    CohortError
        If a value is not one the signature knows, or one is not recorded: nothing stands in for it.
    """
    if missing := not_recorded(signature, patient):
        raise CohortError(
            f"The signature {signature.name} gives a probability when every variable is recorded; "
            f"not recorded: {', '.join(missing)}. Enter them."
        )
    table = pd.DataFrame({name: [patient.get(name)] for name in signature.variables})
    base = signature.intercept + sum(t.coefficient * t.mean for t in signature.terms)
    ranges = {r.variable: r for r in signature.ranges}
    pushes = []
    for name in signature.variables:
        usual = sum(t.coefficient * t.mean for t in signature.terms if t.variable == name)
        logit = float(contribution(signature, name, table[name])[0]) - usual
        value, note = patient[name], ""
        if name in ranges and not ranges[name].low <= float(value or 0) <= ranges[name].high:
            note = f"outside the training range: {ranges[name].low:g} to {ranges[name].high:g}"
        shown = value if isinstance(value, str) else f"{value:.4g}"
        pushes.append(Push(name, shown, logit, note))
    total = base + sum(push.logit for push in pushes)
    return Breakdown(float(expit(base)), float(expit(total)), tuple(pushes))


def _coded(signature: Signature, term: Term, table: pd.DataFrame) -> Floats:
    """The term's number for every row."""
    if term.variable not in table:
        raise CohortError(
            f"The signature {signature.name} needs the column {term.variable!r}, which the table "
            f"does not have. Add it; it needs {', '.join(signature.variables)}."
        )
    fill = next(f.value for f in signature.filled if f.variable == term.variable)
    cells = table[term.variable].astype(object)
    cells = cells.where(cells.notna(), fill)
    if term.codes is None:
        number = pd.to_numeric(cells, errors="coerce").to_numpy(float)
        if not np.isfinite(number).all():
            raise CohortError(
                f"The column {term.variable!r} must contain finite numbers. Correct it."
            )
        return np.asarray(number)
    unknown = sorted({str(v) for v in cells} - set(term.codes))
    if unknown:
        raise CohortError(
            f"The signature {signature.name} knows {term.variable} as "
            f"{', '.join(term.codes)}, found {', '.join(unknown)}. Correct the values."
        )
    return np.array([term.codes[str(v)] for v in cells], dtype=float)
