"""PET threshold: the component above a threshold that includes the click.

The region is the 3D component (voxels that share a face) of SUV at or above the threshold that
holds the click, within an optional box. The percentage tools take the SUVmax of that component
itself: the one value M for which the component at 41 % (50 %) of M has M as its own maximum, so
that a hotter organ elsewhere does not count, and a tumour that cannot be told from one is refused.

References
----------
Boellaard et al., Eur J Nucl Med Mol Imaging 42:328 (2015): 41 % and 50 % of SUVmax.
Wahl et al., J Nucl Med 50 Suppl 1:122S (2009); O et al., Radiology 280:576 (2016): PERCIST 1.0, a
lesion is measurable from 1.5 x liver mean + 2 SD on, in a 3 cm sphere of the right lobe. PERCIST
takes SUV by lean body mass; lean mass is one factor for a whole image, so the region is the same.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from dss_core.errors import GeometryError, InputError
from dss_core.geometry import Grid
from dss_core.records import CaseWarning, Quantity, Roi, Volume
from dss_core.regions.region_algorithm import PET_THRESHOLD

Point = tuple[float, float, float]
LONGEST_MM = 120.0
"""Longer than any tumour that is scored; what grows beyond it has run into other tissue."""
LIVER_RADIUS_MM = 15.0
LIVER_USUAL_SUV = (1.0, 4.0)


class PetTool(StrEnum):
    """How the threshold is found."""

    PERCENT_41 = "41%"
    PERCENT_50 = "50%"
    SUV_2_5 = "2.5"
    SUV_3_0 = "3.0"
    SUV_4_0 = "4.0"
    PERCIST = "percist"


_SHARES = {PetTool.PERCENT_41: 0.41, PetTool.PERCENT_50: 0.50}
_FIXED = {PetTool.SUV_2_5: 2.5, PetTool.SUV_3_0: 3.0, PetTool.SUV_4_0: 4.0}


@dataclass(frozen=True)
class Box:
    """Two opposite corners (x, y, z) in world mm, in any order; a voxel is in by its centre."""

    one_mm: Point
    other_mm: Point


@dataclass(frozen=True)
class LiverReference:
    """SUVbw (g/mL) in a 3 cm sphere that the user placed in the right lobe of the liver."""

    centre_mm: Point
    mean: float
    sd: float
    n_voxels: int
    warnings: tuple[CaseWarning, ...] = ()

    @property
    def threshold_suv(self) -> float:
        """PERCIST 1.0: 1.5 x mean + 2 SD."""
        return 1.5 * self.mean + 2.0 * self.sd


@dataclass(frozen=True)
class Delineation:
    """A region grown from a click.

    Attributes
    ----------
    roi : Roi
        On the PET's grid, with method and threshold; `resample_mask` brings it to the CT's.
    suv_max : float
        SUVbw (g/mL) of the region's hottest voxel.
    """

    roi: Roi
    tool: PetTool
    threshold_suv: float
    suv_max: float
    warnings: tuple[CaseWarning, ...] = ()


def liver_reference(pet: Volume, centre_mm: Point) -> LiverReference:
    """Mean and sample SD of SUV over the voxels whose centre lies in the 3 cm sphere.

    Raises
    ------
    GeometryError
        If the sphere leaves the PET, or holds fewer than two voxels or no uptake.
    """
    _check_suv(pet)
    part = _Part.around(pet, centre_mm, LIVER_RADIUS_MM)
    inside = part.values[np.linalg.norm(part.world_mm - centre_mm, axis=-1) <= LIVER_RADIUS_MM]
    ball = 4.0 / 3.0 * np.pi * LIVER_RADIUS_MM**3 / 1000.0
    if inside.size < 2 or inside.size * pet.grid.voxel_ml < 0.75 * ball or inside.mean() <= 0.0:
        raise GeometryError(
            "The 3 cm sphere for the liver reference is not inside the PET or has no uptake. "
            "Click in the middle of the right lobe of the liver."
        )
    mean, sd = float(inside.mean(dtype=np.float64)), float(inside.std(ddof=1, dtype=np.float64))
    warnings: tuple[CaseWarning, ...] = ()
    if not LIVER_USUAL_SUV[0] <= mean <= LIVER_USUAL_SUV[1]:
        message = (
            f"The liver reference has a mean SUV of {mean:.2f}; {LIVER_USUAL_SUV[0]:g} to "
            f"{LIVER_USUAL_SUV[1]:g} is usual. Check that the sphere lies in healthy liver."
        )
        warnings = (CaseWarning("unusual_liver", message),)
    return LiverReference(centre_mm, mean, sd, int(inside.size), warnings)


def delineate(
    pet: Volume,
    click_mm: Point,
    tool: PetTool,
    *,
    box: Box | None = None,
    liver: LiverReference | None = None,
    name: str = "PET region",
) -> Delineation:
    """The region around a click.

    Parameters
    ----------
    pet : Volume
        SUVbw.
    click_mm : (float, float, float)
        World x, y, z; the voxel it lies in counts.
    tool : PetTool
    box : Box, optional
        Nothing outside it is looked at.
    liver : LiverReference, optional
        Needed by PERCIST only.
    name : str
        Of the region.

    Raises
    ------
    InputError
        PERCIST without a liver reference; the click is below the threshold; the region runs
        into other tissue.
    GeometryError
        The click is outside the PET or the box.
    """
    _check_suv(pet)
    part = _Part.around(pet, click_mm, LONGEST_MM + 2.0 * max(pet.grid.spacing_mm), box)
    if tool in _SHARES:
        threshold = _SHARES[tool] * part.own_maximum(_SHARES[tool], tool)
        inside = part.component(threshold)
        found_by = f"{100.0 * _SHARES[tool]:.0f} % of SUVmax"
    else:
        threshold, found_by = _absolute(tool, liver)
        inside = part.component(threshold)
    if inside is None:
        raise InputError(
            f"The PET has SUV {part.at_click:.2f} under the click, below the threshold "
            f"{threshold:.2f} ({found_by}). Click on the tumour, or lower the threshold."
        )
    if part.longest_mm(inside) > LONGEST_MM:
        raise InputError(
            f"Segmentation at SUV {threshold:.2f} ({found_by}) leaks into adjacent tissue (over "
            f"{LONGEST_MM:.0f} mm). Add a bounding box or raise the threshold."
        )
    suv_max = float(part.values[inside].max())
    mask = np.zeros(pet.grid.shape_zyx, dtype=np.bool_)
    mask[part.where] = inside
    of_what = f"{found_by} {suv_max:.2f}" if tool in _SHARES else found_by
    method = (
        f"{PET_THRESHOLD}, {of_what}: SUVbw at least {threshold:.2f} g/mL, 3D component of the "
        f"click{', within a bounding box' if box else ''}"
    )
    roi = Roi(name, mask, pet.grid, method, threshold)
    return Delineation(roi, tool, threshold, suv_max, liver.warnings if liver else ())


def _absolute(tool: PetTool, liver: LiverReference | None) -> tuple[float, str]:
    """A threshold that does not depend on the lesion, and where it comes from."""
    if tool is not PetTool.PERCIST:
        return _FIXED[tool], "fixed"
    if liver is None:
        raise InputError(
            "The PERCIST threshold needs a liver reference, none was given. Click in the middle "
            "of the right lobe of the liver first."
        )
    return liver.threshold_suv, f"PERCIST, 1.5 x liver {liver.mean:.2f} + 2 SD {liver.sd:.2f}"


def _check_suv(pet: Volume) -> None:
    if pet.quantity is not Quantity.SUVBW:
        raise InputError(f"SUVbw was expected, the PET contains {pet.quantity}; convert it first.")


@dataclass(frozen=True)
class _Part:
    """The part of the PET that is looked at; `values` is -inf where the box excludes it."""

    values: NDArray[np.float32]
    where: tuple[slice, slice, slice]
    click: tuple[int, int, int]
    grid: Grid

    @classmethod
    def around(
        cls, pet: Volume, click_mm: Point, reach_mm: float, box: Box | None = None
    ) -> "_Part":
        grid = pet.grid
        index = np.rint(grid.to_index(np.array([click_mm]))[0])[::-1].astype(np.int64)
        shape = np.array(grid.shape_zyx)
        if (index < 0).any() or (index >= shape).any():
            raise GeometryError("The click lies outside the PET. Click on the image.")
        reach = np.ceil(reach_mm / np.array(grid.spacing_mm[::-1])).astype(np.int64)
        low, high = np.maximum(index - reach, 0), np.minimum(index + reach + 1, shape)
        a, b, c = (slice(int(i), int(j)) for i, j in zip(low, high, strict=True))
        at = index - low
        click = (int(at[0]), int(at[1]), int(at[2]))
        part = cls(pet.values_zyx[a, b, c], (a, b, c), click, grid)
        if box is None:
            return part
        corners = np.array([box.one_mm, box.other_mm])
        world = part.world_mm
        inside = ((world >= corners.min(axis=0)) & (world <= corners.max(axis=0))).all(axis=-1)
        if not inside[click]:
            raise GeometryError(
                "The click lies outside the bounding box. Click inside it, or move the box."
            )
        values = np.where(inside, part.values, np.float32(-np.inf))
        return cls(values, part.where, click, grid)

    @property
    def world_mm(self) -> NDArray[np.float64]:
        """World position of every voxel centre, shape (..., 3)."""
        k, j, i = np.indices(self.values.shape)
        start = [s.start for s in self.where]
        index = np.stack([i + start[2], j + start[1], k + start[0]], axis=-1)
        return self.grid.to_world(index.reshape(-1, 3)).reshape(*self.values.shape, 3)

    @property
    def at_click(self) -> float:
        return float(self.values[self.click])

    def component(self, threshold: float) -> NDArray[np.bool_] | None:
        """The voxels at or above the threshold that hang together with the click, if it is."""
        above = self.values >= threshold
        if not above[self.click]:
            return None
        labels, _ = label(above)
        return np.asarray(labels == labels[self.click])

    def own_maximum(self, share: float, tool: PetTool) -> float:
        """The maximum M of the component at `share` x M.

        The maximum of the component at `share` x m never rises with m, so there is at most one
        such M, and bisection finds it: just below M the component is already that of M.
        """
        low = trial = self.at_click
        high = float(self.values.max())
        while trial > 0.0:
            top = self._maximum(share * trial)
            if top >= trial:
                if self._maximum(share * top) == top:
                    return top
                low, high = trial, min(high, top)
            else:
                high = trial
            if high - low <= 1e-6 * high:
                break
            trial = 0.5 * (low + high)
        if self.at_click <= share * high * (1.0 + 1e-5):
            raise InputError(
                f"The PET has SUV {self.at_click:.2f} under the click, below {tool} of the peaks "
                "around it. Click nearer to the hottest point of the tumour."
            )
        raise InputError(
            f"At {tool} of its SUVmax the tumour under the click leaks into hotter tissue. Add a "
            "bounding box or raise the threshold."
        )

    def _maximum(self, threshold: float) -> float:
        """Of the component at a threshold; 0 if the click is below it."""
        inside = self.component(threshold)
        return 0.0 if inside is None else float(self.values[inside].max())

    def longest_mm(self, inside: NDArray[np.bool_]) -> float:
        """Largest extent along the axes of the grid."""
        (found,) = find_objects(inside.astype(np.uint8))
        sizes = [s.stop - s.start for s in found]
        return float(max(np.array(sizes) * self.grid.spacing_mm[::-1]))
