"""Registration: rigid alignment of PET to CT by mutual information.

Proposed, never applied by itself: the caller shows the figures and asks. Applying it moves the
PET's grid and leaves its voxel values as they are; nothing is interpolated twice.

References
----------
Mattes et al., IEEE Trans Med Imaging 22:120 (2003); SimpleITK registration framework.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from dss_core.errors import GeometryError
from dss_core.geometry import Grid
from dss_core.reading.volume import digest_of
from dss_core.records import Quantity, Roi, Volume
from dss_core.spatial.resampling import resample_volume

SPACING_MM = 4.0
BINS = 32
SHRINK = (4, 2, 1)
SMOOTHING_MM = (8.0, 4.0, 0.0)
SAMPLES = 30_000
SEED = 20201116
STAYED_MM = 1.0
CT_RANGE_HU = (-1000.0, 300.0)
PET_RANGE_SUV = (0.0, 3.0)
CT_SMOOTHING_MM = 3.0
BODY_ABOVE_HU = -400.0


@dataclass(frozen=True)
class Registration:
    """A proposed rigid transform with what is needed to judge it.

    Attributes
    ----------
    matrix : float64 array (4, 4)
        From the PET's world (x, y, z, 1) mm to the CT's.
    shift_mm : float
        How far the centre of the shared volume moves.
    rotation_deg : float
        Angle of the rotation.
    mi_before, mi_after : float
        Mattes mutual information of CT and PET (nats, higher is better) on the same samples.
    overlap : float
        Share of the PET that lies in the CT afterwards, 0 to 1.
    ct_frame, pet_frame : str
        Frames of reference it leads to and from.
    """

    matrix: NDArray[np.float64]
    shift_mm: float
    rotation_deg: float
    mi_before: float
    mi_after: float
    overlap: float
    ct_frame: str
    pet_frame: str

    def back(self, grid: Grid) -> Grid:
        """A grid that was moved by this registration, where it was before."""
        return _moved(grid, _inverse(self.matrix), self.pet_frame)


def propose_registration(
    ct: Volume, pet: Volume, progress: Callable[[int, int], None] | None = None
) -> Registration:
    """The rigid transform that aligns PET with CT best.

    Starts from the images as they lie where they overlap, else from centre on centre.

    Parameters
    ----------
    ct : Volume
        HU.
    pet : Volume
        SUVbw.
    progress : callable, optional
        Called with (levels done, levels in all).

    Raises
    ------
    GeometryError
        If the images do not overlap or nothing better than the start is found.
    """
    if ct.quantity is not Quantity.HU or pet.quantity is not Quantity.SUVBW:
        raise GeometryError(
            f"CT in HU and PET in SUVbw were expected, found {ct.quantity} and {pet.quantity}."
        )
    fixed, moving = _coarse(ct, CT_RANGE_HU), _coarse(pet, PET_RANGE_SUV)
    start = sitk.Euler3DTransform()
    start.SetCenter((np.mean(ct.grid.bounds_mm(), axis=0)).tolist())
    apart = _centre(pet.grid) - _centre(ct.grid)
    if _overlap(pet.grid, ct.grid, np.eye(4)) < 0.25:
        start.SetTranslation(apart.tolist())
    before = _information(fixed, moving, start)
    method = _method()
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=4.0, minStep=0.01, numberOfIterations=80, relaxationFactor=0.6
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(SHRINK)
    method.SetSmoothingSigmasPerLevel(SMOOTHING_MM)
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetMetricSamplingStrategy(method.RANDOM)
    n_voxels = fixed.GetNumberOfPixels()
    method.SetMetricSamplingPercentagePerLevel([_share(n_voxels / n**3) for n in SHRINK], SEED)
    method.SetInitialTransform(start, inPlace=False)
    if progress is not None:
        method.AddCommand(
            sitk.sitkMultiResolutionIterationEvent,
            lambda: progress(int(method.GetCurrentLevel()), len(SHRINK)),
        )
    try:
        with _one_thread():
            path = sitk.CompositeTransform(method.Execute(fixed, moving))
        found = sitk.Euler3DTransform(path.GetBackTransform())
        after = _information(fixed, moving, found)
    except RuntimeError as problem:
        raise GeometryError(
            "PET and CT could not be registered: they share too little. Choose series of the same "
            "body part."
        ) from problem
    strayed = np.linalg.norm(np.array(found.GetTranslation()) - start.GetTranslation())
    if after <= before and strayed > STAYED_MM:
        raise GeometryError(
            f"Registration of PET and CT found nothing better than the start (mutual information "
            f"{after:.3f} after, {before:.3f} before). Choose the CT acquired with the PET."
        )
    return _record(found, ct.grid, pet.grid, before, after)


def apply_registration(pet: Volume, registration: Registration) -> Volume:
    """The PET in the CT's frame of reference: same voxels, moved grid.

    Raises
    ------
    GeometryError
        If the registration was proposed for another PET.
    """
    if pet.grid.frame_of_reference != registration.pet_frame:
        raise GeometryError(
            "The registration was proposed for another PET (FrameOfReferenceUID (0020,0052) "
            "differs). Propose it again."
        )
    grid = _moved(pet.grid, registration.matrix, registration.ct_frame)
    return replace(pet, grid=grid, digest=digest_of(pet.values_zyx, grid, pet.quantity))


def inside_pet(roi: Roi, pet: Grid) -> float:
    """Share of a region's voxels that lie in the PET, 0 to 1."""
    index = np.argwhere(roi.mask_zyx)[:, ::-1].astype(np.float64)
    return float(_lies_in(pet, roi.grid.to_world(index)).mean())


def _record(
    found: sitk.Euler3DTransform, ct: Grid, pet: Grid, before: float, after: float
) -> Registration:
    rotation = np.array(found.GetMatrix()).reshape(3, 3)
    centre = np.array(found.GetCenter())
    ct_to_pet = np.eye(4)
    ct_to_pet[:3, :3] = rotation
    ct_to_pet[:3, 3] = np.array(found.GetTranslation()) + centre - rotation @ centre
    matrix = _inverse(ct_to_pet)
    middle = np.append(_centre(pet), 1.0)
    angle = np.arccos(np.clip((np.trace(rotation) - 1.0) / 2.0, -1.0, 1.0))
    return Registration(
        matrix=matrix,
        shift_mm=float(np.linalg.norm((matrix @ middle - middle)[:3])),
        rotation_deg=float(np.rad2deg(angle)),
        mi_before=before,
        mi_after=after,
        overlap=_overlap(pet, ct, matrix),
        ct_frame=ct.frame_of_reference,
        pet_frame=pet.frame_of_reference,
    )


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _coarse(volume: Volume, window: tuple[float, float]) -> sitk.Image:
    """The volume on a 4 mm grid along the patient axes, clipped to where tissues differ."""
    low, high = volume.grid.bounds_mm()
    n = np.maximum(np.floor((high - low) / SPACING_MM).astype(int) + 1, 1).tolist()
    x, y, z = low.tolist()
    grid = Grid((n[2], n[1], n[0]), (SPACING_MM,) * 3, (x, y, z))
    values = np.clip(resample_volume(volume, grid, window[0]), *window)
    if volume.quantity is Quantity.HU:
        values = np.where(_body(values), values, np.float32(window[0]))
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    if volume.quantity is Quantity.HU:
        image = sitk.SmoothingRecursiveGaussian(image, CT_SMOOTHING_MM)
    return image


def _body(hu: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The largest solid thing with its inside: the couch, which has no PET signal, is not it."""
    solid = ndimage.binary_opening(hu > BODY_ABOVE_HU)
    parts, n_parts = ndimage.label(solid)
    if n_parts == 0:
        return np.ones(hu.shape, dtype=np.bool_)
    sizes = np.bincount(parts.ravel())[1:]
    body = ndimage.binary_dilation(parts == 1 + int(np.argmax(sizes)))
    return np.stack([ndimage.binary_fill_holes(plane) for plane in body])


def _share(n_voxels: float) -> float:
    """Share of so many voxels that gives `SAMPLES` of them, at most all."""
    return min(1.0, SAMPLES / n_voxels)


def _method() -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetNumberOfThreads(1)
    return method


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in one order, so that the same images give the same transform to the last bit."""
    usual = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(usual)


def _information(fixed: sitk.Image, moving: sitk.Image, transform: sitk.Transform) -> float:
    method = _method()
    method.SetInitialTransform(transform)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(_share(fixed.GetNumberOfPixels() / 8), SEED)
    try:
        return -float(method.MetricEvaluate(fixed, moving))
    except RuntimeError:
        return 0.0


def _centre(grid: Grid) -> NDArray[np.float64]:
    return np.asarray(grid.bounds_mm().mean(axis=0))


def _overlap(pet: Grid, ct: Grid, matrix: NDArray[np.float64]) -> float:
    """Share of PET voxel centres, on a coarse sample of them, that lie in the CT."""
    axes = [np.linspace(0, n - 1, 12) for n in reversed(pet.shape_zyx)]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    world = pet.to_world(index) @ matrix[:3, :3].T + matrix[:3, 3]
    return float(_lies_in(ct, world).mean())


def _lies_in(grid: Grid, world_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of some points (n, 3) lie in a voxel of the grid."""
    index = grid.to_index(world_mm)
    limit = np.array(grid.shape_zyx[::-1]) - 0.5
    return np.asarray(((index > -0.5) & (index < limit)).all(axis=1))


def _moved(grid: Grid, matrix: NDArray[np.float64], frame_of_reference: str) -> Grid:
    direction = (matrix[:3, :3] @ np.asarray(grid.direction)).tolist()
    x, y, z = (matrix @ np.append(grid.origin_mm, 1.0))[:3].tolist()
    a, b, c = (tuple(row) for row in direction)
    return replace(
        grid, origin_mm=(x, y, z), direction=(a, b, c), frame_of_reference=frame_of_reference
    )
