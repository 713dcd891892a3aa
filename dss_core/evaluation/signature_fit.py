"""Signature fitting: missing values filled, choices coded, and a regression without penalty.

A missing number takes the training median, a missing choice the most frequent one; how many
were missing is kept with the signature. A variable that never varies has no effect.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from dss_core.cohort.schema import BY_NAME, Kind
from dss_core.errors import CohortError
from dss_core.evaluation.reference_labels import reference_label
from dss_core.evaluation.signatures import (
    CLINICAL,
    FORMAT,
    Coding,
    Filled,
    Range,
    Signature,
    Term,
)
from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.logistic import LogisticFit, fit_logistic
from dss_core.statistics.maximum_likelihood import NoEstimateError

CS, CMS = "CS", "CMS"
# the numbers of the release: place in the list, except smoking where former and current are ever
_ORDER: Mapping[str, tuple[str, ...]] = {
    "sex": ("female", "male"),
    "smoking": ("never", "ever"),
    "stage": ("I", "II", "III", "IV"),
    "histology": ("other", "adenocarcinoma", "squamous"),
}
_SMOKED = {"former": "ever", "current": "ever"}
MIN_PER_TERM = 5


def fit(
    training: pd.DataFrame,
    label: str,
    *,
    score: str | None,
    coding: Coding = Coding.RELEASED,
    trained_on: str = "",
) -> Signature:
    """Fit CS, or CMS when a score column is named.

    Parameters
    ----------
    training : DataFrame
        Cohort table of the training patients only.
    score : str or None
        Column of the deep learning score, for CMS.

    Raises
    ------
    CohortError
        If no clinical variable is there, the label is missing, the scores come from more than
        one bundle, there are fewer than five patients of the rarer class for every term, or no
        maximum-likelihood estimate exists.
    """
    known = reference_label(training, label)
    table = training[known.known].reset_index(drop=True)
    y = known.positive[known.known]
    variables = [v for v in CLINICAL if v in table and table[v].notna().any()]
    if not variables:
        raise CohortError(
            f"A signature needs clinical variables ({', '.join(CLINICAL)}), but the training part "
            "has none of them. Add their columns."
        )
    weights_id = _weights_id(table) if score else None
    numeric = [v for v in variables if BY_NAME[v].kind is Kind.NUMBER] + ([score] if score else [])
    single = [
        v
        for v in variables
        if v in _ORDER and not (v == "histology" and coding is Coding.CATEGORIES)
    ]
    split = [v for v in variables if v == "histology" and v not in single]
    x = pd.DataFrame({v: table[v].to_numpy(float, na_value=np.nan) for v in numeric})
    for v in [*single, *split]:
        x[v] = table[v].replace(_SMOKED).astype(object).where(table[v].notna(), np.nan)
    columns = ColumnTransformer(
        [
            ("numbers", SimpleImputer(strategy="median"), numeric),
            ("codes", _choices(OrdinalEncoder(categories=[list(_ORDER[v]) for v in single])),
             single),
            ("parts", _choices(OneHotEncoder(categories=[list(_ORDER[v]) for v in split],
             drop=["adenocarcinoma"] * len(split), sparse_output=False)), split),
        ]
    )  # fmt: skip
    n_terms = len(numeric) + len(single) + 2 * len(split)
    if min(int(y.sum()), int((~y).sum())) < MIN_PER_TERM * n_terms:
        raise CohortError(
            f"A signature of {n_terms} terms needs {MIN_PER_TERM * n_terms} positive and as many "
            f"negative training patients, found {int(y.sum())} and {int((~y).sum())}."
        )
    design = np.asarray(columns.fit_transform(x), dtype=float)
    names: list[tuple[str, Mapping[str, float] | None]] = [(v, None) for v in numeric]
    names += [(v, _codes(v)) for v in single]
    names += [(v, {x: float(x == level) for x in _ORDER[v]})
              for v in split for level in _ORDER[v] if level != "adenocarcinoma"]  # fmt: skip
    varies = np.ptp(design, axis=0) > 0
    found = _estimate(
        design[:, varies], y, [v for (v, _), k in zip(names, varies, strict=True) if k]
    )
    coefficient, error = np.zeros((2, design.shape[1]))
    coefficient[varies], error[varies] = found.coef, found.error
    order = [*variables, *([score] if score else [])]
    return Signature(
        CMS if score else CS,
        label,
        coding,
        found.intercept,
        tuple(
            Term(variable, codes, float(b), float(e), float(mean))
            for (variable, codes), b, e, mean in zip(
                names, coefficient, error, design.mean(axis=0), strict=True
            )
        ),
        tuple(Filled(v, _fill(columns, v, numeric, single), int(x[v].isna().sum())) for v in order),
        tuple(Range(v, float(x[v].min()), float(x[v].max())) for v in numeric),
        int(y.size),
        int(y.sum()),
        trained_on,
        weights_id,
        format=FORMAT,
    )


def _choices(encoder: OrdinalEncoder | OneHotEncoder) -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="most_frequent"), encoder)


def _codes(variable: str) -> Mapping[str, float]:
    codes = {level: float(i) for i, level in enumerate(_ORDER[variable])}
    if variable == "smoking":
        codes |= {theirs: codes[ours] for theirs, ours in _SMOKED.items()}
    return codes


def _fill(
    columns: ColumnTransformer, variable: str, numeric: list[str], single: list[str]
) -> str | float:
    """What the pipeline's imputer puts in for a missing value."""
    if variable in numeric:
        imputer = columns.named_transformers_["numbers"]
        return float(imputer.statistics_[numeric.index(variable)])
    if variable in single:
        imputer = columns.named_transformers_["codes"][0]
        return str(imputer.statistics_[single.index(variable)])
    return str(columns.named_transformers_["parts"][0].statistics_[0])


def _weights_id(table: pd.DataFrame) -> str | None:
    if "score_weights_id" not in table:
        return None
    ids = sorted(table["score_weights_id"].dropna().unique())
    if len(ids) > 1:
        raise CohortError(
            f"The training scores come from {len(ids)} weights bundles ({', '.join(ids)}). "
            "Fit a combined signature on scores of one bundle."
        )
    return str(ids[0]) if ids else None


def _estimate(design: Floats, positive: Bools, variables: list[str]) -> LogisticFit:
    try:
        return fit_logistic(design, positive)
    except NoEstimateError as problem:
        raise NoEstimateError(
            f"the regression on {', '.join(variables)} has no maximum-likelihood estimate: the "
            f"variables separate {int(positive.sum())} positive and {int((~positive).sum())} "
            "negative training patients, or repeat one another. Add patients or leave a variable "
            "out."
        ) from problem
