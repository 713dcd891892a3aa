"""Associations of a score: test, effect size and adjusted p for each variable.

Two independent groups: Mann-Whitney, rank-biserial correlation. More: Kruskal-Wallis,
epsilon squared. Numbers: Spearman's rho. All p-values of a table are corrected together, after
Holm (any false claim) and Benjamini-Hochberg (share of false claims).

References
----------
Kerby DS. Compr Psychol 2014;3:1 (rank-biserial); Tomczak M, Tomczak E. Trends Sport Sci
2014;21:19 (epsilon squared); Holm S. Scand J Stat 1979;6:65; Benjamini Y, Hochberg Y. J R Stat
Soc B 1995;57:289.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, kruskal, mannwhitneyu, spearmanr

from dss_core.cohort.levels import levels_of
from dss_core.cohort.schema import BY_NAME, Kind
from dss_core.evaluation.reference_labels import numbers
from dss_core.statistics.discrimination import auc_delong
from dss_core.statistics.follow_up import Floats
from dss_core.statistics.interval import Interval, normal_quantile

VARIABLES = (
    "egfr_status", "pdl1_status", "stage", "histology", "smoking", "sex", "age_years", "suvmax",
    "mpg_suvmax",
)  # fmt: skip
MIN_GROUP = 5


class Method(StrEnum):
    """The test used and its effect size."""

    MANN_WHITNEY = "Mann-Whitney"
    KRUSKAL_WALLIS = "Kruskal-Wallis"
    SPEARMAN = "Spearman"

    @property
    def effect_name(self) -> str:
        """What `effect` is; rank-biserial and rho run from -1 to 1, epsilon squared 0 to 1."""
        return {
            Method.MANN_WHITNEY: "rank-biserial r",
            Method.KRUSKAL_WALLIS: "epsilon squared",
            Method.SPEARMAN: "Spearman rho",
        }[self]


@dataclass(frozen=True)
class GroupSummary:
    """Scores of one group: quartiles."""

    name: str
    n: int
    median: float
    lower_quartile: float
    upper_quartile: float


@dataclass(frozen=True)
class Association:
    """One variable against the score.

    Attributes
    ----------
    groups : tuple of GroupSummary
        Empty for a number. Groups under five patients are shown but not tested.
    effect : Interval
        Rank-biserial: positive when the last group is higher. No interval for epsilon squared.
    p, p_holm, p_fdr : float or None
        None when there is nothing to test; `withheld` says why.
    """

    variable: str
    n: int
    groups: tuple[GroupSummary, ...]
    test: Method | None
    effect: Interval
    p: float | None
    p_holm: float | None
    p_fdr: float | None
    withheld: str | None


def associations(
    table: pd.DataFrame, score: str, variables: tuple[str, ...] = VARIABLES
) -> tuple[Association, ...]:
    """Test every variable the table has against the score, correcting for their number.

    Raises
    ------
    CohortError
        If the score column is missing or holds no numbers.
    """
    values = numbers(table, score)
    found = [
        _one(table[name], values, name)
        for name in variables
        if name in table and name != score and table[name].notna().any()
    ]
    tested = [i for i, a in enumerate(found) if a.p is not None]
    p = np.array([found[i].p for i in tested], dtype=float)
    for i, holm_p, fdr_p in zip(tested, holm(p), benjamini_hochberg(p), strict=True):
        found[i] = replace(found[i], p_holm=float(holm_p), p_fdr=float(fdr_p))
    return tuple(found)


def holm(p: Floats) -> Floats:
    """Holm's step-down adjusted p-values."""
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * (p.size - np.arange(p.size)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def benjamini_hochberg(p: Floats) -> Floats:
    """Adjusted p-values that control the share of false claims."""
    return np.asarray(false_discovery_control(p)) if p.size else p


def _rho_interval(rho: float, n: int) -> Interval:
    """Spearman's rho with limits from Bonett and Wright's error of the transformed rho."""
    if abs(rho) > 1 - 1e-12:
        return Interval(rho, None, None, "The ranks agree completely: there are no limits.")
    half = normal_quantile(0.95) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(rho) + np.array([-half, half]))
    return Interval(rho, float(low), float(high))


def _one(cells: pd.Series, values: Floats, name: str) -> Association:
    known = cells.notna().to_numpy(bool) & np.isfinite(values)
    score = values[known]
    nothing = Interval(None, None, None)
    if BY_NAME[name].kind is Kind.NUMBER:
        x = cells[known].to_numpy(float)
        if x.size < 2 * MIN_GROUP or np.ptp(x) == 0 or np.ptp(score) == 0:
            return Association(
                name, int(x.size), (), None, nothing, None, None, None,
                f"a correlation needs {2 * MIN_GROUP} patients and values that differ",
            )  # fmt: skip
        rho, p = spearmanr(x, score)
        effect = _rho_interval(float(rho), x.size)
        return Association(
            name, int(x.size), (), Method.SPEARMAN, effect, float(p), None, None, None
        )
    labels = cells[known].to_numpy(str)
    samples = {c: score[labels == c] for c in levels_of(name, cells[known])}
    groups = tuple(_summary(c, s) for c, s in samples.items())
    tested = [s for s in samples.values() if s.size >= MIN_GROUP]
    n = int(score.size)
    if len(tested) < 2:
        return Association(
            name, n, groups, None, nothing, None, None, None,
            f"a test needs two groups of {MIN_GROUP} patients",
        )  # fmt: skip
    if np.ptp(np.concatenate(tested)) == 0:
        return Association(
            name, n, groups, None, nothing, None, None, None, "a test needs scores that differ"
        )
    if len(tested) == 2:
        last = np.repeat([False, True], [tested[0].size, tested[1].size])
        auc = auc_delong(np.concatenate(tested), last)
        estimate, low, high = (
            None if a is None else 2 * a - 1 for a in (auc.estimate, auc.low, auc.high)
        )
        effect = Interval(estimate, low, high, auc.reason)
        p = float(mannwhitneyu(tested[0], tested[1]).pvalue)
        return Association(name, n, groups, Method.MANN_WHITNEY, effect, p, None, None, None)
    h, p = kruskal(*tested)
    size = sum(s.size for s in tested)
    effect = Interval(float(h) / (size - 1), None, None)
    return Association(name, n, groups, Method.KRUSKAL_WALLIS, effect, float(p), None, None, None)


def _summary(name: str, score: Floats) -> GroupSummary:
    low, middle, high = np.percentile(score, [25, 50, 75])
    return GroupSummary(name, int(score.size), float(middle), float(low), float(high))
