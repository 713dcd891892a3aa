"""Cox models of a cohort table: univariable, multivariable and interactions.

Categories are compared with their most common level; levels with fewer than ten patients get no
hazard ratio, so those patients are left out and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from dss_core.cohort.kept_rows import Excluded, KeptRows
from dss_core.cohort.schema import BY_NAME, Kind
from dss_core.cohort.selection import Where
from dss_core.errors import CohortError
from dss_core.statistics.cox import CoxFit, Effect, fit_cox
from dss_core.statistics.follow_up import Bools, Floats, Sample
from dss_core.survival.comparison import MIN_GROUP
from dss_core.survival.endpoint import Endpoint, read_follow_up
from dss_core.survival.grouping import Grouping

EVENTS_PER_TERM = 10
_UNITS = {"age_years": (10.0, "Age, per 10 years"), "suvmax": (1.0, "SUVmax, per 1 g/mL")}


@dataclass(frozen=True)
class ModelRow:
    """One term alone and beside the others."""

    term: str
    alone: Effect | None
    together: Effect | None
    ph_p: float | None


@dataclass(frozen=True)
class ModelTable:
    """Uni- and multivariable Cox model on the patients with every covariate.

    Attributes
    ----------
    n_incomplete : int
        Selected patients left out.
    excluded : tuple of Excluded
        The same by the first reason that they meet.
    events_per_term : float
        Below ten the joint model is unstable and says so.
    """

    rows: tuple[ModelRow, ...]
    n: int
    n_events: int
    n_incomplete: int
    excluded: tuple[Excluded, ...]
    ph_global_p: float | None
    notes: tuple[str, ...]

    @property
    def events_per_term(self) -> float:
        """Events for each term of the joint model."""
        return self.n_events / max(1, len(self.rows))


@dataclass(frozen=True)
class Interaction:
    """Whether a group's effect differs between two treatments.

    Attributes
    ----------
    ratio : Effect
        Ratio of hazard ratios (second treatment over first) with its Wald interval.
    p : float
        Likelihood-ratio test of the interaction term.
    """

    ratio: Effect
    p: float
    n: int
    n_events: int
    excluded: tuple[Excluded, ...]


@dataclass(frozen=True)
class _Design:
    """Complete patients, their design matrix (n, p) and its terms."""

    sample: Sample
    x: Floats
    terms: tuple[str, ...]
    kept: KeptRows
    notes: tuple[str, ...]


def model_table(
    table: pd.DataFrame,
    endpoint: Endpoint,
    grouping: Grouping,
    covariates: Sequence[str],
    where: Where | None = None,
) -> ModelTable:
    """Fit each term alone and all together, on the same patients.

    Raises
    ------
    CohortError
        If a column is missing or nothing can be fitted.
    """
    design = _design(table, endpoint, grouping, covariates, where)
    sample, x, terms, notes = design.sample, design.x, design.terms, design.notes
    joint: CoxFit | None = None
    try:
        joint = fit_cox(sample, x, terms)
    except CohortError as refusal:
        notes = (*notes, f"No multivariable model: {refusal}")
    together: Sequence[Effect | None] = joint.effects() if joint else [None] * len(terms)
    ph_p: Sequence[float | None] = joint.ph_p if joint and joint.ph_p else [None] * len(terms)
    rows = []
    for i, term in enumerate(terms):
        try:
            alone = fit_cox(sample, x[:, [i]], (term,)).effects()[0]
        except CohortError as refusal:
            alone = None
            notes = (*notes, f"{term} alone: {refusal}")
        rows.append(ModelRow(term, alone, together[i], ph_p[i]))
    events_per_term = sample.n_events / len(rows)
    if joint and events_per_term < EVENTS_PER_TERM:
        few = f"Only {events_per_term:.1f} events per variable ({EVENTS_PER_TERM} recommended); "
        notes = (*notes, few + "estimates may be unstable.")
    excluded = design.kept.excluded
    return ModelTable(
        tuple(rows),
        len(sample),
        sample.n_events,
        sum(one.n for one in excluded),
        excluded,
        joint.ph_global_p if joint else None,
        notes,
    )


def interaction(
    table: pd.DataFrame,
    endpoint: Endpoint,
    grouping: Grouping,
    treatments: tuple[str, str],
    where: Where | None = None,
) -> Interaction:
    """Test whether the second group's hazard ratio differs between two treatments.

    Raises
    ------
    CohortError
        If one of the four cells has fewer than ten patients.
    """
    treatment = table["treatment"].astype("string")
    asked = KeptRows.selected(table, where)
    asked = asked.without(treatment.isna().to_numpy(bool), "treatment is missing")
    on_one = treatment.isin(treatments).to_numpy(dtype=bool)
    asked = asked.without(~on_one, f"treated with neither {' nor '.join(treatments)}")
    followed = read_follow_up(table, endpoint)
    kept = followed.keep(asked).without(grouping.code < 0, "the value that forms groups is missing")
    sample, code = followed.sample(kept.rows), grouping.code[kept.rows]
    second = treatment[kept.rows].eq(treatments[1]).to_numpy(dtype=bool)
    cells = [int(((code == g) & (second == s)).sum()) for g in (0, 1) for s in (False, True)]
    if min(cells) < MIN_GROUP:
        raise CohortError(
            f"An interaction test needs {MIN_GROUP} patients in each of the four groups, the "
            f"smallest has {min(cells)}. Widen the selection."
        )
    x = np.column_stack([code == 1, second, (code == 1) & second]).astype(float)
    terms = ("group", "treatment", "group x treatment")
    full, main = fit_cox(sample, x, terms), fit_cox(sample, x[:, :2], terms[:2])
    p = float(chi2.sf(max(0.0, 2 * (full.loglik - main.loglik)), 1))
    return Interaction(full.effects()[2], p, len(sample), sample.n_events, kept.excluded)


def _design(
    table: pd.DataFrame,
    endpoint: Endpoint,
    grouping: Grouping,
    covariates: Sequence[str],
    where: Where | None,
) -> _Design:
    kept = KeptRows.selected(table, where)
    grouping = grouping.within(kept.rows)
    followed = read_follow_up(table, endpoint)
    kept = followed.keep(kept).without(grouping.code < 0, "the value that forms groups is missing")
    for name in covariates:
        if name not in table:
            raise CohortError(f"The cohort has no column {name}. Leave it out of the model.")
        kept = kept.without(table[name].isna().to_numpy(dtype=bool), f"{name} is missing")
    kept = kept.some()
    notes: list[str] = []
    for name in covariates:
        if BY_NAME[name].kind is Kind.CHOICE:
            counts = table.loc[kept.rows, name].value_counts()
            for level in counts.index[counts < MIN_GROUP]:
                notes.append(f"{name} {level}: {counts[level]} patients, left out.")
                of_level = table[name].eq(level).fillna(False).to_numpy(dtype=bool)
                kept = kept.without(of_level, f"fewer than {MIN_GROUP} of {name} {level}")
    groups: list[int] = []
    for i, label in enumerate(grouping.labels):
        member = kept.rows & (grouping.code == i)
        if member.sum() >= MIN_GROUP:
            groups.append(i)
        elif member.any():
            notes.append(f"{label}: {member.sum()} patients, left out.")
            kept = kept.without(member, f"fewer than {MIN_GROUP} in {label}")
    usable = kept.some().rows
    chosen = table[usable]
    columns: list[Floats | Bools] = []
    terms: list[str] = []
    for i in groups[1:]:
        columns.append(grouping.code[usable] == i)
        terms.append(f"{grouping.labels[i]} (vs {grouping.labels[groups[0]]})")
    for name in covariates:
        if BY_NAME[name].kind is Kind.CHOICE:
            counts = chosen[name].value_counts()
            for level in counts.index[1:]:
                columns.append(chosen[name].eq(level).to_numpy(dtype=bool))
                terms.append(f"{name.replace('_', ' ')}: {level} (vs {counts.index[0]})")
            if len(counts) < 2:
                notes.append(f"{name} is the same in all patients and is not in the model.")
        else:
            unit, words = _UNITS.get(name, (1.0, name))
            columns.append(chosen[name].to_numpy(dtype=float) / unit)
            terms.append(words)
    x = np.column_stack(columns).astype(float) if columns else np.empty((len(chosen), 0))
    varies = np.ptp(x, axis=0) > 0 if len(x) else np.zeros(x.shape[1], dtype=bool)
    terms = [term for term, keep in zip(terms, varies, strict=True) if keep]
    if not terms:
        raise CohortError("No covariate varies in this selection; no model was fitted.")
    return _Design(followed.sample(usable), x[:, varies], tuple(terms), kept, tuple(notes))
