"""Parameters of the synthetic cohort from a real one: shares, moments and Weibull fits.

Only summary numbers leave this module, rounded; nothing in them is a patient's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from lifelines import WeibullAFTFitter, WeibullFitter

from dss_core.cohort.cohort_table import Cohort
from dss_core.cohort.synthetic_parameters import (
    DEMO_WEIGHTS_ID,
    CaseMix,
    Cutoffs,
    FollowUp,
    Parameters,
    Part,
    Spread,
    Weibull,
)
from dss_core.errors import CohortError
from dss_core.replication.published import PDL1_CUTOFF
from dss_core.replication.replicate import CUTOFF
from dss_core.statistics.follow_up import Bools, Floats

_SMALL = 20
_EFFECTS: Mapping[str, Sequence[str]] = {
    "EGFR-TKI": ("high", "mutant"),
    "ICI": ("high", "pdl1_low", "squamous"),
}


def fit_parameters(cohort: Cohort) -> Parameters:
    """Fit the generator to an imported `lungegfr` release.

    Raises
    ------
    CohortError
        If columns the fit needs are missing.
    """
    needed = ("split", "sex", "smoking", "histology", "stage", "suvmax", "egfr_status", "egfr_dls")
    missing = [name for name in needed if name not in cohort.table]
    if missing:
        raise CohortError(
            f"The generator is fitted to a table with {', '.join(needed)}; "
            f"{', '.join(missing)} is not there. Import the lungegfr release."
        )
    names = cohort.table["cohort"] + " " + cohort.table["split"]
    parts = tuple(
        _part(cohort.table[(names == name).to_numpy(dtype=bool)], str(name))
        for name in names.unique()
    )
    sources = (
        cohort.source,
        "shares, means and SDs by cohort, split and EGFR status; Weibull regression (lifelines) of "
        "PFS on score group, mutation, PD-L1 score group and histology",
    )
    cutoffs = Cutoffs(CUTOFF, PDL1_CUTOFF)
    return Parameters(DEMO_WEIGHTS_ID, cutoffs, cutoffs, sources, parts)


def score_spreads(table: pd.DataFrame) -> tuple[Spread, Spread]:
    """Mean and SD of a model's EGFR scores in mutant and in wild-type cases.

    Parameters
    ----------
    table : DataFrame
        Columns `egfr_status` (mutant, wild type) and `egfr_dls`, one row a scored case.

    Raises
    ------
    CohortError
        If a column is missing or a class has fewer than ten cases.
    """
    for name in ("egfr_status", "egfr_dls"):
        if name not in table:
            raise CohortError(f"A table of scores needs the column {name}, which is not there.")
    spreads = []
    for status in ("mutant", "wild type"):
        scores = table.loc[table["egfr_status"] == status, "egfr_dls"].dropna().astype(float)
        if len(scores) < 10:
            raise CohortError(
                f"The score distribution needs ten {status} cases, found {len(scores)}."
            )
        spreads.append(_spread(scores))
    return spreads[0], spreads[1]


def _part(rows: pd.DataFrame, name: str) -> Part:
    known = rows["egfr_status"].notna()
    mutant = rows["egfr_status"].eq("mutant").fillna(False).to_numpy(dtype=bool)
    wild = rows["egfr_status"].eq("wild type").fillna(False).to_numpy(dtype=bool)
    high = (rows["egfr_dls"] >= CUTOFF).to_numpy(dtype=bool)
    site = name.split()[0]
    split = str(rows["split"].iloc[0])
    part = Part(
        cohort=f"SYN-{site}",
        split=split,
        imitates=name,
        n=len(rows),
        mutant=_r(mutant.sum() / known.sum()),
        status_known=_r(known.mean()),
        if_mutant=_case_mix(rows, mutant),
        if_wild_type=_case_mix(rows, wild),
        log_slices=_spread(np.log(rows["n_slices"].astype(float))),
        treatment=None,
        pdl1_known=0.0,
        pdl1_positive=0.0,
        pdl1_dls_if_high=None,
        pdl1_dls_if_low=None,
        mpg_if_high=None,
        mpg_if_low=None,
        pfs=None,
        death_after_progression=None,
    )
    if rows["pdl1_dls"].notna().any():
        status = rows["pdl1_status"]
        part = replace(
            part,
            pdl1_known=_r(status.notna().mean()),
            pdl1_positive=_r(status.dropna().eq("positive").mean()),
            pdl1_dls_if_high=_spread(rows.loc[high, "pdl1_dls"].astype(float)),
            pdl1_dls_if_low=_spread(rows.loc[~high, "pdl1_dls"].astype(float)),
        )
    if rows["mpg_suvmax"].notna().any():
        part = replace(
            part,
            mpg_if_high=_spread(rows.loc[high, "mpg_suvmax"].astype(float)),
            mpg_if_low=_spread(rows.loc[~high, "mpg_suvmax"].astype(float)),
        )
    if rows["treatment"].notna().any():
        part = _followed(part, rows, high, mutant)
    return part


def _followed(part: Part, rows: pd.DataFrame, high: Bools, mutant: Bools) -> Part:
    """The part with its treatment and Weibull follow-up."""
    treatment = str(rows["treatment"].iloc[0])
    data = pd.DataFrame(
        {
            "time": rows["pfs_months"].astype("Float64").to_numpy(float, na_value=np.nan),
            "event": rows["pfs_event"].astype("Float64").to_numpy(float, na_value=np.nan),
            "high": high.astype(float),
            "mutant": mutant.astype(float),
            "pdl1_low": (rows["pdl1_dls"] < PDL1_CUTOFF).fillna(False).to_numpy(float),
            "squamous": rows["histology"].eq("squamous").fillna(False).to_numpy(float),
        }
    )
    effects = list(_EFFECTS[treatment])
    use = data["time"].notna()
    if "mutant" in effects:
        use &= rows["egfr_status"].notna().to_numpy(bool)
    used = data.loc[use, ["time", "event", *effects]]
    fitted = WeibullAFTFitter().fit(used, "time", "event").params_
    pfs = Weibull(
        _r(fitted["lambda_", "Intercept"]),
        _r(np.exp(fitted["rho_", "Intercept"])),
        {name: _r(fitted["lambda_", name]) for name in effects},
    )
    part = replace(
        part, treatment=treatment, pfs=FollowUp(pfs, _weibull(used["time"], 1 - used["event"]))
    )
    if rows["os_months"].notna().any():
        after = (rows["os_months"] - rows["pfs_months"]).to_numpy(float)
        death = rows["os_event"].to_numpy(float)
        later = (rows["pfs_event"] == 1).to_numpy(bool) & (after > 0)
        gap = FollowUp(
            _weibull(after[later], death[later]), _weibull(after[later], 1 - death[later])
        )
        part = replace(part, death_after_progression=gap)
    return part


def _weibull(time: Floats | pd.Series, event: Floats | pd.Series) -> Weibull:
    fitted = WeibullFitter().fit(time, event)
    return Weibull(_r(np.log(fitted.lambda_)), _r(fitted.rho_), {})


def _case_mix(rows: pd.DataFrame, chosen: Bools) -> CaseMix:
    """Covariates of the chosen; few chosen borrow them from all, but never the score."""
    group = rows[chosen] if chosen.sum() >= _SMALL else rows
    male = group["sex"].eq("male").to_numpy(bool)
    ever = group["smoking"].eq("ever").fillna(False).to_numpy(bool)
    squamous = group["histology"].eq("squamous").to_numpy(bool)
    high = (group["egfr_dls"] >= CUTOFF).to_numpy(bool)
    stages = [float(_r(group["stage"].eq(stage).mean())) for stage in ("I", "II", "III", "IV")]
    return CaseMix(
        _r(male.mean()),
        _r(ever[male].mean()),
        _r(ever[~male].mean()),
        _r(squamous[high].mean() if high.any() else 0.0),
        _r(squamous[~high].mean() if not high.all() else 0.0),
        (stages[0], stages[1], stages[2], stages[3]),
        _spread(group["age_years"].dropna().astype(float)),
        _spread(np.log(group["suvmax"].dropna().astype(float))),
        _spread(rows.loc[chosen, "egfr_dls"].astype(float)),
    )


def _spread(values: pd.Series) -> Spread:
    return Spread(_r(values.mean()), _r(values.std()))


def _r(value: float) -> float:
    """Three decimals are enough to imitate and too few to identify."""
    return round(float(value), 3)
