"""The cohort that belongs to weights: past patients whose scores these very weights made."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dss_core.bundles.bundle_folders import bundle_folders
from dss_core.cohort.cohort_table import Cohort, as_text, load
from dss_core.cohort.release_location import Release, remembered_clone
from dss_core.cohort.releases import WEIGHTS_ID, read_release
from dss_core.errors import DssError
from dss_core.storage import reading

COHORT = "cohort.csv"
"""Beside the networks of a bundle, as `cohort generate` writes it."""
_SYNTHETIC = "SYN"
"""How every cohort name of the simulation begins."""


@dataclass(frozen=True)
class KnownCohort:
    """A cohort with the digest that tells it from others.

    Attributes
    ----------
    digest : str
        SHA-256 of the file, or of the table as CSV where it was made of several files.
    """

    cohort: Cohort
    digest: str


def cohort_of_weights(weights_id: str) -> KnownCohort | None:
    """The cohort of these weights, None where none is known on this installation.

    Raises
    ------
    CohortError
        If the table beside the weights cannot be used.
    StorageError
    """
    folder = bundle_folders().get(weights_id)
    if folder is not None and (folder / COHORT).is_file():
        found = read_cohort(folder / COHORT)
        return found if found.cohort.weights_ids == (weights_id,) else None
    clone = remembered_clone() if weights_id == WEIGHTS_ID else None
    if clone is None:
        return None
    try:
        cohort = read_release(clone, Release.LUNGEGFR).cohort
    except DssError:
        return None  # the clone has changed; the Past patients page says how
    return KnownCohort(cohort, hashlib.sha256(as_text(cohort).encode()).hexdigest())


def read_cohort(path: Path) -> KnownCohort:
    """A cohort table, read once for each content of the file.

    Raises
    ------
    CohortError
        If it is not a cohort table.
    StorageError
    """
    with reading(path):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return KnownCohort(_read(path, digest), digest)


@lru_cache(maxsize=4)
def _read(path: Path, digest: str) -> Cohort:
    cohort = load(path)
    names = cohort.table["cohort"].dropna()
    if not len(names) or not bool(names.str.startswith(_SYNTHETIC).all()):
        return cohort
    return Cohort(
        cohort.table,
        "Synthetic demo cohort",
        "Simulated after the published summary figures (Mu et al., Nat Commun 2020;11:5228). "
        "No real patients.",
        synthetic=True,
    )
