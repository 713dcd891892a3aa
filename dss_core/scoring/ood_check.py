"""Out-of-distribution check of a case: score, warn or withhold."""

from dataclasses import dataclass

from dss_core.bundles.bundle import Bundle
from dss_core.bundles.ood_reference import OodResult, ood_distance
from dss_core.records import CaseWarning, RegionImages, Withheld

UNUSUAL_IMAGES = "unusual_images"


@dataclass(frozen=True)
class OodCheck:
    """Cautions for the reader, and why no score is given, if so."""

    warnings: tuple[CaseWarning, ...]
    withheld: Withheld | None


def ood_check(images: RegionImages, bundle: Bundle) -> OodCheck:
    """Compare a case with the training images of the bundle."""
    if bundle.reference is None:
        message = (
            f"Out-of-distribution check not available for weights {bundle.id!r}: no training "
            "reference stored. Review the images."
        )
        return OodCheck((CaseWarning("novelty_unknown", message),), None)
    found = ood_distance(images, bundle.reference, bundle.preprocessing)
    if found.result is OodResult.USUAL:
        return OodCheck((), None)
    why = (
        "; ".join(found.reasons)
        or "each value is within its usual range, but their combination is not"
    )
    known = bundle.reference.compared_with
    if found.result is OodResult.UNUSUAL:
        message = (
            f"Images unlike the training data (distance {found.distance:.1f}, limit "
            f"{bundle.reference.warn:.1f}): the score may be unreliable. Compared with {known}. "
            f"Differs in: {why}."
        )
        return OodCheck((CaseWarning(UNUSUAL_IMAGES, message),), None)
    reason = (
        f"Score withheld: images too unlike the training data (distance {found.distance:.1f}, "
        f"limit {bundle.reference.stop:.1f}). Compared with {known}. Differs in: {why}. Check "
        "series, PET unit and region."
    )
    return OodCheck((), Withheld(tuple(bundle.models), "images_unlike_training", reason))
