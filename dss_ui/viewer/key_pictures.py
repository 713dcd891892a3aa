"""Key pictures of a case: CT, PET and fusion of the slice with the largest tumour cross-section."""

from dataclasses import replace

import numpy as np

from dss_core.case.case_result import ScoredImages
from dss_core.case.record import KeyPicture
from dss_core.records import NetworkInput
from dss_ui.figures.image_rendering import SUV_TOP, WINDOW, WINDOWS
from dss_ui.figures.panel import Panel, as_png, draw
from dss_ui.session.state import Case
from dss_ui.viewer.axial_views import Field, axial, field_of_view

SIZE_PX = 384


def largest_slice(tensor: NetworkInput) -> int:
    """Index of the slice with the largest cross-section of the region."""
    return int(np.argmax(tensor.mask.sum(axis=(1, 2)) * tensor.side_mm**2))


def key_pictures(images: ScoredImages, size_px: int = SIZE_PX) -> tuple[KeyPicture, ...]:
    """CT, PET and fusion around the tumour, each with its caption and alternative text.

    Parameters
    ----------
    images : ScoredImages
    size_px : int
        Width of each picture.
    """
    tensor, roi = images.tensor, images.region.roi
    z_mm = float(tensor.z_mm[largest_slice(tensor)])
    plane = field_of_view(roi, Field.CLOSE, z_mm, size_px)
    shown, setting = axial(images.aligned, roi, plane, WINDOW), WINDOWS[WINDOW]
    side_mm = plane.spacing_mm[0] * size_px

    def picture(name: str, panel: Panel, what: str, seen: str) -> KeyPicture:
        caption = f"{what}, axial slice at z {z_mm:.0f} mm. Blue: tumour region."
        alt = (
            f"{seen} of the {side_mm:.0f} mm around the tumour, seen from the feet, "
            "with the tumour region outlined in blue."
        )
        return KeyPicture(name, caption.replace("-", "−"), alt, as_png(draw(panel, size_px)))

    window = f"W {setting.width_hu:g}, L {setting.level_hu:g} HU"
    return (
        picture("ct", shown.ct, f"CT, {window}", "Grey CT slice"),
        picture("pet", shown.pet, f"PET, SUV 0 to {SUV_TOP:g}", "PET slice, high uptake dark,"),
        picture(
            "fusion",
            shown.fusion,
            f"PET (SUV 0 to {SUV_TOP:g}) in colour over CT",
            "Slice with PET in colour over grey CT,",
        ),
    )


def with_pictures(case: Case) -> Case:
    """The case with its key pictures in its record."""
    pictures = key_pictures(case.images)
    return replace(case, record=case.record.model_copy(update={"pictures": pictures}))
