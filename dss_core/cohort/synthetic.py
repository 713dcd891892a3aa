"""Synthetic demo cohort: simulated rows that follow the published summary figures.

Each part imitates one cohort of the paper in size, case mix, score distribution and follow-up.
EGFR status is drawn first; covariates and the EGFR score follow from it; progression-free
survival is Weibull with effects of score group, mutation, PD-L1 score group and histology, and
is censored by an independent Weibull time.

Sampling is stratified: every distribution is drawn at evenly spread quantiles within the group it
belongs to, in random order (Latin hypercube; McKay MD et al. Technometrics 1979;21:239). So each
drawn distribution is near the one asked for whatever the seed, and chance is left to how the
variables of a patient come together.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaincinv, ndtri

from dss_core.cohort.cohort_table import Cohort, validate
from dss_core.cohort.schema import COLUMNS
from dss_core.cohort.synthetic_parameters import SEED, CaseMix, FollowUp, Parameters, Part, Spread
from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Floats, Ints

DCB_MONTHS = 6.0
_STAGES = np.array(["I", "II", "III", "IV"])


class _Even:
    """Uniform numbers spread evenly over (0, 1) within each group of patients."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def __call__(self, *flags: Bools) -> Floats:
        """One number a patient; patients with the same flags form a group."""
        group: Ints = np.zeros(flags[0].size, dtype=np.int64)
        for flag in flags:
            group = 2 * group + flag
        result = np.empty(group.size)
        for value in np.unique(group):
            rows = np.flatnonzero(group == value)
            within = self._rng.permutation(rows.size) + self._rng.random(rows.size)
            result[rows] = within / rows.size
        return result


def generate(parameters: Parameters, seed: int = SEED) -> Cohort:
    """Draw a cohort.

    Returns
    -------
    Cohort
        `synthetic` is True and every `cohort` and `patient_id` begins with SYN.
    """
    even = _Even(seed)
    frames = [_draw(part, parameters, even) for part in parameters.parts]
    table = pd.concat([f.astype("string") for f in frames], ignore_index=True)
    table["patient_id"] = [f"SYN-{i:04d}" for i in range(1, len(table) + 1)]
    for column, drawn, shown in (
        ("egfr_dls", parameters.drawn.egfr, parameters.shown.egfr),
        ("pdl1_dls", parameters.drawn.pdl1, parameters.shown.pdl1),
    ):
        score = table[column].astype("Float64")
        low = (score < drawn).fillna(False)
        above = 1 - (1 - score) * (1 - shown) / (1 - drawn)
        stretched = (score * shown / drawn).where(low, above) * 1e4
        # rounded away from the cut-off, so that nobody changes group
        rounded = np.floor(stretched + 1e-6).where(low, np.ceil(stretched - 1e-6))
        table[column] = (rounded / 1e4).astype("string")
    table["score_weights_id"] = parameters.score_weights_id
    ordered = [column.name for column in COLUMNS if column.name in table]
    return Cohort(
        validate(table[ordered]),
        "Synthetic demo cohort",
        "Simulated after the published summary figures of Mu et al., Nat Commun 2020;11:5228. "
        "No real patients.",
        synthetic=True,
    )


def _draw(part: Part, parameters: Parameters, even: _Even) -> pd.DataFrame:
    everyone = np.ones(part.n, dtype=bool)
    mutant = even(everyone) < part.mutant

    def of_status(read: Any) -> Floats:
        """A number of each patient's case mix."""
        return np.where(mutant, float(read(part.if_mutant)), float(read(part.if_wild_type)))

    def normal(read: Any) -> Floats:
        mean, sd = of_status(lambda m: read(m).mean), of_status(lambda m: read(m).sd)
        return np.asarray(mean + sd * ndtri(even(mutant)), dtype=float)

    male = even(mutant) < of_status(lambda m: m.male)
    smoker = np.where(
        male,
        of_status(lambda m: m.ever_smoker_if_male),
        of_status(lambda m: m.ever_smoker_if_female),
    )
    dls = np.round(
        _beta(
            even(mutant),
            of_status(lambda m: m.egfr_dls.mean),
            of_status(lambda m: m.egfr_dls.sd),
        ),
        4,
    )
    high = dls >= parameters.drawn.egfr
    squamous = even(mutant, high) < np.where(
        high,
        of_status(lambda m: m.squamous_if_high),
        of_status(lambda m: m.squamous_if_low),
    )
    log_slices = part.log_slices.mean + part.log_slices.sd * ndtri(even(everyone))
    frame = pd.DataFrame(
        {
            "cohort": part.cohort,
            "split": part.split,
            "site": f"simulated after {part.imitates}",
            "sex": np.where(male, "male", "female"),
            "age_years": np.clip(np.round(normal(lambda m: m.age_years)), 18, 95),
            "histology": np.where(squamous, "squamous", "adenocarcinoma"),
            "smoking": np.where(even(mutant, male) < smoker, "ever", "never"),
            "stage": _stages(even(mutant), mutant, part),
            "suvmax": np.round(np.clip(np.exp(normal(lambda m: m.log_suvmax)), 0.5, 60), 2),
            "egfr_status": _some(
                np.where(mutant, "mutant", "wild type"), even(mutant) < part.status_known
            ),
            "egfr_dls": dls,
            "n_slices": np.maximum(1, np.round(np.exp(log_slices))).astype(int),
        }
    )
    pdl1_low = np.zeros(part.n, dtype=bool)
    if part.pdl1_dls_if_high and part.pdl1_dls_if_low:
        mean, sd = _of_group(high, part.pdl1_dls_if_high, part.pdl1_dls_if_low)
        frame["pdl1_dls"] = np.round(_beta(even(high), mean, sd), 4)
        pdl1_low = (frame["pdl1_dls"] < parameters.drawn.pdl1).to_numpy()
        status = np.where(even(everyone) < part.pdl1_positive, "positive", "negative")
        frame["pdl1_status"] = _some(status, even(everyone) < part.pdl1_known)
    if part.mpg_if_high and part.mpg_if_low:
        mean, sd = _of_group(high, part.mpg_if_high, part.mpg_if_low)
        frame["mpg_suvmax"] = np.round(np.clip(mean + sd * ndtri(even(high)), 0.3, None), 2)
    if part.treatment and part.pfs:
        frame["treatment"] = part.treatment
        flags = {"high": high, "mutant": mutant, "pdl1_low": pdl1_low, "squamous": squamous}
        _follow(frame, part, part.pfs, flags, even)
    return frame


def _follow(
    frame: pd.DataFrame, part: Part, pfs: FollowUp, flags: Mapping[str, Bools], even: _Even
) -> None:
    """Add follow-up, in whole days given as months (days / 30) like the release's."""
    months, event = _observe(pfs, flags, even)
    frame["pfs_months"], frame["pfs_event"] = np.round(months, 4), event.astype(int)
    reached = months >= DCB_MONTHS
    frame["dcb"] = _some(reached.astype(int), reached | event)
    if part.death_after_progression:
        more, died = _observe(part.death_after_progression, flags, even)
        frame["os_months"] = np.round(np.where(event, months + more, months), 4)
        frame["os_event"] = (event & died).astype(int)


def _observe(follow_up: FollowUp, flags: Mapping[str, Bools], even: _Even) -> tuple[Floats, Bools]:
    times = []
    for law in (follow_up.event, follow_up.censoring):
        location = law.intercept + sum(
            effect * flags[name].astype(float) for name, effect in law.effects.items()
        )
        noise = (-np.log1p(-even(*flags.values()))) ** (1 / law.shape)
        times.append(np.exp(location) * noise)
    observed = np.ceil(30 * np.minimum(times[0], times[1])) / 30
    return observed, np.asarray(times[0] <= times[1])


def _stages(uniform: Floats, mutant: Bools, part: Part) -> np.ndarray:
    def drawn(mix: CaseMix) -> np.ndarray:
        ends = np.cumsum(mix.stages) / sum(mix.stages)
        return _STAGES[np.minimum(np.searchsorted(ends, uniform, side="right"), 3)]

    return np.where(mutant, drawn(part.if_mutant), drawn(part.if_wild_type))


def _beta(uniform: Floats, mean: Floats, sd: Floats) -> Floats:
    """Quantiles of beta distributions with these means and standard deviations."""
    size = mean * (1 - mean) / sd**2 - 1
    if not (size > 0).all():
        raise CohortError("A score's SD is too large for its mean: no beta distribution has both.")
    return np.asarray(betaincinv(mean * size, (1 - mean) * size, uniform))


def _of_group(high: Bools, if_high: Spread, if_low: Spread) -> tuple[Floats, Floats]:
    return np.where(high, if_high.mean, if_low.mean), np.where(high, if_high.sd, if_low.sd)


def _some(values: Any, known: Bools) -> pd.Series:
    return pd.Series(values).astype("object").where(known, None)
