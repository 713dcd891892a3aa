"""An estimate with its confidence limits, and why one of them does not exist.

A standard error of zero is not certainty: it says that the method has no interval for these
patients. Such limits are None, with the reason, and never the estimate itself.
"""

from dataclasses import dataclass

from scipy.special import ndtr, ndtri

SMALLEST_ERROR = 1e-12


def normal_quantile(confidence: float) -> float:
    """Two-sided standard normal quantile, 1.96 for 0.95."""
    return float(ndtri(0.5 + confidence / 2))


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence limits; what does not exist is None, `reason` says why.

    Attributes
    ----------
    reason : str or None
        Why the estimate or both limits are None; None where nothing is to be said.
    """

    estimate: float | None
    low: float | None
    high: float | None
    reason: str | None = None


def normal_interval(
    estimate: float,
    error: float,
    reason: str,
    *,
    lowest: float = float("-inf"),
    highest: float = float("inf"),
    confidence: float = 0.95,
) -> Interval:
    """Estimate plus and minus its standard error times the normal quantile.

    Parameters
    ----------
    error : float
        Standard error; where it is zero there is no interval.
    reason : str
        Why there is none then.
    lowest, highest : float
        The limits are cut here.
    """
    if not error > SMALLEST_ERROR:
        return Interval(estimate, None, None, reason)
    half = normal_quantile(confidence) * error
    return Interval(estimate, max(lowest, estimate - half), min(highest, estimate + half))


def normal_p(estimate: float, error: float) -> float | None:
    """Two-sided p-value against zero; None where the standard error is zero."""
    return float(2 * ndtr(-abs(estimate) / error)) if error > SMALLEST_ERROR else None
