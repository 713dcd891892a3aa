"""Key pictures of a case: CT, PET, fusion of one slice, and the PET projection that locates it."""

from dataclasses import dataclass

import numpy as np

from dss_core.case.record import KeyPicture
from dss_core.pictures.axial_views import Field, axial, field_of_view
from dss_core.pictures.image_rendering import SUV_TOP, WINDOW, WINDOWS, Window
from dss_core.pictures.panel import Panel, as_png, draw
from dss_core.pictures.pet_mip import pet_mip
from dss_core.records import Roi
from dss_core.spatial.alignment import AlignedImages

SIZE_PX = 384
MAP = "attention"
"""Name of the picture that belongs to the weights as well as to the images."""


@dataclass(frozen=True)
class PictureChoice:
    """What a presenter chooses of the pictures.

    Attributes
    ----------
    z_mm : float
        World z of the axial slice.
    window : Window
        Of the CT.
    suv_top : float
        SUVbw (g/mL) at the end of the PET scale.
    """

    z_mm: float
    window: Window = WINDOW
    suv_top: float = SUV_TOP


def largest_slice_mm(roi: Roi) -> float:
    """World z of the image slice with the largest cross-section of the region."""
    index = int(np.argmax(roi.mask_zyx.sum(axis=(1, 2))))
    rows, columns = np.nonzero(roi.mask_zyx[index])
    middle = np.array([[columns.mean(), rows.mean(), index]])
    return float(roi.grid.to_world(middle)[0, 2])


def key_pictures(
    images: AlignedImages, roi: Roi, choice: PictureChoice | None = None, size_px: int = SIZE_PX
) -> tuple[KeyPicture, ...]:
    """CT, PET and fusion around the tumour and the PET projection, with alternative texts.

    Parameters
    ----------
    choice : PictureChoice, optional
        By default the slice with the largest cross-section, in the lung window.
    size_px : int
        Width of each picture.
    """
    choice = choice or PictureChoice(largest_slice_mm(roi))
    plane = field_of_view(roi, Field.CLOSE, choice.z_mm, size_px)
    shown = axial(images, roi, plane, choice.window, choice.suv_top)
    setting, side_mm = WINDOWS[choice.window], plane.spacing_mm[0] * size_px
    window = f"W {setting.width_hu:g}, L {setting.level_hu:g} HU"
    top = f"SUV 0 to {choice.suv_top:g}"

    def picture(name: str, panel: Panel, what: str, seen: str) -> KeyPicture:
        caption = f"{what}, axial slice at z {choice.z_mm:.1f} mm. Blue: tumour region."
        alt = (
            f"{seen} of the {side_mm:.0f} mm around the tumour, seen from the feet, "
            "with the tumour region outlined in blue."
        )
        return KeyPicture(name, caption.replace("-", "−"), alt, as_png(draw(panel, size_px)))

    mip = KeyPicture(
        "mip",
        f"PET MIP, coronal, {top}. Line: slice at z {choice.z_mm:.1f} mm.".replace("-", "−"),
        "Coronal maximum intensity projection of the PET, seen from the front, high uptake dark, "
        "with a line at the level of the axial slice and the tumour region outlined in blue.",
        as_png(draw(pet_mip(images, roi, choice.z_mm, choice.suv_top), size_px)),
    )
    return (
        picture("ct", shown.ct, f"CT, {window}", "Grey CT slice"),
        picture("pet", shown.pet, f"PET, {top}", "PET slice, high uptake dark,"),
        picture(
            "fusion",
            shown.fusion,
            f"PET ({top}) in colour over CT",
            "Slice with PET in colour over grey CT,",
        ),
        mip,
    )
