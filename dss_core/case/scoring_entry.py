"""Scoring from Python: files of a case in, the record of its scores out.

The `score` command calls this very function and prints what it returns.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dss_core.bundles.bundle import Bundle, load_bundle
from dss_core.case.case_files import CaseFiles, CaseSeries, Files, ImageFiles, find_case
from dss_core.case.open_case import OpenedCase, open_case
from dss_core.case.report import as_json
from dss_core.case.score_case import score_case
from dss_core.errors import InputError
from dss_core.evaluation.recalibration import Weights
from dss_core.evaluation.recalibration_store import load
from dss_core.reading.volume_files import PetUnit
from dss_core.scoring.score import require_scoring


def score(
    *,
    ct: Files | str,
    pet: Files | str,
    roi: Files | str,
    roi_name: str | None = None,
    roi_number: int | None = None,
    weights: str = "demo",
    register: bool = False,
    pet_unit: str | None = None,
    ct_series: str | None = None,
    pet_series: str | None = None,
) -> dict[str, Any]:
    """EGFR-DLS and PDL1-DLS of a case, as the `score` command prints them.

    Parameters
    ----------
    ct, pet : path, or bytes of a file
        Folder, file or zip with a DICOM series, or a NIfTI, NRRD or MHA file.
    roi : path, or bytes of a file
        RTSTRUCT, DICOM SEG or mask.
    roi_name : str, optional
        Name of the region; by default the only one that speaks of a tumour.
    roi_number : int, optional
        Its ROINumber, SegmentNumber or label, where several have one name.
    weights : str
        Id of the weights.
    register : bool
        Bring a PET of another frame of reference onto the CT (rigid, mutual information).
    pet_unit : {"suvbw", "bqml"}, optional
        Unit of a PET in a NIfTI, NRRD or MHA file.
    ct_series, pet_series : str, optional
        SeriesInstanceUIDs, if several fit.

    Returns
    -------
    dict
        JSON values; lengths in mm, volumes in mL, SUV in g/mL, scores 0 to 1.

    Raises
    ------
    DssError
        If files or weights cannot be used: what was expected, what was found, what to do.

    Examples
    --------
    >>> score(ct="no-such-folder", pet="pet", roi="rtstruct.dcm")
    Traceback (most recent call last):
    dss_core.errors.InputError: no-such-folder does not exist; name a folder, a file or a zip ...
    """
    bundle = scoring_weights(weights)
    images = ImageFiles(_files(ct), _files(pet), ct_series, pet_series, _unit(pet_unit), register)
    return score_series(
        find_case(CaseFiles(images, _files(roi), roi_name, roi_number)), bundle
    ).result


@dataclass(frozen=True)
class ScoredFiles:
    """What was opened, and its scores as the `score` command prints them."""

    opened: OpenedCase
    result: dict[str, Any]


def scoring_weights(name: str) -> Bundle:
    """Weights that can score.

    Raises
    ------
    WeightsError
        If there are none of this id, or they cannot score.
    """
    bundle = load_bundle(name)
    require_scoring(bundle)
    return bundle


def score_series(series: CaseSeries, bundle: Bundle) -> ScoredFiles:
    """The scores of a case whose series and regions were found.

    Raises
    ------
    DssError
        As `score`.
    """
    case = open_case(series)
    known = Weights(bundle.id, bundle.sha256)
    stored = {task: found for task in bundle.models if (found := load(known, task))}
    return ScoredFiles(case, as_json(score_case(case.images, case.region, bundle).result, stored))


def _files(given: Files | str) -> Files:
    return Path(given) if isinstance(given, str) else given


def _unit(given: str | None) -> PetUnit | None:
    if given is None:
        return None
    if given not in list(PetUnit):
        raise InputError(
            f"The unit of the PET is {given!r}; {' or '.join(PetUnit)} was expected. Give one."
        )
    return PetUnit(given)
