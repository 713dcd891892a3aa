"""The synthetic demo cohort: no row is a patient, its numbers follow the published ones.

Each part imitates one cohort of the paper in size, case mix, score distribution and follow-up.
EGFR status is drawn first; covariates and the EGFR score follow from it; progression-free
survival is Weibull with effects of score group, mutation, PD-L1 score group and histology, and
is censored by an independent Weibull time. The parameters are a file beside the weights, fitted
by `synthetic_fit`, so that a model with another score scale gets a cohort on its own scale.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from dss_core.errors import CohortError
from dss_core.survival.cohort import Cohort, validate
from dss_core.survival.sample import Bools, Floats
from dss_core.survival.schema import COLUMNS

DCB_MONTHS = 6.0
SEED = 2024
_STAGES = np.array(["I", "II", "III", "IV"])


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of a distribution whose family is told where it is used."""

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


def generate(parameters: Parameters, seed: int = SEED) -> Cohort:
    """Draw a cohort.

    Returns
    -------
    Cohort
        `synthetic` is True and every `cohort` and `patient_id` begins with SYN.
    """
    rng = np.random.default_rng(seed)
    frames = [_draw(part, parameters, rng) for part in parameters.parts]
    table = pd.concat([f.astype("string") for f in frames], ignore_index=True)
    table["patient_id"] = [f"SYN-{i:04d}" for i in range(1, len(table) + 1)]
    for column, drawn, shown in (
        ("egfr_dls", parameters.drawn.egfr, parameters.shown.egfr),
        ("pdl1_dls", parameters.drawn.pdl1, parameters.shown.pdl1),
    ):
        score = table[column].astype("Float64")
        above = 1 - (1 - score) * (1 - shown) / (1 - drawn)
        stretched = (score * shown / drawn).where((score < drawn).fillna(False), above)
        table[column] = stretched.round(4).astype("string")
    table["score_weights_id"] = parameters.score_weights_id
    ordered = [column.name for column in COLUMNS if column.name in table]
    return Cohort(
        validate(table[ordered]),
        "Synthetic demo cohort",
        "Simulated after the published summary figures of Mu et al., Nat Commun 2020;11:5228. "
        "No row is a patient.",
        synthetic=True,
    )


def _draw(part: Part, parameters: Parameters, rng: np.random.Generator) -> pd.DataFrame:
    n = part.n
    mutant = rng.random(n) < part.mutant
    mixes = (part.if_wild_type, part.if_mutant)

    def share(name: str) -> Floats:
        values = np.array([getattr(mix, name) for mix in mixes], dtype=float)
        return np.asarray(values[mutant.astype(int)])

    def spread(name: str) -> tuple[Floats, Floats]:
        means, sds = zip(
            *((getattr(m, name).mean, getattr(m, name).sd) for m in mixes), strict=True
        )
        return np.array(means)[mutant.astype(int)], np.array(sds)[mutant.astype(int)]

    male = rng.random(n) < share("male")
    smoker = np.where(male, share("ever_smoker_if_male"), share("ever_smoker_if_female"))
    dls = np.round(_beta(rng, *spread("egfr_dls")), 4)
    high = dls >= parameters.drawn.egfr
    squamous = rng.random(n) < np.where(high, share("squamous_if_high"), share("squamous_if_low"))
    stage = np.where(
        mutant,
        rng.choice(_STAGES, n, p=_shares(part.if_mutant.stages)),
        rng.choice(_STAGES, n, p=_shares(part.if_wild_type.stages)),
    )
    frame = pd.DataFrame(
        {
            "cohort": part.cohort,
            "split": part.split,
            "site": f"simulated after {part.imitates}",
            "sex": np.where(male, "male", "female"),
            "age_years": np.clip(np.round(rng.normal(*spread("age_years"))), 18, 95),
            "histology": np.where(squamous, "squamous", "adenocarcinoma"),
            "smoking": np.where(rng.random(n) < smoker, "ever", "never"),
            "stage": stage,
            "suvmax": np.round(np.clip(np.exp(rng.normal(*spread("log_suvmax"))), 0.5, 60), 2),
            "egfr_status": _some(
                np.where(mutant, "mutant", "wild type"), rng.random(n) < part.status_known
            ),
            "egfr_dls": dls,
            "n_slices": np.maximum(
                1, np.round(np.exp(rng.normal(part.log_slices.mean, part.log_slices.sd, n)))
            ).astype(int),
        }
    )
    pdl1_low = np.zeros(n, dtype=bool)
    if part.pdl1_dls_if_high and part.pdl1_dls_if_low:
        score = np.round(_by_group(rng, high, part.pdl1_dls_if_high, part.pdl1_dls_if_low), 4)
        frame["pdl1_dls"] = score
        pdl1_low = score < parameters.drawn.pdl1
        status = np.where(rng.random(n) < part.pdl1_positive, "positive", "negative")
        frame["pdl1_status"] = _some(status, rng.random(n) < part.pdl1_known)
    if part.mpg_if_high and part.mpg_if_low:
        mean = np.where(high, part.mpg_if_high.mean, part.mpg_if_low.mean)
        sd = np.where(high, part.mpg_if_high.sd, part.mpg_if_low.sd)
        frame["mpg_suvmax"] = np.round(np.clip(rng.normal(mean, sd), 0.3, None), 2)
    if part.treatment and part.pfs:
        frame["treatment"] = part.treatment
        flags = {"high": high, "mutant": mutant, "pdl1_low": pdl1_low, "squamous": squamous}
        _follow(frame, part, part.pfs, flags, rng)
    return frame


def _follow(
    frame: pd.DataFrame,
    part: Part,
    pfs: FollowUp,
    flags: Mapping[str, Bools],
    rng: np.random.Generator,
) -> None:
    """Add follow-up, in whole days given as months (days / 30) like the release's."""
    months, event = _observe(pfs, flags, len(frame), rng)
    frame["pfs_months"], frame["pfs_event"] = np.round(months, 4), event.astype(int)
    reached = months >= DCB_MONTHS
    frame["dcb"] = _some(reached.astype(int), reached | event)
    if part.death_after_progression:
        more, died = _observe(part.death_after_progression, flags, len(frame), rng)
        frame["os_months"] = np.round(np.where(event, months + more, months), 4)
        frame["os_event"] = (event & died).astype(int)


def _observe(
    follow_up: FollowUp, flags: Mapping[str, Bools], n: int, rng: np.random.Generator
) -> tuple[Floats, Bools]:
    times = []
    for law in (follow_up.event, follow_up.censoring):
        location = np.full(n, law.intercept)
        for name, effect in law.effects.items():
            location = location + effect * flags[name]
        times.append(np.exp(location) * rng.weibull(law.shape, n))
    observed = np.ceil(30 * np.minimum(times[0], times[1])) / 30
    return observed, np.asarray(times[0] <= times[1])


def _shares(values: tuple[float, ...]) -> Floats:
    return np.asarray(values) / sum(values)


def _beta(rng: np.random.Generator, mean: Floats, sd: Floats) -> Floats:
    """Beta variates with these means and standard deviations."""
    size = mean * (1 - mean) / sd**2 - 1
    if not (size > 0).all():
        raise CohortError("A score's SD is too large for its mean: no beta distribution has both.")
    return np.asarray(rng.beta(mean * size, (1 - mean) * size))


def _by_group(rng: np.random.Generator, high: Bools, if_high: Spread, if_low: Spread) -> Floats:
    return _beta(
        rng, np.where(high, if_high.mean, if_low.mean), np.where(high, if_high.sd, if_low.sd)
    )


def _some(values: Any, known: Bools) -> pd.Series:
    return pd.Series(values).astype("object").where(known, None)
