"""Parameters of the synthetic cohort: summary numbers stored beside the weights.

`synthetic_fit` makes it; the cut-offs of the weights the cohort goes with come from their card.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from dss_core.errors import CohortError


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of a distribution whose family is stated where it is used."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Weibull:
    """log T = intercept + sum of effects + noise; survival exp(-(t / exp(..)) ** shape), months."""

    intercept: float
    shape: float
    effects: Mapping[str, float]


@dataclass(frozen=True)
class FollowUp:
    """Time to the event and, independent of it, to censoring."""

    event: Weibull
    censoring: Weibull


@dataclass(frozen=True)
class CaseMix:
    """Covariates of the mutant or the wild-type patients of a part; shares are from 0 to 1."""

    male: float
    ever_smoker_if_male: float
    ever_smoker_if_female: float
    squamous_if_high: float
    squamous_if_low: float
    stages: tuple[float, float, float, float]
    age_years: Spread
    log_suvmax: Spread
    egfr_dls: Spread


@dataclass(frozen=True)
class Part:
    """One cohort of the paper, imitated."""

    cohort: str
    split: str
    imitates: str
    n: int
    mutant: float
    status_known: float
    if_mutant: CaseMix
    if_wild_type: CaseMix
    log_slices: Spread
    treatment: str | None = None
    pdl1_known: float = 0.0
    pdl1_positive: float = 0.0
    pdl1_dls_if_high: Spread | None = None
    pdl1_dls_if_low: Spread | None = None
    mpg_if_high: Spread | None = None
    mpg_if_low: Spread | None = None
    pfs: FollowUp | None = None
    death_after_progression: FollowUp | None = None


@dataclass(frozen=True)
class Cutoffs:
    """Where high begins on each score."""

    egfr: float
    pdl1: float


@dataclass(frozen=True)
class Parameters:
    """Everything the generator needs.

    Attributes
    ----------
    drawn : Cutoffs
        On the scale the score distributions are given on.
    shown : Cutoffs
        Of the weights the cohort goes with: scores are stretched so that the drawn cut-offs land
        here, which keeps every patient's group and rank.
    sources : tuple of str
        Where the numbers come from.
    """

    score_weights_id: str
    drawn: Cutoffs
    shown: Cutoffs
    sources: tuple[str, ...]
    parts: tuple[Part, ...]

    def with_scores(self, mutant: Spread, wild_type: Spread, weights_id: str) -> "Parameters":
        """The same cohort scored by another model: its EGFR scores' mean and SD by status."""
        parts = tuple(
            replace(
                part,
                if_mutant=replace(part.if_mutant, egfr_dls=mutant),
                if_wild_type=replace(part.if_wild_type, egfr_dls=wild_type),
            )
            for part in self.parts
        )
        drawn = replace(self.drawn, egfr=self.shown.egfr)
        return replace(self, parts=parts, score_weights_id=weights_id, drawn=drawn)

    def to_text(self) -> str:
        """As JSON text."""
        return json.dumps(asdict(self), indent=1) + "\n"


def read_parameters(path: Path) -> Parameters:
    """Read a parameter file.

    Raises
    ------
    CohortError
        If it cannot be read or has missing or unknown entries.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        parameters = _build(Parameters, content)
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise CohortError(
            f"{path.name} is not a parameter file of this version ({problem}). "
            "Make one with: python -m dss_core cohort fit"
        ) from problem
    assert isinstance(parameters, Parameters)
    return parameters


def read_cutoffs(card: Path) -> Cutoffs:
    """The cut-offs on a weights bundle's card.

    Raises
    ------
    CohortError
        If it is not a card with both tasks.
    """
    try:
        tasks = json.loads(card.read_text(encoding="utf-8"))["tasks"]
        return Cutoffs(float(tasks["egfr"]["cutoff"]), float(tasks["pdl1"]["cutoff"]))
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise CohortError(
            f"{card.name} is not a card with the cut-offs of both scores ({problem})."
        ) from problem


def _build(kind: Any, value: Any) -> Any:
    """JSON values as the dataclass they came from; strict about keys."""
    if get_origin(kind) is UnionType:
        inner = next(a for a in get_args(kind) if a is not type(None))
        return None if value is None else _build(inner, value)
    if get_origin(kind) is tuple:
        return tuple(_build(get_args(kind)[0], item) for item in value)
    if not is_dataclass(kind):
        return value
    hints = get_type_hints(kind)
    if set(value) != {f.name for f in fields(kind)}:
        raise KeyError(f"{getattr(kind, '__name__', kind)} needs exactly {sorted(hints)}")
    return kind(**{name: _build(hints[name], item) for name, item in value.items()})  # type: ignore[operator]
