"""Nomogram of a signature: points of each variable's value, probability of their sum.

The variable that can move the log-odds most over its training range spans 0 to 100 points; the
others are on the same scale, so a longer axis is a variable that matters more.

References
----------
Harrell FE. Regression Modeling Strategies. Springer 2015, section 5.4 (nomograms).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from dss_core.evaluation.signature_use import contribution, recorded
from dss_core.evaluation.signatures import Signature
from dss_core.statistics.follow_up import Floats

PROBABILITIES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
N_TICKS = 6


@dataclass(frozen=True)
class Tick:
    """A value on an axis and its place in points."""

    text: str
    points: float


@dataclass(frozen=True)
class Axis:
    """One variable: its values by ascending points, and the patient's place.

    Attributes
    ----------
    patient : float or None
        In points; beyond the ticks for a value outside training. None if not recorded: nothing
        stands in for it.
    """

    variable: str
    ticks: tuple[Tick, ...]
    patient: float | None


@dataclass(frozen=True)
class Nomogram:
    """The axes, and how their sum is read.

    Attributes
    ----------
    total : float or None
        The patient's points; None, as is the probability, unless every variable is recorded.
    most : float
        Points that can be reached within training ranges.
    probabilities : tuple of Tick
        Places of round probabilities on the axis of the sum.
    """

    axes: tuple[Axis, ...]
    total: float | None
    most: float
    probabilities: tuple[Tick, ...]
    probability: float | None


def nomogram(signature: Signature, patient: Mapping[str, str | float | None]) -> Nomogram:
    """The nomogram of a signature with a patient on it.

    Raises
    ------
    CohortError
        If a value is not one the signature knows.
    """
    values = {v: _values(signature, v) for v in signature.variables}
    logits = {
        v: contribution(signature, v, pd.Series(seen, dtype=object)) for v, seen in values.items()
    }
    widest = max(float(np.ptp(found)) for found in logits.values())
    scale = 100.0 / (widest or 1.0)
    axes = []
    for name in signature.variables:
        lowest = float(logits[name].min())
        place = None
        if recorded(patient, name):
            own = contribution(signature, name, pd.Series([patient[name]], dtype=object))
            place = float((own[0] - lowest) * scale)
        axes.append(Axis(name, _ticks(values[name], (logits[name] - lowest) * scale), place))
    least = signature.intercept + sum(float(found.min()) for found in logits.values())
    most = sum(float(np.ptp(found)) for found in logits.values()) * scale
    known = [axis.patient for axis in axes if axis.patient is not None]
    total = sum(known) if len(known) == len(axes) else None
    marks = [(p, float((logit(p) - least) * scale)) for p in PROBABILITIES]
    return Nomogram(
        tuple(axes),
        total,
        most,
        tuple(Tick(f"{p:.0%}", place) for p, place in marks if 0 <= place <= most),
        None if total is None else float(expit(least + total / scale)),
    )


def _values(signature: Signature, variable: str) -> list[str | float]:
    """Values to mark: every choice, or the ends of the training range and round numbers between."""
    for term in signature.terms:
        if term.variable == variable and term.codes is not None:
            return [level for level in term.codes if level not in ("former", "current")]
    found = next(r for r in signature.ranges if r.variable == variable)
    steps = np.array([1.0, 2.0, 5.0, 10.0]) * 10.0 ** np.floor(
        np.log10(max(found.high - found.low, 1e-6) / N_TICKS)
    )
    step = steps[np.argmax(steps >= (found.high - found.low) / N_TICKS)]
    inner = np.arange(np.ceil(found.low / step), np.floor(found.high / step) + 1) * step
    inner = inner[(inner - found.low > step / 2) & (found.high - inner > step / 2)]
    return [
        float(f"{v:.6g}") for v in np.unique(np.concatenate([[found.low], inner, [found.high]]))
    ]


def _ticks(values: list[str | float], points: Floats) -> tuple[Tick, ...]:
    texts = [
        v if isinstance(v, str) else f"{round(v, 2):g}" if abs(v) < 10 else f"{v:.3g}"
        for v in values
    ]
    return tuple(sorted((Tick(t, float(p)) for t, p in zip(texts, points, strict=True)),
                        key=lambda tick: tick.points))  # fmt: skip
