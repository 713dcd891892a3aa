"""The Kaplan-Meier figure: what is drawn strong and what faded."""

import numpy as np

from dss_core.statistics.follow_up import Sample
from dss_core.statistics.kaplan_meier import kaplan_meier
from dss_ui.past_patients.cohort_curves import Labels, kaplan_meier_figure


def faded_from(n: int) -> float:
    """First month of the faded line of `n` patients with an event each month, by Plotly's trace."""
    curve = kaplan_meier(Sample(np.arange(1.0, n + 1), np.ones(n, dtype=bool)))
    figure = kaplan_meier_figure([curve], Labels("months", "survival", ""))
    return float(next(t.x[0] for t in figure.data if t.opacity == 0.35))


def test_a_line_fades_as_soon_as_fewer_than_ten_remain() -> None:
    # of 12, nine remain after the third event, at month 3; four are too few from the start
    assert faded_from(12) == 3.0
    assert faded_from(4) == 0.0
