"""A demo case: one simulated patient with one tumour, as a PET/CT study on disk."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dss_core.geometry import Grid
from dss_core.phantom.anatomy import Thorax, sample_build
from dss_core.phantom.dicom_common import Study
from dss_core.phantom.dicom_images import CtWriter, WrittenSeries, write_pet
from dss_core.phantom.lesion import Lesion
from dss_core.phantom.painter import Painter
from dss_core.phantom.placement import Site, place
from dss_core.phantom.rtstruct import tumour_contours, write_rtstruct
from dss_core.phantom.scanner import (
    SLAB,
    CtProtocol,
    PetProtocol,
    add_pet_noise,
    ct_slab,
    suv_without_noise,
)
from dss_core.phantom.shapes import Axes
from dss_core.phantom.subject import Subject, TumourPlan
from dss_core.reading.inventory import Progress
from dss_core.storage import make_folder

ROI_NAME = "GTV"


@dataclass(frozen=True)
class DemoScan:
    """Size of the study; the demo's own size unless a test asks for a smaller one."""

    n_slices: int = 150
    ct_rows: int = 512
    ct_spacing_mm: float = 0.9765625
    ct_step_mm: float = 2.5
    pet_rows: int = 168
    pet_spacing_mm: float = 4.07283
    pet_step_mm: float = 2.5
    foot_mm: float = -228.0


@dataclass(frozen=True)
class DemoTruth:
    """What was put in.

    Attributes
    ----------
    centre_mm : (x, y, z)
        Tumour centre, LPS.
    diameter_mm : float
        Of the sphere of equal volume.
    suv_max : float
        SUVbw maximum of the tumour before noise.
    suv_max_noisy : float
        Largest SUVbw with noise within 1.2 radii of the centre, before the PET is stored.
    gtv_ml : float
        Contour areas times slice spacing.
    """

    centre_mm: tuple[float, float, float]
    diameter_mm: float
    suv_max: float
    suv_max_noisy: float
    gtv_ml: float
    n_contours: int
    side: str


@dataclass(frozen=True)
class DemoCase:
    """Where the demo case lies and what it holds."""

    folder: Path
    ct_folder: Path
    pet_folder: Path
    rtstruct: Path
    roi_name: str
    seed: int
    n_files: int
    truth: DemoTruth


def write_demo_case(
    folder: Path,
    subject: Subject,
    scan: DemoScan | None = None,
    progress: Progress | None = None,
) -> DemoCase:
    """Simulate a PET/CT study and write it as DICOM.

    Parameters
    ----------
    folder : Path
        Created if absent; gets CT/, PET/ and RTSTRUCT.dcm. Same subject, same bytes.
    subject : Subject
    scan : DemoScan, optional
        Smaller studies for tests.
    progress : callable, optional
        Called with (slices written, slices in all).

    Returns
    -------
    DemoCase
        Paths and the reference labels.
    """
    scan = scan or DemoScan()
    rng = np.random.default_rng(subject.seed)
    thorax = Thorax(sample_build(rng, subject.emphysema))
    lesion = _tumour(subject.tumour, thorax, rng)
    study = _study(subject, rng)
    ct_grid, pet_grid = _grids(scan, study)
    painter = Painter(thorax, lesion, _region(ct_grid, pet_grid))

    ct_folder, pet_folder = folder / "CT", folder / "PET"
    for path in (ct_folder, pet_folder):
        make_folder(path)
    written = _Count(progress, 2 * scan.n_slices)
    ct = _write_ct(study, ct_folder, ct_grid, painter, rng, written)
    clean = suv_without_noise(painter, pet_grid, PetProtocol())
    suv = add_pet_noise(clean, pet_grid, PetProtocol(), rng)
    pet = write_pet(study, pet_folder, pet_grid, suv, subject.pet)
    written.add(scan.n_slices)
    contours = tumour_contours(painter, lesion, Axes.of(ct_grid).z_mm)
    rtstruct = folder / "RTSTRUCT.dcm"
    write_rtstruct(study, rtstruct, ROI_NAME, contours, ct)

    near = _near(pet_grid, lesion)
    truth = DemoTruth(
        centre_mm=lesion.centre_mm,
        diameter_mm=lesion.diameter_mm,
        suv_max=lesion.suv_max,
        suv_max_noisy=float(suv[near].max()),
        gtv_ml=sum(c.area_mm2 for c in contours) * scan.ct_step_mm / 1000,
        n_contours=len(contours),
        side="right" if lesion.centre_mm[0] < 0 else "left",
    )
    return DemoCase(
        folder=folder,
        ct_folder=ct_folder,
        pet_folder=pet_folder,
        rtstruct=rtstruct,
        roi_name=ROI_NAME,
        seed=subject.seed,
        n_files=len(ct.files) + len(pet.files) + 1,
        truth=truth,
    )


class _Count:
    """How many slices are written."""

    def __init__(self, progress: Progress | None, whole: int) -> None:
        self._progress, self._whole, self._done = progress, whole, 0

    def add(self, slices: int) -> None:
        """So many more."""
        self._done += slices
        if self._progress:
            self._progress(self._done, self._whole)


def _tumour(plan: TumourPlan, thorax: Thorax, rng: np.random.Generator) -> Lesion:
    """A tumour of this plan in this patient."""
    diameter = round(float(rng.uniform(*plan.diameter_mm)), 1)
    return place(
        thorax,
        rng,
        Site(depth_mm=plan.depth_mm, height_mm=plan.height_mm, hilum_mm=plan.hilum_mm),
        diameter_mm=diameter,
        suv_max=round(float(rng.uniform(*plan.suv_max)), 2),
        lobulation=plan.lobulation,
        spiculation=plan.spiculation,
        ground_glass=plan.ground_glass,
        air_bronchogram=plan.air_bronchogram,
        pleural_tag=plan.pleural_tag,
        post_obstructive=plan.post_obstructive,
        cavity=plan.cavity,
        necrosis=plan.necrosis,
        heterogeneity=plan.heterogeneity,
    )


def _study(subject: Subject, rng: np.random.Generator) -> Study:
    return Study(
        seed=subject.seed,
        patient_id=subject.patient_id,
        sex=str(rng.choice(["M", "F"])),
        age_years=int(rng.integers(52, 74)),
        weight_kg=round(float(rng.uniform(58, 82)), 1),
        height_m=round(float(rng.uniform(1.58, 1.82)), 2),
        dose_bq=float(round(rng.uniform(250e6, 350e6), -4)),
        injected=datetime(2020, 1, 15, 9, 12, 30),
        scanned=datetime(2020, 1, 15, 10, 14, 0),
    )


def _grids(scan: DemoScan, study: Study) -> tuple[Grid, Grid]:
    """CT and PET in one frame of reference; PET is offset by part of a voxel."""

    def centred(rows: int, spacing: float, step: float, dx: float, dz: float) -> Grid:
        first = -(rows - 1) / 2 * spacing
        return Grid(
            shape_zyx=(scan.n_slices, rows, rows),
            spacing_mm=(spacing, spacing, step),
            origin_mm=(round(first + dx, 4), round(first + 12 + dx, 4), scan.foot_mm + dz),
            frame_of_reference=str(study.frame_of_reference),
        )

    return (
        centred(scan.ct_rows, scan.ct_spacing_mm, scan.ct_step_mm, 0.0, 0.0),
        centred(scan.pet_rows, scan.pet_spacing_mm, scan.pet_step_mm, 0.6, 0.7),
    )


def _region(*grids: Grid) -> Axes:
    """Part of space the patient can fill in these grids."""
    z = np.concatenate([Axes.of(g).z_mm for g in grids])
    ends = ((-235.0, 235.0), (-195.0, 165.0), (float(z.min()), float(z.max())))
    return Axes(*(np.asarray(e, dtype=np.float32) for e in ends))


def _write_ct(
    study: Study,
    folder: Path,
    grid: Grid,
    painter: Painter,
    rng: np.random.Generator,
    count: _Count,
) -> WrittenSeries:
    writer = CtWriter(study, folder, grid, "SIMULATED_SOFT")
    written = []
    n = grid.shape_zyx[0]
    for first in range(0, n, SLAB):
        slab = _slab(grid, first, min(SLAB, n - first))
        for offset, plane in enumerate(ct_slab(painter, slab, CtProtocol(), rng)):
            written.append(writer.write(first + offset, plane))
        count.add(slab.shape_zyx[0])
    return WrittenSeries(
        str(study.uid("series", "CT")),
        tuple(path for path, _ in written),
        tuple(instance for _, instance in written),
    )


def _slab(grid: Grid, first: int, count: int) -> Grid:
    x, y, z = grid.origin_mm
    return Grid(
        (count, *grid.shape_zyx[1:]),
        grid.spacing_mm,
        (x, y, z + first * grid.spacing_mm[2]),
        grid.direction,
        grid.frame_of_reference,
    )


def _near(grid: Grid, lesion: Lesion) -> NDArray[np.bool_]:
    x, y, z = Axes.of(grid).mesh()
    cx, cy, cz = lesion.centre_mm
    d2 = (x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2
    return np.asarray(d2 < (1.2 * lesion.radius_mm) ** 2)
