"""Maximum likelihood by Newton's method, with the proof that the maximum exists.

Where the data do not determine a coefficient (groups that a variable separates, a term that
repeats another) the likelihood has no maximum: an optimiser stops somewhere and its last place
looks like an estimate. So every fit of this package is made here, and given only if the step that
the gradient still asks for is zero and the information is well conditioned and has not vanished.

References
----------
Albert A, Anderson JA. Biometrika 1984;71:1 (existence of logistic estimates); Heinze G, Schemper
M. Biometrics 2001;57:114 (monotone likelihood in Cox regression).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Floats

MOST_STEPS = 60
STEP_OF_ZERO = 1e-8
LARGEST_CONDITION = 1e10
LEAST_INFORMATION = 1e-9


class NoEstimateError(CohortError):
    """The likelihood has no maximum, or the data do not determine it."""


class Point(Protocol):
    """A likelihood at one vector of p coefficients."""

    @property
    def loglik(self) -> float:
        """Log likelihood."""
        ...

    @property
    def score(self) -> Floats:
        """Gradient, (p,)."""
        ...

    @property
    def information(self) -> Floats:
        """Negative second derivative, (p, p)."""
        ...


P = TypeVar("P", bound=Point)


@dataclass(frozen=True)
class Maximum(Generic[P]):
    """A proved maximum.

    Attributes
    ----------
    beta : float64 array (p,)
    covariance : float64 array (p, p)
        Inverse of the information.
    at, null : Point
        The likelihood there, and at zero.
    """

    beta: Floats
    covariance: Floats
    at: P
    null: P


def maximise(at: Callable[[Floats], P], size: int) -> Maximum[P]:
    """Climb from zero to the maximum and prove that it is one.

    Parameters
    ----------
    at : callable
        The likelihood at coefficients (p,) of columns that were standardised.
    size : int
        p.

    Raises
    ------
    NoEstimateError
    """
    beta = np.zeros(size)
    here = null = at(beta)
    for _ in range(MOST_STEPS):
        step = _solve(here.information, here.score)
        if np.abs(step).max() <= STEP_OF_ZERO:
            return Maximum(beta, _covariance(here.information, null.information), here, null)
        for _ in range(20):
            new = at(beta + step)
            if new.loglik >= here.loglik - 1e-12 * abs(here.loglik):
                break
            step = step / 2
        beta, here = beta + step, new
    raise NoEstimateError(
        f"No maximum-likelihood estimate exists: after {MOST_STEPS} steps the gradient still asks "
        "for more."
    )


def _solve(information: Floats, right: Floats) -> Floats:
    try:
        found = np.linalg.solve(information, right)
    except np.linalg.LinAlgError as problem:
        raise _flat() from problem
    if not np.isfinite(found).all():
        raise _flat()
    return np.asarray(found)


def _covariance(information: Floats, null: Floats) -> Floats:
    """The inverse, once it is shown to be well conditioned and no shadow of that at zero."""
    for one in (null, information):
        size = np.sqrt(np.diag(one))
        if not (size > 0).all() or np.linalg.cond(one / np.outer(size, size)) > LARGEST_CONDITION:
            raise _flat()
    share = np.linalg.eigvals(np.linalg.solve(null, information)).real
    if share.min() < LEAST_INFORMATION:
        raise _flat()
    return np.asarray(np.linalg.inv(information))


def _flat() -> NoEstimateError:
    return NoEstimateError(
        "No maximum-likelihood estimate exists: the data do not determine every coefficient."
    )
