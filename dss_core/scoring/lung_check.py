"""Lung check of a case: networks say nothing of a region with no lung in or around it.

Every computation of the networks on the region of a case asks here: a score is withheld
(`lung_check`), everything else is refused (`require_lung`). A check of the images alone: whatever
the weights were trained on, a score is of a tumour of the lung. The limit lies below what a node in
the middle of the mediastinum has around it and is as little as the measurement can see; what it
costs: docs/uncertainty.md.
"""

from collections.abc import Iterable

from dss_core.errors import InputError
from dss_core.records import Roi, Task, Volume, Withheld
from dss_core.regions.lung_around import REACH_MM, aerated_lung_ml

NO_LUNG = "no_lung"
LEAST_LUNG_ML = 1.0


def lung_check(roi: Roi, ct: Volume, tasks: Iterable[Task]) -> Withheld | None:
    """Why there is no score for these tasks, if there is no lung around the region."""
    found = _no_lung(roi, ct)
    return Withheld(tuple(tasks), NO_LUNG, f"Score withheld: {found}") if found else None


def require_lung(roi: Roi, ct: Volume) -> None:
    """The same for what is no score and has no place for a reason: maps, features, slices.

    Raises
    ------
    InputError
        If there is no lung around the region.
    """
    if found := _no_lung(roi, ct):
        raise InputError(f"There is {found}")


def _no_lung(roi: Roi, ct: Volume) -> str:
    """What was found, expected and to be done; empty where there is lung."""
    found_ml = aerated_lung_ml(roi, ct)
    if found_ml >= LEAST_LUNG_ML:
        return ""
    return (
        f"no lung in or around the region ({found_ml:.2f} mL of aerated lung within "
        f"{REACH_MM:g} mm, limit {LEAST_LUNG_ML:g} mL). Scores are for lung tumours only. "
        "Check the region, and that the CT shows the lung around it."
    )
