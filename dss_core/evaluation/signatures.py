"""Clinical (CS) and combined (CMS) signatures: logistic models stored as plain numbers.

CS is the probability of the label from age, sex, histology, smoking, stage and SUVmax; CMS adds
the deep learning score. `signature_fit` makes one; this module only holds and applies it, so a
stored signature needs no scikit-learn and nothing is unpickled.

References
----------
Mu W et al. Nat Commun 2020;11:5228.
"""

import json
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from typing import Annotated, Final, Literal

import numpy as np
import pandas as pd
from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StrictFloat,
    StrictInt,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.dataclasses import dataclass as exact
from scipy.special import expit

from dss_core.errors import CohortError
from dss_core.evaluation.jsonable import jsonable
from dss_core.reading.strict_json import read_json, refusal
from dss_core.settings import EXACT
from dss_core.statistics.follow_up import Floats

FORMAT: Final = 1
CLINICAL = ("age_years", "sex", "histology", "smoking", "stage", "suvmax")


class Coding(StrEnum):
    """How histology and stage enter the model.

    RELEASED takes the numbers of the public release (histology other 0, adenocarcinoma 1,
    squamous 2; stage 1 to 4) as they are; it reproduces the published figures. CATEGORIES gives
    every histology its own coefficient, which makes more sense and is what to use for new data.
    """

    RELEASED = "released"
    CATEGORIES = "categories"


def _zero_for_null(found: object) -> object:
    """Null was written for a variance of zero that rounding had made negative."""
    return 0.0 if found is None else found


@exact(frozen=True, config=EXACT)
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
    codes: Mapping[str, StrictFloat] | None
    coefficient: StrictFloat
    standard_error: Annotated[StrictFloat, BeforeValidator(_zero_for_null)]
    mean: StrictFloat


def _kind(found: object) -> str | None:
    if isinstance(found, str):
        return "[text]"
    return "[number]" if isinstance(found, int | float) else None


_TextOrNumber = Annotated[
    Annotated[str, Tag("[text]")] | Annotated[StrictFloat, Tag("[number]")],
    Discriminator(_kind, "text_or_number", "expected text or a number"),
]


@exact(frozen=True, config=EXACT)
class Filled:
    """What stands in for a missing value, and how many training patients needed it."""

    variable: str
    value: _TextOrNumber
    n_missing: StrictInt


@exact(frozen=True, config=EXACT)
class Range:
    """Smallest and largest training value of a number column."""

    variable: str
    low: StrictFloat
    high: StrictFloat


@exact(frozen=True, config=EXACT)
class Signature:
    """A fitted signature.

    Attributes
    ----------
    score_weights_id : str or None
        Weights bundle whose score it includes; None for a clinical signature.
    trained_on : str
        Cohort and part it was fitted on, in words.
    format : int
        Of the file; stated when it is made, and not kept.
    """

    name: str
    label: str
    coding: Coding
    intercept: StrictFloat
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]
    filled: tuple[Filled, ...]
    ranges: tuple[Range, ...]
    n: StrictInt
    n_positive: StrictInt
    trained_on: str
    score_weights_id: str | None
    format: InitVar[Literal[1]] = field(kw_only=True)

    @field_validator("filled")
    @classmethod
    def _for_every_term(
        cls, filled: tuple[Filled, ...], info: ValidationInfo
    ) -> tuple[Filled, ...]:
        needed = {term.variable for term in info.data.get("terms", ())}
        if without := sorted(needed - {fill.variable for fill in filled}):
            raise ValueError(
                f"expected a value for every term, found none for {', '.join(without)}"
            )
        return filled

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


def read_signature(content: bytes | str, what: str = "The signature") -> Signature:
    """Read what `Signature.to_text` wrote.

    Parameters
    ----------
    what : str
        How to name it in a refusal, as the beginning of a sentence.

    Raises
    ------
    CohortError
        If the content is not such a signature; every bad field is named by its path.
    """
    try:
        return TypeAdapter(Signature).validate_python(read_json(content, what, CohortError))
    except ValidationError as fault:
        remedy = "Write it again with `python -m dss_core evaluate --signatures-out`."
        raise refusal(fault, what, CohortError, remedy) from fault


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
