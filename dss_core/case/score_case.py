"""Case scoring: from a region to scores with provenance, or to the reason for withholding.

The dashboard and the command line both go this way and no other; before it comes `open_case`.
"""

from dss_core.bundles.bundle import Bundle
from dss_core.case.case_result import (
    DEMO_WEIGHTS,
    AppliedRegistration,
    CaseResult,
    ScoredCase,
    ScoredImages,
    ScoredRegion,
    SuvOrigin,
    input_digest,
    versions,
)
from dss_core.case.open_case import Region
from dss_core.preprocessing.neighbourhood import neighbourhood, warnings_at_border
from dss_core.preprocessing.network_slices import network_slices, network_slices_under
from dss_core.preprocessing.tensor import as_network_input, squares, surroundings
from dss_core.progress import Clock, ProgressCallback, StepName, no_progress
from dss_core.records import CaseWarning, RegionImages, TaskScore
from dss_core.regions.interval_outlines import REACH_VOXELS, other_outlines
from dss_core.regions.measures import measure_region
from dss_core.regions.region_checks import check_region
from dss_core.regions.suv_statistics import suv_statistics
from dss_core.scoring.lung_check import lung_check
from dss_core.scoring.ood_check import OodCheck, ood_check
from dss_core.scoring.score import score_patient
from dss_core.settings import AdjacentSlices, Preprocessing
from dss_core.spatial.alignment import AlignedImages
from dss_core.spatial.registration import Registration

OUTLINE_SLICES = 12
"""Slices scored under each other outline: as many of a patient as the training keeps."""


def score_case(
    images: AlignedImages, region: Region, bundle: Bundle, on_step: ProgressCallback = no_progress
) -> ScoredCase:
    """From region to score, or to the reason why there is none.

    Raises
    ------
    InputError, GeometryError
        If the region cannot be a tumour (see `check_region`) or has no PET voxel, or a slice has
        no contrast.
    """
    clock = Clock(on_step)
    statistics = suv_statistics(images.pet, region.roi)
    measures = measure_region(region.roi, images.ct, images.pet)
    ranges = bundle.card.training_ranges
    checked = check_region(region.roi, measures, images.ct, images.pet, ranges)
    settings = bundle.preprocessing
    made, shown = _made(images, region, settings, bundle.adjacent_slices)
    tensor, around = made.tensor, made.around
    clock.done(StepName.TENSOR, f"{len(tensor.z_mm)} slices of 1 mm")
    no_lung = lung_check(region.roi, images.ct, bundle.models)
    familiar = OodCheck((), no_lung) if no_lung else ood_check(shown, bundle)
    scores: tuple[TaskScore, ...] = ()
    if familiar.withheld is None:
        outlines = [
            network_slices_under(mask, around, settings, bundle.adjacent_slices, OUTLINE_SLICES)
            for mask in other_outlines(around.mask_zyx)
        ]
        scores = score_patient(tensor, bundle, outlines)
    told = ", ".join(f"{s.task} {s.dls:.2f}" for s in scores) or "withheld"
    clock.done(StepName.SCORE, told)
    target = neighbourhood(region.roi, settings.spacing_mm, settings.margin_mm)
    border = warnings_at_border(target, images.ct.grid, images.pet.grid)
    result = CaseResult(
        roi=ScoredRegion(region.roi.name, region.roi.method, region.roi.volume_ml),
        suv=statistics,
        suv_origin=SuvOrigin(images.suv.type, images.suv.rule, images.suv.reference_time),
        measures=measures,
        z_mm=tuple(tensor.z_mm.tolist()),
        side_mm=tuple(tensor.side_mm.tolist()),
        scores=scores,
        withheld=familiar.withheld,
        warnings=familiar.warnings
        + checked
        + border
        + region.warnings
        + images.warnings
        + _demo_caution(bundle),
        weights_id=bundle.id,
        weights_sha256=bundle.sha256,
        demo_weights=bundle.demo,
        preprocessing=settings,
        alignment=images.alignment,
        input_digest=input_digest(images, region.roi),
        registration=_applied(images.registration),
        versions=versions(),
    )
    return ScoredCase(made, result)


def scored_images(
    images: AlignedImages, region: Region, settings: Preprocessing, adjacent_slices: AdjacentSlices
) -> ScoredImages:
    """What a kept result was made from, made again; nothing is scored.

    Raises
    ------
    InputError, GeometryError
        If a slice has no contrast.
    """
    return _made(images, region, settings, adjacent_slices)[0]


def _made(
    images: AlignedImages, region: Region, settings: Preprocessing, adjacent_slices: AdjacentSlices
) -> tuple[ScoredImages, RegionImages]:
    """With the surroundings before normalisation, which are checked."""
    reach_mm = REACH_VOXELS * settings.spacing_mm
    around = surroundings(images.ct, images.pet, region.roi, settings, reach_mm)
    shown = squares(around, around.mask_zyx, settings)
    tensor = network_slices(as_network_input(shown), settings, adjacent_slices)
    return ScoredImages(images, region, tensor, around), shown


def _applied(found: Registration | None) -> AppliedRegistration | None:
    if found is None:
        return None
    return AppliedRegistration(
        tuple(tuple(row) for row in found.matrix.tolist()),
        found.shift_mm,
        found.rotation_deg,
        found.mi_before,
        found.mi_after,
        found.overlap,
    )


def _demo_caution(bundle: Bundle) -> tuple[CaseWarning, ...]:
    if not bundle.demo:
        return ()
    message = "Demo weights (simulated lesions only): do not interpret the scores clinically."
    return (CaseWarning(DEMO_WEIGHTS, message),)
