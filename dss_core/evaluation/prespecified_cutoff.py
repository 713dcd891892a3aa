"""Prespecified cut-off of a score: it belongs to the weights that made the score.

One rule for every page and command: the cut-off on the card of the scores' weights bundle, else
the published one.
"""

from dataclasses import dataclass

from dss_core.bundles.catalogue import list_bundles
from dss_core.cohort.releases import WEIGHTS_ID
from dss_core.errors import CohortError
from dss_core.records import Task
from dss_core.survival.strata import PUBLISHED_EGFR_CUTOFF, PUBLISHED_PDL1_CUTOFF

_PUBLISHED = {"egfr_dls": PUBLISHED_EGFR_CUTOFF, "pdl1_dls": PUBLISHED_PDL1_CUTOFF}
_TASKS = {"egfr_dls": Task.EGFR, "pdl1_dls": Task.PDL1}


@dataclass(frozen=True)
class PrespecifiedCutoff:
    """A cut-off fixed before anyone looked at these patients, and whose it is, in words."""

    value: float
    origin: str


def published_cutoff(score: str) -> PrespecifiedCutoff:
    """The published cut-off of a score column, `egfr_dls` or `pdl1_dls`.

    Raises
    ------
    CohortError
        If nothing is known of the score.
    """
    if score not in _PUBLISHED:
        raise CohortError(
            f"No cut-off is known for the score {score!r}. Give the cut-off that was prespecified "
            "for it, with --cutoff."
        )
    return PrespecifiedCutoff(_PUBLISHED[score], "published")


def prespecified_cutoff(score: str, weights_ids: tuple[str, ...]) -> PrespecifiedCutoff:
    """The cut-off of a score made by these weights, as the cohort names them; reads cards.

    Raises
    ------
    CohortError
        See `published_cutoff`.
    """
    published = published_cutoff(score)
    for bundle in list_bundles() if len(weights_ids) == 1 else ():
        for task in bundle.tasks if bundle.id == weights_ids[0] else ():
            if task.task is _TASKS[score]:
                return PrespecifiedCutoff(task.cutoff, f"of the weights {bundle.id}")
    if weights_ids in ((), (WEIGHTS_ID,)):
        return published
    whose = f"published; that of the weights {', '.join(weights_ids)} is not known here"
    return PrespecifiedCutoff(published.value, whose)
