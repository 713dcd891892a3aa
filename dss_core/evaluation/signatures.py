"""Clinical (CS) and combined (CMS) signatures: logistic models stored as plain numbers.

CS is the probability of the label from age, sex, histology, smoking, stage and SUVmax; CMS adds
the deep learning score. `signature_fit` makes one and `signature_use` applies it; a stored one
needs no scikit-learn, and nothing is unpickled.

References
----------
Mu W et al. Nat Commun 2020;11:5228.
"""

import json
from collections.abc import Mapping
from dataclasses import InitVar, field
from enum import StrEnum
from typing import Annotated, Final, Literal

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
from pydantic.dataclasses import dataclass

from dss_core.errors import CohortError
from dss_core.evaluation.jsonable import jsonable
from dss_core.reading.strict_json import read_json, refusal
from dss_core.settings import EXACT

FORMAT: Final = 1
LARGEST_ERROR: Final = 15.0
"""Log-odds over a variable's range; a larger standard error says that its fit had no maximum."""
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


@dataclass(frozen=True, config=EXACT)
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


@dataclass(frozen=True, config=EXACT)
class Filled:
    """What stands in for a missing value, and how many training patients needed it."""

    variable: str
    value: _TextOrNumber
    n_missing: StrictInt


@dataclass(frozen=True, config=EXACT)
class Range:
    """Smallest and largest training value of a number column."""

    variable: str
    low: StrictFloat
    high: StrictFloat


@dataclass(frozen=True, config=EXACT)
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

    @field_validator("ranges")
    @classmethod
    def _determined(cls, ranges: tuple[Range, ...], info: ValidationInfo) -> tuple[Range, ...]:
        """A range belongs to a number, and no effect over it is without information."""
        terms: tuple[Term, ...] = info.data.get("terms", ())
        numbers = {term.variable for term in terms if term.codes is None}
        if others := sorted({one.variable for one in ranges} - numbers):
            raise ValueError(
                f"expected ranges of number columns only, found one of {', '.join(others)}"
            )
        width = {one.variable: one.high - one.low for one in ranges}
        for term in terms:
            values = (term.codes or {"": width.get(term.variable, 0.0), " ": 0.0}).values()
            error = term.standard_error * (max(values) - min(values))
            if error > LARGEST_ERROR:
                raise ValueError(
                    f"no estimate exists: the standard error of {term.variable} over its range is "
                    f"{error:.1f} log-odds, at most {LARGEST_ERROR:g} was expected"
                )
        return ranges

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns it needs, in order."""
        return tuple(fill.variable for fill in self.filled)

    def to_text(self) -> str:
        """JSON text, read back by `read_signature`."""
        return json.dumps({"format": FORMAT, **jsonable(self)}, indent=2, allow_nan=False) + "\n"


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
