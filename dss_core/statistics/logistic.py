"""Logistic regression without penalty: estimate and covariance, or no estimate at all.

References
----------
McCullagh P, Nelder JA. Generalized Linear Models. 2nd ed. Chapman and Hall; 1989, chapter 4.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, logit

from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.maximum_likelihood import NoEstimateError, maximise


@dataclass(frozen=True)
class LogisticFit:
    """logit P(positive) = intercept + x @ coef.

    Attributes
    ----------
    coef : float64 array (p,)
    covariance : float64 array (p + 1, p + 1)
        The intercept first.
    """

    intercept: float
    coef: Floats
    covariance: Floats

    @property
    def error(self) -> Floats:
        """Standard errors of `coef`, (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)[1:]))


@dataclass(frozen=True)
class _Point:
    loglik: float
    score: Floats
    information: Floats


def fit_logistic(x: Floats, positive: Bools, offset: Floats | None = None) -> LogisticFit:
    """Fit by maximum likelihood.

    Parameters
    ----------
    x : float64 array (n, p)
        p may be 0: only the intercept is fitted.
    positive : bool array (n,)
    offset : float64 array (n,), optional
        Added to every log-odds as it is.

    Raises
    ------
    NoEstimateError
        If a class is missing, a column is the same in all rows or repeats others, or the columns
        separate the classes.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([True, True, True, False])
    >>> round(fit_logistic(np.empty((4, 0)), y).intercept, 6)  # log(3)
    1.098612
    """
    if positive.all() or not positive.any():
        raise NoEstimateError("No maximum-likelihood estimate exists: all patients are alike.")
    mean, scale = x.mean(axis=0), x.std(axis=0)
    if not (scale > 1e-12 * np.abs(mean)).all():
        raise NoEstimateError(
            "No maximum-likelihood estimate exists: a variable is the same in all patients."
        )
    design = np.column_stack([np.ones(len(x)), (x - mean) / scale])
    fixed = np.zeros(len(x)) if offset is None else offset
    sign = np.where(positive, 1.0, -1.0)

    def at(beta: Floats) -> _Point:
        line = fixed + design @ beta
        p = expit(line)
        return _Point(
            float(log_expit(sign * line).sum()),
            design.T @ (sign * expit(-sign * line)),
            (design * (p * (1 - p))[:, None]).T @ design,
        )

    found = maximise(at, design.shape[1])
    back = np.diag(np.concatenate([[1.0], 1 / scale]))
    back[0, 1:] = -mean / scale
    coef = back @ found.beta
    return LogisticFit(float(coef[0]), coef[1:], back @ found.covariance @ back.T)


def log_odds(probability: Floats) -> Floats:
    """Logit of each probability, which is kept 1e-6 away from 0 and 1."""
    return np.asarray(logit(np.clip(probability, 1e-6, 1 - 1e-6)))
