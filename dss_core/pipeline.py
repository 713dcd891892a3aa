"""The way of a case: read, SUV, align, region, tensor, score; each step told as it ends.

The dashboard and the command line both go this way and no other.
"""

import hashlib
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.metadata import version

from dss_core import __version__
from dss_core.errors import InputError
from dss_core.preprocessing.alignment import check_alignment
from dss_core.preprocessing.dicom import Inventory, Progress
from dss_core.preprocessing.other_outlines import REACH_VOXELS, other_outlines
from dss_core.preprocessing.region import cautions_at_border, neighbourhood, suv_statistics
from dss_core.preprocessing.region_files import (
    AnyRegion,
    choose_region,
    on_image,
    read_region_file,
)
from dss_core.preprocessing.registration import (
    Registration,
    apply_registration,
    propose_registration,
)
from dss_core.preprocessing.resample import resample_mask
from dss_core.preprocessing.seen import seen, seen_under
from dss_core.preprocessing.series_choice import Image, choose_series
from dss_core.preprocessing.sources import Source
from dss_core.preprocessing.suv import Pet, read_pet
from dss_core.preprocessing.tensor import as_network_input, network_input, squares, surroundings
from dss_core.preprocessing.volume import digest_of, read_ct
from dss_core.preprocessing.volume_files import PetUnit
from dss_core.records import (
    Caution,
    NetworkInput,
    Roi,
    SuvRecord,
    SuvStatistics,
    TaskScore,
    Volume,
    Withheld,
)
from dss_core.regions.checks import check_region
from dss_core.regions.measures import RegionMeasures, measure_region
from dss_core.scoring.familiarity import familiarity
from dss_core.scoring.score import score_patient
from dss_core.scoring.weights import Bundle
from dss_core.settings import Preprocessing, TrainingRanges
from dss_core.slice_stack import SliceStack


class StepName(StrEnum):
    """The steps of a case, in order."""

    READ = "read"
    SUV = "suv"
    ALIGN = "align"
    REGION = "region"
    TENSOR = "tensor"
    SCORE = "score"


@dataclass(frozen=True)
class Step:
    """One finished step: what came out in a few words, and how long it took."""

    name: StepName
    detail: str
    seconds: float


OUTLINE_SLICES = 12
"""Slices scored under each other outline: as many of a patient as the training keeps."""

Listener = Callable[[Step], None]


@dataclass(frozen=True)
class Images:
    """The images of a case, in one space.

    Attributes
    ----------
    ct : Volume
        HU.
    pet : Volume
        SUVbw on its own grid.
    suv : SuvRecord
    alignment : str
        Name of the transform between them: "identity" or "rigid"; "unaligned" until it is known.
    cautions : tuple of Caution
    registration : Registration or None
        What moved the PET, None for the identity.
    """

    ct: Volume
    pet: Volume
    suv: SuvRecord
    alignment: str
    cautions: tuple[Caution, ...]
    registration: Registration | None = None

    @property
    def share_space(self) -> bool:
        """True when CT and PET are in one frame of reference, or one of them names none."""
        return self.ct.grid.same_space(self.pet.grid)


@dataclass(frozen=True)
class Region:
    """The tumour on the CT grid."""

    roi: Roi
    cautions: tuple[Caution, ...]


@dataclass(frozen=True)
class CaseResult:
    """Everything a case gave, with what produced it.

    Attributes
    ----------
    suv : SuvStatistics
        Over the region, on the PET grid.
    measures : RegionMeasures
        Size and uptake of the region.
    scores : tuple of TaskScore
        Empty when withheld.
    withheld : Withheld or None
        Why there is no score, None where there is one.
    input_digest : str
        SHA-256 over CT, PET and region: same digest, same input.
    """

    roi: Roi
    suv: SuvStatistics
    measures: RegionMeasures
    suv_record: SuvRecord
    tensor: NetworkInput
    scores: tuple[TaskScore, ...]
    withheld: Withheld | None
    cautions: tuple[Caution, ...]
    weights_id: str
    weights_sha256: str
    demo_weights: bool
    preprocessing: Preprocessing
    alignment: str
    input_digest: str
    registration: Registration | None = None


def silent(step: Step) -> None:
    """A listener that tells nobody."""


def propose_series(
    inventory: Inventory,
    modality: str,
    uid: str | None = None,
    pet_unit: PetUnit | None = None,
    beside: Inventory | None = None,
) -> Image:
    """The series with this UID, or the obvious one of its modality.

    Parameters
    ----------
    inventory : Inventory
    modality : {"CT", "PT"}
    uid : str, optional
        SeriesInstanceUID.
    pet_unit : PetUnit, optional
        Unit of a PET in a NIfTI, NRRD or MHA file.
    beside : Inventory, optional
        Where the other modality is, if it was given apart.

    Raises
    ------
    InputError
        If there is none, naming what was found instead, or the files are of several patients.
    """
    others = beside.series if beside is not None else ()
    return choose_series(inventory, modality, uid, pet_unit, others)


def load_images(
    ct: Image,
    pet: Image,
    tell: Listener = silent,
    *,
    register: bool = False,
    progress: Progress | None = None,
) -> Images:
    """`read_images`, then `align_images` or a registration that nobody is asked about.

    Parameters
    ----------
    ct, pet : Series or FileImage
    tell : Listener
    register : bool
        Align a PET of another frame of reference with the CT by mutual information; without
        it such a PET is refused.
    progress : callable, optional
        Called with (slices read, slices in all) of each image in turn.

    Raises
    ------
    InputError, GeometryError
        With the tag, the value and the remedy.
    """
    images = read_images(ct, pet, tell, progress)
    if register and not images.share_space:
        clock = _Clock(tell)
        images = register_images(images, propose_registration(images.ct, images.pet))
        clock.done(StepName.ALIGN, images.cautions[-1].message)
        return images
    return align_images(images, tell)


def read_images(
    ct: Image, pet: Image, tell: Listener = silent, progress: Progress | None = None
) -> Images:
    """CT in HU and PET in SUVbw as they lie; whether they lie in one space is not yet asked.

    Raises
    ------
    InputError, GeometryError
        With the tag, the value and the remedy.
    """
    if ct.patient_key and pet.patient_key and ct.patient_key != pet.patient_key:
        raise InputError(
            "CT and PET have different PatientID (0010,0020); they must be of one patient. "
            "Choose series of the same patient."
        )
    clock = _Clock(tell)
    ct_volume, ct_cautions = read_ct(ct, progress)
    clock.done(StepName.READ, f"CT {_size(ct_volume)}")
    converted: Pet = read_pet(pet, progress)
    clock.done(StepName.SUV, f"PET {_size(converted.volume)}, SUVbw by {converted.record.rule}")
    cautions = ct_cautions + converted.record.cautions
    if ct.study_uid and pet.study_uid and ct.study_uid != pet.study_uid:
        message = "CT and PET are of different studies (StudyInstanceUID (0020,000D))."
        cautions += (Caution("different_studies", message),)
    return Images(ct_volume, converted.volume, converted.record, "unaligned", cautions)


def align_images(images: Images, tell: Listener = silent) -> Images:
    """The images as they lie, where that is right.

    Raises
    ------
    GeometryError
        If their frames of reference differ, or they do not overlap.
    """
    clock = _Clock(tell)
    alignment, cautions = check_alignment(images.ct.grid, images.pet.grid)
    clock.done(StepName.ALIGN, "same frame of reference, no shift needed")
    return replace(images, alignment=alignment, cautions=images.cautions + cautions)


def register_images(images: Images, registration: Registration) -> Images:
    """The images with the PET moved by a registration that the user has agreed to.

    Raises
    ------
    GeometryError
        If the registration is for another PET.
    """
    message = (
        f"The PET was aligned with the CT by mutual information: shift "
        f"{registration.shift_mm:.1f} mm, rotation {registration.rotation_deg:.1f} degrees, "
        f"information {registration.mi_before:.3f} before and {registration.mi_after:.3f} after. "
        "Breathing moves the lung base; check it there."
    )
    return replace(
        images,
        pet=apply_registration(images.pet, registration),
        alignment="rigid",
        cautions=(*images.cautions, Caution("registered", message)),
        registration=registration,
    )


def read_regions(sources: Sequence[Source]) -> tuple[AnyRegion, ...]:
    """The regions of all region files of a case: RTSTRUCT, DICOM SEG, NIfTI, NRRD, MHA masks.

    Raises
    ------
    InputError, GeometryError
        If there is no such file, or one cannot be read.
    """
    if not sources:
        raise InputError(
            "No region was given: an RTSTRUCT, DICOM SEG or mask volume with the tumour was "
            "expected. Add it to the files."
        )
    return tuple(region for source in sources for region in read_region_file(source))


def take_region(
    regions: Sequence[AnyRegion], name: str | None, images: Images, tell: Listener = silent
) -> Region:
    """The named region, or the most tumour-like, on the CT grid.

    A region drawn in the frame of a PET that was registered moves with it.

    Raises
    ------
    InputError, GeometryError
        If it does not exist, is empty or does not meet the CT.
    """
    clock = _Clock(tell)
    chosen, choice_cautions = choose_region(regions, name)
    moved, frame = images.registration, chosen.frame_of_reference
    if moved is not None and frame and frame == moved.pet_frame:
        roi, mask_cautions = on_image(chosen, moved.back(images.pet.grid))
        roi = resample_mask(replace(roi, grid=images.pet.grid), images.ct.grid)
    else:
        roi, mask_cautions = on_image(chosen, images.ct.grid)
    clock.done(StepName.REGION, f"{roi.name}, {roi.volume_ml:.1f} mL")
    return Region(roi, choice_cautions + mask_cautions)


def make_tensor(
    images: Images, roi: Roi, settings: Preprocessing, stack: SliceStack
) -> NetworkInput:
    """What a network with this slice stack will see of this region."""
    return seen(network_input(images.ct, images.pet, roi, settings), settings, stack)


def score_case(
    images: Images, region: Region, bundle: Bundle, tell: Listener = silent
) -> CaseResult:
    """From region to score, or to the reason why there is none.

    Raises
    ------
    InputError, GeometryError
        If the region cannot be a tumour (see `check_region`) or has no PET voxel, or a slice has
        no contrast.
    """
    clock = _Clock(tell)
    statistics = suv_statistics(images.pet, region.roi)
    measures = measure_region(region.roi, images.ct, images.pet)
    ranges = TrainingRanges.from_card(bundle.card.get("training_ranges"))
    checked = check_region(region.roi, measures, images.ct, images.pet, ranges)
    settings = bundle.preprocessing
    reach_mm = REACH_VOXELS * settings.spacing_mm
    around = surroundings(images.ct, images.pet, region.roi, settings, reach_mm)
    shown = squares(around, around.mask_zyx, settings)
    tensor = seen(as_network_input(shown), settings, bundle.stack)
    clock.done(StepName.TENSOR, f"{len(tensor.z_mm)} slices of 1 mm")
    familiar = familiarity(shown, bundle)
    scores: tuple[TaskScore, ...] = ()
    if familiar.withheld is None:
        outlines = [
            seen_under(mask, around, settings, bundle.stack, OUTLINE_SLICES)
            for mask in other_outlines(around.mask_zyx)
        ]
        scores = score_patient(tensor, bundle, outlines)
    told = ", ".join(f"{s.task} {s.dls:.2f}" for s in scores) or "withheld"
    clock.done(StepName.SCORE, told)
    target = neighbourhood(region.roi, settings.spacing_mm, settings.margin_mm)
    border = cautions_at_border(target, images.ct.grid, images.pet.grid)
    return CaseResult(
        roi=region.roi,
        suv=statistics,
        measures=measures,
        suv_record=images.suv,
        tensor=tensor,
        scores=scores,
        withheld=familiar.withheld,
        cautions=images.cautions
        + region.cautions
        + checked
        + border
        + familiar.cautions
        + _demo_caution(bundle),
        weights_id=bundle.id,
        weights_sha256=bundle.sha256,
        demo_weights=bundle.demo,
        preprocessing=settings,
        alignment=images.alignment,
        input_digest=input_digest(images, region.roi),
        registration=images.registration,
    )


def input_digest(images: Images, roi: Roi) -> str:
    """SHA-256 over the digests of CT, PET and region."""
    parts = (images.ct.digest, images.pet.digest, digest_of(roi.mask_zyx, roi.grid, "mask"))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of everything that can change a number."""
    packages = ("torch", "numpy", "SimpleITK", "pydicom")
    return {
        "dss_core": __version__,
        "python": platform.python_version(),
        **{p: version(p) for p in packages},
    }


def _demo_caution(bundle: Bundle) -> tuple[Caution, ...]:
    if not bundle.demo:
        return ()
    message = (
        f"Weights {bundle.id!r} were trained on simulated lesions only; their scores say nothing "
        "about a patient."
    )
    return (Caution("demo_weights", message),)


def _size(volume: Volume) -> str:
    return " x ".join(str(n) for n in reversed(volume.grid.shape_zyx))


class _Clock:
    """Tells each step with the time since the one before."""

    def __init__(self, tell: Listener) -> None:
        self._tell = tell
        self._last = time.perf_counter()

    def done(self, name: StepName, detail: str) -> None:
        now = time.perf_counter()
        self._tell(Step(name, detail, now - self._last))
        self._last = now
