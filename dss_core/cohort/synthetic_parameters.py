"""Parameters of the synthetic cohort: summary numbers stored beside the weights.

`synthetic_fit` makes it; the cut-offs of the weights the cohort goes with come from their card.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import StrictFloat, StrictInt, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from dss_core.bundles.model_card import read_card
from dss_core.errors import CohortError
from dss_core.reading.strict_json import read_json, refusal
from dss_core.records import Task
from dss_core.settings import EXACT

SEED = 2020  # the year of the paper
DEMO_WEIGHTS_ID = "demo"


@dataclass(frozen=True, config=EXACT)
class Spread:
    """Mean and standard deviation of a distribution whose family is stated where it is used."""

    mean: StrictFloat
    sd: StrictFloat


@dataclass(frozen=True, config=EXACT)
class Weibull:
    """log T = intercept + sum of effects + noise; survival exp(-(t / exp(..)) ** shape), months."""

    intercept: StrictFloat
    shape: StrictFloat
    effects: Mapping[str, StrictFloat]


@dataclass(frozen=True, config=EXACT)
class FollowUp:
    """Time to the event and, independent of it, to censoring."""

    event: Weibull
    censoring: Weibull


@dataclass(frozen=True, config=EXACT)
class CaseMix:
    """Covariates of the mutant or the wild-type patients of a part; shares are from 0 to 1."""

    male: StrictFloat
    ever_smoker_if_male: StrictFloat
    ever_smoker_if_female: StrictFloat
    squamous_if_high: StrictFloat
    squamous_if_low: StrictFloat
    stages: tuple[StrictFloat, StrictFloat, StrictFloat, StrictFloat]
    age_years: Spread
    log_suvmax: Spread
    egfr_dls: Spread


@dataclass(frozen=True, config=EXACT)
class Part:
    """One cohort of the paper, imitated."""

    cohort: str
    split: str
    imitates: str
    n: StrictInt
    mutant: StrictFloat
    status_known: StrictFloat
    if_mutant: CaseMix
    if_wild_type: CaseMix
    log_slices: Spread
    treatment: str | None
    pdl1_known: StrictFloat
    pdl1_positive: StrictFloat
    pdl1_dls_if_high: Spread | None
    pdl1_dls_if_low: Spread | None
    mpg_if_high: Spread | None
    mpg_if_low: Spread | None
    pfs: FollowUp | None
    death_after_progression: FollowUp | None


@dataclass(frozen=True, config=EXACT)
class Cutoffs:
    """Where high begins on each score."""

    egfr: StrictFloat
    pdl1: StrictFloat


@dataclass(frozen=True, config=EXACT)
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
    what = f"The parameter file {path.name}"
    advice = "Make one with: python -m dss_core cohort fit"
    try:
        content = read_json(path.read_bytes(), what, CohortError)
        return TypeAdapter(Parameters).validate_python(content)
    except OSError as problem:
        raise CohortError(f"{what} cannot be read. {advice}") from problem
    except ValidationError as fault:
        raise refusal(fault, what, CohortError, advice) from fault


def read_cutoffs(card: Path) -> Cutoffs:
    """The cut-offs on a weights bundle's card.

    Raises
    ------
    WeightsError
        If it is no card.
    CohortError
        If it has not both tasks.
    """
    tasks = read_card(card.parent).tasks
    if not {Task.EGFR, Task.PDL1} <= set(tasks):
        raise CohortError(f"{card.name} is not a card with the cut-offs of both scores.")
    return Cutoffs(tasks[Task.EGFR].cutoff, tasks[Task.PDL1].cutoff)
