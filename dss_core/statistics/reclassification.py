"""Reclassification: net reclassification and integrated discrimination improvement.

Both models give probabilities for the same patients. The category-free NRI is known to look
good even for useless markers that are badly calibrated (Hilden J, Gerds TA. Stat Med 2014;
33:3405), so it is never shown without the category NRI and the paired areas.

References
----------
Pencina MJ et al. Stat Med 2008;27:157 (NRI, IDI) and Stat Med 2011;30:11 (category-free NRI).
"""

from dataclasses import dataclass

import numpy as np

from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Bools, Floats
from dss_core.statistics.interval import Interval, normal_interval, normal_p


@dataclass(frozen=True)
class Gain:
    """An index with its interval (normal approximation) and two-sided p against zero."""

    value: Interval
    p: float | None


@dataclass(frozen=True)
class Reclassification:
    """`new` against `old`; above zero the new model is better.

    Attributes
    ----------
    nri_category : Gain
        Crossing the cut-off in the right direction minus in the wrong one, 2 categories; -2 to 2.
    nri_free : Gain
        Any move in the right direction minus any in the wrong one; -2 to 2.
    idi : Gain
        Growth of the gap between mean probabilities of the classes; -1 to 1.
    """

    new: str
    old: str
    cutoff: float
    n: int
    n_positive: int
    nri_category: Gain
    nri_free: Gain
    idi: Gain


def reclassify(
    new: Floats, old: Floats, positive: Bools, names: tuple[str, str], cutoff: float = 0.5
) -> Reclassification:
    """Compare the probabilities of two models in patients who have both.

    Raises
    ------
    CohortError
        If fewer than two patients have, or lack, the feature.
    """
    both = np.isfinite(new) & np.isfinite(old)
    new, old, yes = new[both], old[both], positive[both]
    if min(int(yes.sum()), int((~yes).sum())) < 2:
        raise CohortError(
            "Reclassification needs two positive and two negative patients, found "
            f"{int(yes.sum())} and {int((~yes).sum())}."
        )
    crossed = (new >= cutoff).astype(float) - (old >= cutoff).astype(float)
    return Reclassification(
        *names,
        cutoff,
        int(yes.size),
        int(yes.sum()),
        nri_category=_gain(crossed[yes], crossed[~yes], ddof=0),
        nri_free=_gain(np.sign(new - old)[yes], np.sign(new - old)[~yes], ddof=0),
        idi=_gain((new - old)[yes], (new - old)[~yes], ddof=1),
    )


def _gain(up_positive: Floats, up_negative: Floats, ddof: int) -> Gain:
    """Mean move of positives minus mean move of negatives.

    For moves of -1, 0, 1 the variance with ddof 0 is that of a multinomial share,
    p(up) + p(down) - (p(up) - p(down))^2, divided by n.
    """
    value = float(up_positive.mean() - up_negative.mean())
    variance = (
        up_positive.var(ddof=ddof) / up_positive.size
        + up_negative.var(ddof=ddof) / up_negative.size
    )
    error = float(np.sqrt(variance))
    reason = "All patients of a class move alike: no confidence interval and no test exist."
    return Gain(normal_interval(value, error, reason), normal_p(value, error))
