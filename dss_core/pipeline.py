"""The way of a case: read, SUV, align, region, tensor, score; each step told as it ends.

The dashboard and the command line both go this way and no other.
"""

import hashlib
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version

from dss_core import __version__
from dss_core.errors import InputError
from dss_core.preprocessing.alignment import check_alignment
from dss_core.preprocessing.contours import Contours, choose_contours, read_contours
from dss_core.preprocessing.dicom import Inventory, Series
from dss_core.preprocessing.masks import rasterise
from dss_core.preprocessing.region import cautions_at_border, neighbourhood, suv_statistics
from dss_core.preprocessing.sources import Source
from dss_core.preprocessing.suv import Pet, read_pet
from dss_core.preprocessing.tensor import network_input
from dss_core.preprocessing.volume import digest_of, read_ct
from dss_core.records import Caution, NetworkInput, Roi, SuvRecord, SuvStatistics, TaskScore, Volume
from dss_core.scoring.score import score_patient
from dss_core.scoring.weights import Bundle
from dss_core.settings import Preprocessing


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
        Name of the transform between them.
    cautions : tuple of Caution
    """

    ct: Volume
    pet: Volume
    suv: SuvRecord
    alignment: str
    cautions: tuple[Caution, ...]


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
    input_digest : str
        SHA-256 over CT, PET and region: same digest, same input.
    """

    roi: Roi
    suv: SuvStatistics
    suv_record: SuvRecord
    tensor: NetworkInput
    scores: tuple[TaskScore, ...]
    cautions: tuple[Caution, ...]
    weights_id: str
    weights_sha256: str
    demo_weights: bool
    preprocessing: Preprocessing
    alignment: str
    input_digest: str


def silent(step: Step) -> None:
    """A listener that tells nobody."""


def propose_series(inventory: Inventory, modality: str) -> Series:
    """The obvious series of a modality: the one with most slices.

    Parameters
    ----------
    inventory : Inventory
    modality : {"CT", "PT"}

    Raises
    ------
    InputError
        If there is none, naming what was found instead.
    """
    found = inventory.of_modality(modality)
    if not found:
        name = {"CT": "CT", "PT": "PET"}[modality]
        raise InputError(
            f"The {name} is missing: a DICOM series of Modality {modality} was expected, found "
            f"{inventory.describe()}. Add the {name} series."
        )
    if modality == "PT":
        corrected = [s for s in found if "ATTN" in str(s.first.get("CorrectedImage") or "")]
        return (corrected or list(found))[0]
    return found[0]


def load_images(ct: Series, pet: Series, tell: Listener = silent) -> Images:
    """Read CT and PET, make SUV and check that they lie in one space.

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
    ct_volume, ct_cautions = read_ct(ct)
    clock.done(StepName.READ, f"{len(ct.slices)} CT and {len(pet.slices)} PET images")
    converted: Pet = read_pet(pet)
    clock.done(StepName.SUV, f"SUVbw by rule {converted.record.rule}")
    alignment = check_alignment(ct_volume.grid, converted.volume.grid)
    clock.done(StepName.ALIGN, "same frame of reference, no shift needed")
    return Images(
        ct_volume,
        converted.volume,
        converted.record,
        alignment,
        ct_cautions + converted.record.cautions,
    )


def read_regions(sources: Sequence[Source]) -> tuple[Contours, ...]:
    """The regions of all structure sets of a case.

    Raises
    ------
    InputError
        If there is no structure set, or one cannot be read.
    """
    if not sources:
        raise InputError(
            "No region was given: an RTSTRUCT with the tumour's contours was expected. Add it to "
            "the files."
        )
    return tuple(region for source in sources for region in read_contours(source))


def take_region(
    regions: tuple[Contours, ...], name: str | None, images: Images, tell: Listener = silent
) -> Region:
    """The named region, or the most tumour-like, on the CT grid.

    Raises
    ------
    InputError, GeometryError
        If it does not exist, is empty or does not meet the CT.
    """
    clock = _Clock(tell)
    chosen, choice_cautions = choose_contours(regions, name)
    roi, mask_cautions = rasterise(chosen, images.ct.grid)
    clock.done(StepName.REGION, f"{roi.name}, {roi.volume_ml:.1f} mL")
    return Region(roi, choice_cautions + mask_cautions)


def make_tensor(images: Images, roi: Roi, settings: Preprocessing) -> NetworkInput:
    """What the network will see of this region."""
    return network_input(images.ct, images.pet, roi, settings)


def score_case(
    images: Images, region: Region, bundle: Bundle, tell: Listener = silent
) -> CaseResult:
    """From region to score.

    Raises
    ------
    InputError, GeometryError
        If the region has no PET voxel, or a slice has no contrast.
    """
    clock = _Clock(tell)
    statistics = suv_statistics(images.pet, region.roi)
    tensor = make_tensor(images, region.roi, bundle.preprocessing)
    clock.done(StepName.TENSOR, f"{len(tensor.z_mm)} slices of 1 mm")
    scores = score_patient(tensor, bundle)
    clock.done(StepName.SCORE, ", ".join(f"{s.task} {s.dls:.2f}" for s in scores))
    target = neighbourhood(
        region.roi, bundle.preprocessing.spacing_mm, bundle.preprocessing.margin_mm
    )
    border = cautions_at_border(target, images.ct.grid, images.pet.grid)
    return CaseResult(
        roi=region.roi,
        suv=statistics,
        suv_record=images.suv,
        tensor=tensor,
        scores=scores,
        cautions=images.cautions + region.cautions + border + _demo_caution(bundle),
        weights_id=bundle.id,
        weights_sha256=bundle.sha256,
        demo_weights=bundle.demo,
        preprocessing=bundle.preprocessing,
        alignment=images.alignment,
        input_digest=input_digest(images, region.roi),
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


class _Clock:
    """Tells each step with the time since the one before."""

    def __init__(self, tell: Listener) -> None:
        self._tell = tell
        self._last = time.perf_counter()

    def done(self, name: StepName, detail: str) -> None:
        now = time.perf_counter()
        self._tell(Step(name, detail, now - self._last))
        self._last = now
