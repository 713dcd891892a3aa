"""Clinical (CS) and combined (CMS) signatures: logistic models stored as plain numbers.

CS is the probability of the label from age, sex, histology, smoking, stage and SUVmax; CMS adds
the deep learning score. `signature_fit` makes one; this module only holds and applies it, so a
stored signature needs no scikit-learn and nothing is unpickled.

References
----------
Mu W et al. Nat Commun 2020;11:5228.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from dss_core.errors import CohortError
from dss_core.evaluation.jsonable import jsonable
from dss_core.statistics.follow_up import Floats

FORMAT = 1
CLINICAL = ("age_years", "sex", "histology", "smoking", "stage", "suvmax")


class Coding(StrEnum):
    """How histology and stage enter the model.

    RELEASED takes the numbers of the public release (histology other 0, adenocarcinoma 1,
    squamous 2; stage 1 to 4) as they are; it reproduces the published figures. CATEGORIES gives
    every histology its own coefficient, which makes more sense and is what to use for new data.
    """

    RELEASED = "released"
    CATEGORIES = "categories"


@dataclass(frozen=True)
class Term:
    """One coefficient on the logit scale.

    Attributes
    ----------
    variable : str
        Column of the cohort.
    codes : mapping or None
        Number of each value of a choice; None for a number column.
    coefficient, standard_error : float
        Per unit of the number; positive raises the probability.
    mean : float
        Of the coded variable in training: the patient everything is compared with.
    """

    variable: str
    codes: Mapping[str, float] | None
    coefficient: float
    standard_error: float
    mean: float


@dataclass(frozen=True)
class Filled:
    """What stands in for a missing value, and how many training patients needed it."""

    variable: str
    value: str | float
    n_missing: int


@dataclass(frozen=True)
class Range:
    """Smallest and largest training value of a number column."""

    variable: str
    low: float
    high: float


@dataclass(frozen=True)
class Signature:
    """A fitted signature.

    Attributes
    ----------
    score_weights_id : str or None
        Weights bundle whose score it includes; None for a clinical signature.
    trained_on : str
        Cohort and part it was fitted on, in words.
    """

    name: str
    label: str
    coding: Coding
    intercept: float
    terms: tuple[Term, ...]
    filled: tuple[Filled, ...]
    ranges: tuple[Range, ...]
    n: int
    n_positive: int
    trained_on: str
    score_weights_id: str | None

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns it needs, in order."""
        return tuple(fill.variable for fill in self.filled)

    def to_text(self) -> str:
        """JSON text, read back by `read_signature`."""
        return json.dumps({"format": FORMAT, **jsonable(self)}, indent=2, allow_nan=False) + "\n"


@dataclass(frozen=True)
class Push:
    """What one variable did to a patient's probability, beside the mean training patient.

    Attributes
    ----------
    logit : float
        Above zero it raised the probability.
    note : str
        Empty, or that the value was missing or lies outside the training range.
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


def explain(signature: Signature, patient: Mapping[str, str | float | None]) -> Breakdown:
    """Break a patient's probability down to what each variable contributed.

    Raises
    ------
    CohortError
        If a value is not one the signature knows.
    """
    table = pd.DataFrame({name: [patient.get(name)] for name in signature.variables})
    base = signature.intercept + sum(t.coefficient * t.mean for t in signature.terms)
    fills = {fill.variable: fill.value for fill in signature.filled}
    ranges = {r.variable: r for r in signature.ranges}
    pushes = []
    for name in signature.variables:
        usual = sum(t.coefficient * t.mean for t in signature.terms if t.variable == name)
        logit = float(contribution(signature, name, table[name])[0]) - usual
        value, note = patient.get(name), ""
        if value is None or pd.isna(value):
            value, note = fills[name], "not recorded: training value imputed"
        elif name in ranges and not ranges[name].low <= float(value) <= ranges[name].high:
            note = f"outside the training range: {ranges[name].low:g} to {ranges[name].high:g}"
        shown = value if isinstance(value, str) else f"{value:.4g}"
        pushes.append(Push(name, shown, logit, note))
    total = base + sum(push.logit for push in pushes)
    return Breakdown(float(expit(base)), float(expit(total)), tuple(pushes))


def read_signature(text: str) -> Signature:
    """Read what `Signature.to_text` wrote.

    Raises
    ------
    CohortError
        If the text is not such a signature.
    """
    try:
        found: dict[str, Any] = json.loads(text)
        if found.pop("format") != FORMAT:
            raise ValueError("another format")
        found["coding"] = Coding(found["coding"])
        found["terms"] = tuple(Term(**term) for term in found["terms"])
        found["filled"] = tuple(Filled(**fill) for fill in found["filled"])
        found["ranges"] = tuple(Range(**item) for item in found["ranges"])
        signature = Signature(**found)
        numbers = [signature.intercept, *(t.coefficient for t in signature.terms)]
        if not signature.terms or not all(math.isfinite(float(n)) for n in numbers):
            raise ValueError("coefficients must be finite numbers")
        if not {t.variable for t in signature.terms} <= set(signature.variables):
            raise ValueError("a term without its fill value")
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise CohortError(
            f"A signature of format {FORMAT} was expected, but the file cannot be read as one "
            f"({problem}). Write it again with `python -m dss_core evaluate --signatures-out`."
        ) from problem
    return signature


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
