"""What the comparison with the training images means for a case: score, warn or withhold."""

from dataclasses import dataclass

from dss_core.bundles.bundle import Bundle
from dss_core.bundles.ood_reference import OodResult, novelty
from dss_core.records import CaseWarning, RegionImages, Withheld

UNUSUAL_IMAGES = "unusual_images"


@dataclass(frozen=True)
class OodCheck:
    """Cautions for the reader, and why no score is given, if so."""

    warnings: tuple[CaseWarning, ...]
    withheld: Withheld | None


def ood_check(images: RegionImages, bundle: Bundle) -> OodCheck:
    """Compare a case with what the bundle's networks know."""
    if bundle.reference is None:
        message = (
            "Whether the images are like those the networks were trained on could not be checked: "
            f"the weights {bundle.id!r} bring no training images to compare."
        )
        return OodCheck((CaseWarning("novelty_unknown", message),), None)
    found = novelty(images, bundle.reference, bundle.preprocessing)
    if found.verdict is OodResult.USUAL:
        return OodCheck((), None)
    why = "; ".join(found.reasons) or "each number alone is usual, together they are not"
    known = bundle.reference.compared_with
    if found.verdict is OodResult.UNUSUAL:
        message = (
            f"The images around the region are unlike those of {known} (distance "
            f"{found.distance:.1f}, usual up to {bundle.reference.warn:.1f}). Read the score with "
            f"more care. Why: {why}."
        )
        return OodCheck((CaseWarning(UNUSUAL_IMAGES, message),), None)
    reason = (
        f"The images around the region are too different from those of {known} for a score "
        f"(distance {found.distance:.1f}, scored up to {bundle.reference.stop:.1f}). Why: {why}. "
        "Check the series, the PET's unit and that the region lies on a lung tumour."
    )
    return OodCheck((), Withheld(tuple(bundle.models), "images_unlike_training", reason))
