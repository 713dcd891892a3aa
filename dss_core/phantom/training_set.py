"""Simulated training patients: small boxes around the tumour at scanner resolution.

Each patient has own anatomy, labels, tumour, scanner and reader, all from one seed, at about a
tenth of a second: enough for the thousands that training a network takes.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dss_core.geometry import Grid
from dss_core.phantom.anatomy import Thorax, sample_build
from dss_core.phantom.associations import Sign
from dss_core.phantom.lesion import Lesion
from dss_core.phantom.painter import Painter
from dss_core.phantom.placement import Site, place
from dss_core.phantom.sampling import Findings, Labels, posterior, sample_findings, sample_labels
from dss_core.phantom.scanner import (
    CtProtocol,
    PetProtocol,
    add_pet_noise,
    ct_slab,
    suv_without_noise,
)
from dss_core.phantom.shapes import Axes, Field
from dss_core.records import Quantity, Roi, Volume

BORDER_MM = (28.0, 28.0, 11.0)  # only slices that the tumour touches are scored
PET_BORDER_MM = 8.0
TREE_BORDER_MM = 6.0
CT_STEPS_MM = (2.0, 2.5, 3.0, 3.27, 3.75, 5.0)
PET_STEPS_MM = (2.0, 2.5, 2.79, 3.27, 4.0, 4.25)
PET_PIXELS_MM = (2.73, 3.65, 4.07, 5.47)


@dataclass(frozen=True)
class SimulatedPatient:
    """What the intake would hold after reading and SUV, with the reference labels.

    Attributes
    ----------
    ct, pet : Volume
        HU and SUVbw on grids of their own, in one frame of reference.
    roi : Roi
        A reader's outline on the CT grid: the truth, off by a millimetre or two.
    egfr, pdl1 : bool
        True mutation and expression.
    lesion : Lesion
    findings : Findings
        Signs, SUVmax and size as arrays of length 1.
    best_egfr, best_pdl1 : float
        Probability of each label given the findings: no reader can do better on average.
    """

    seed: int
    ct: Volume
    pet: Volume
    roi: Roi
    egfr: bool
    pdl1: bool
    lesion: Lesion
    findings: Findings
    best_egfr: float
    best_pdl1: float


def simulate_patient(seed: int, scan: int = 0) -> SimulatedPatient:
    """Simulate one patient; the same seed gives the same patient, bit for bit.

    Parameters
    ----------
    seed : int
    scan : int
        Which scan of this patient: another has the same anatomy and tumour, but a scanner,
        voxel grids, noise and a reader's outline of its own.
    """
    rng = np.random.default_rng([seed, 77])
    labels = sample_labels(rng, 1)
    findings = sample_findings(rng, labels)
    return render_patient(seed, labels, findings, rng, scan)


def render_patient(
    seed: int, labels: Labels, findings: Findings, rng: np.random.Generator, scan: int = 0
) -> SimulatedPatient:
    """Turn labels and findings (arrays of length 1) into images; `scan` as above."""
    ill = bool(findings.has(Sign.EMPHYSEMA)[0])
    build = sample_build(rng, float(rng.uniform(0.25, 0.5) if ill else rng.uniform(0, 0.02)))
    thorax = Thorax(build)
    lesion = sample_lesion(rng, thorax, findings)
    if scan:
        rng = np.random.default_rng([seed, 77, scan])
    ct_grid, pet_grid = _grids(rng, lesion, f"2.25.{seed + 1}")
    painter = Painter(
        thorax,
        lesion,
        _around(ct_grid, pet_grid),
        thorax.trees_around(_box(lesion, TREE_BORDER_MM)),
    )
    roi = _reader(painter, ct_grid, rng)
    hu = ct_slab(painter, ct_grid, _ct_protocol(rng), rng).astype(np.float32)
    pet_protocol = PetProtocol(
        psf_mm=float(rng.uniform(5.2, 8.4)),
        filter_mm=float(rng.uniform(4.0, 6.5)),
        noise=float(rng.uniform(0.05, 0.15)),
    )
    suv = add_pet_noise(
        suv_without_noise(painter, pet_grid, pet_protocol), pet_grid, pet_protocol, rng
    )
    egfr, pdl1 = posterior(findings)
    return SimulatedPatient(
        seed=seed,
        ct=_volume(hu, ct_grid, Quantity.HU),
        pet=_volume(suv, pet_grid, Quantity.SUVBW),
        roi=roi,
        egfr=bool(labels.egfr[0]),
        pdl1=bool(labels.pdl1[0]),
        lesion=lesion,
        findings=findings,
        best_egfr=float(egfr[0]),
        best_pdl1=float(pdl1[0]),
    )


def sample_lesion(rng: np.random.Generator, thorax: Thorax, findings: Findings) -> Lesion:
    """A tumour that shows these findings (arrays of length 1), in this patient.

    How strongly a sign shows is drawn independently of the labels.
    """
    shows = {sign: bool(findings.has(sign)[0]) for sign in Sign}
    suv_max, diameter = float(findings.suv_max[0]), float(findings.diameter_mm[0])
    radius = diameter / 2
    if shows[Sign.CENTRAL]:
        site = Site(depth_mm=(4.0, 14.0), hilum_mm=(0.6 * radius, 0.6 * radius + 18))
    elif rng.random() < 0.4:  # on the pleura
        site = Site(depth_mm=(0.45 * radius, 0.8 * radius), hilum_mm=(50 + 0.4 * radius, 1e6))
    else:
        site = Site(depth_mm=(min(radius + 3, 24), 60), hilum_mm=(42 + 0.4 * radius, 1e6))
    glass = 0.0
    if shows[Sign.GROUND_GLASS]:
        pure = suv_max < 3 and diameter < 30 and rng.random() < 0.5
        glass = 1.0 if pure else float(rng.uniform(0.22, 0.5 if suv_max > 8 else 0.68))
    return place(
        thorax,
        rng,
        site,
        diameter_mm=diameter,
        suv_max=suv_max,
        lobulation=float(rng.uniform(0.9, 1.4) if shows[Sign.LOBULATION] else rng.uniform(0, 0.2)),
        spiculation=float(rng.uniform(0.8, 1.2) if shows[Sign.SPICULATION] else 0.0),
        ground_glass=glass,
        air_bronchogram=shows[Sign.AIR_BRONCHOGRAM],
        pleural_tag=shows[Sign.PLEURAL_TAG],
        post_obstructive=shows[Sign.POST_OBSTRUCTIVE],
        cavity=float(rng.uniform(0.3, 0.6)) if shows[Sign.CAVITY] else 0.0,
        necrosis=float(rng.uniform(0.4, 0.7)) if shows[Sign.NECROSIS] else 0.0,
        heterogeneity=float(rng.uniform(0.1, 0.35)),
        invasion_mm=float(max(1.5, 0.3 * radius)) if shows[Sign.CENTRAL] else 1.5,
    )


def _ct_protocol(rng: np.random.Generator) -> CtProtocol:
    return CtProtocol(
        psf_mm=float(rng.uniform(1.4, 2.6)),
        noise_hu=float(np.clip(rng.lognormal(np.log(28), 0.35), 12, 55)),
        grain_px=float(rng.uniform(0.9, 1.4)),
    )


def _box(lesion: Lesion, beyond_mm: float = 0.0) -> NDArray[np.float64]:
    """Corners (2, 3) of a box around the tumour and its border; square in the axial plane."""
    half = _half_extent(lesion) + np.asarray(BORDER_MM) + beyond_mm
    centre = np.asarray(lesion.centre_mm)
    return np.stack([centre - half, centre + half])


def _half_extent(lesion: Lesion) -> NDArray[np.float64]:
    """Greatest distance (x, y, z) mm of the surface from the centre, plus the reader's slack."""
    span = np.arange(-lesion.reach_mm, lesion.reach_mm + 1, 2.5)
    axes = Axes(*((span + c).astype(np.float32) for c in lesion.centre_mm))
    inside = np.argwhere(lesion.level(axes.mesh()) > -2.5)[:, ::-1]
    half = np.abs(span[inside]).max(axis=0) + 2.5
    half[:2] = half[:2].max()
    return np.asarray(half)


def _grids(rng: np.random.Generator, lesion: Lesion, frame: str) -> tuple[Grid, Grid]:
    """CT and PET grids that hold the box, each with the spacing of some scanner."""

    def over(box: NDArray[np.float64], spacing: tuple[float, float, float]) -> Grid:
        step = np.asarray(spacing)
        first = box[0] - rng.uniform(0, 1, size=3) * step
        count = np.ceil((box[1] - first) / step).astype(int) + 1
        return Grid(
            shape_zyx=(int(count[2]), int(count[1]), int(count[0])),
            spacing_mm=spacing,
            origin_mm=(float(first[0]), float(first[1]), float(first[2])),
            frame_of_reference=frame,
        )

    pixel = round(float(rng.uniform(0.78, 1.2)), 4)
    pet_pixel = float(rng.choice(PET_PIXELS_MM))
    box = _box(lesion)
    return (
        over(box, (pixel, pixel, float(rng.choice(CT_STEPS_MM)))),
        over(
            box + PET_BORDER_MM * np.asarray([[-1.0], [1.0]]),
            (pet_pixel, pet_pixel, float(rng.choice(PET_STEPS_MM))),
        ),
    )


def _around(*grids: Grid) -> Axes:
    """Axes that span all the grids."""
    bounds = np.stack([g.bounds_mm() for g in grids])
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    return Axes(*(np.asarray(ends, dtype=np.float32) for ends in zip(low, high, strict=True)))


def _reader(painter: Painter, grid: Grid, rng: np.random.Generator) -> Roi:
    """The tumour as a reader outlines it on the CT: a smooth error of a millimetre or two."""
    axes = Axes.of(grid)
    error = np.full(axes.shape, rng.normal(0.6, 0.8), dtype=np.float32)
    for _ in range(5):
        k = rng.normal(size=3) * 2 * np.pi / 40
        phase = sum(p * np.float32(w) for p, w in zip(axes.mesh(), k, strict=True)) + np.float32(
            rng.uniform(0, 2 * np.pi)
        )
        error += np.float32(0.7) * np.sin(phase)
    level: Field = painter.tumour_level(axes)
    # never nothing: the middle of the tumour is seen by every reader
    mask = level + error > min(0.0, float(level.max()) - 0.1)
    return Roi(name="GTV", mask_zyx=mask, grid=grid)


def _volume(values_zyx: Field, grid: Grid, quantity: Quantity) -> Volume:
    digest = hashlib.sha256(np.ascontiguousarray(values_zyx).tobytes())
    digest.update(f"{grid}{quantity}".encode())
    return Volume(values_zyx, grid, quantity, digest.hexdigest())
