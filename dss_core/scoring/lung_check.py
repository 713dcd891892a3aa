"""Lung check of a case: no score where the CT shows no lung in or around the region.

A check of the images alone: whatever the weights were trained on, a score is of a tumour of the
lung. The limit lies below what a node in the middle of the mediastinum has around it and is as
little as the measurement can see; what it costs: docs/uncertainty.md.
"""

from collections.abc import Iterable

from dss_core.records import Roi, Task, Volume, Withheld
from dss_core.regions.lung_around import REACH_MM, aerated_lung_ml

NO_LUNG = "no_lung"
LEAST_LUNG_ML = 1.0


def lung_check(roi: Roi, ct: Volume, tasks: Iterable[Task]) -> Withheld | None:
    """Why there is no score for these tasks, if there is no lung around the region."""
    found_ml = aerated_lung_ml(roi, ct)
    if found_ml >= LEAST_LUNG_ML:
        return None
    reason = (
        f"Score withheld: no lung in or around the region ({found_ml:.2f} mL of aerated lung "
        f"within {REACH_MM:g} mm, limit {LEAST_LUNG_ML:g} mL). Scores are for lung tumours only. "
        "Check the region, and that the CT shows the lung around it."
    )
    return Withheld(tuple(tasks), NO_LUNG, reason)
