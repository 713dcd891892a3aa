"""Simulated patients as training slices, cached on disk.

A part is named by a digest of the code and settings that made it, so that an interrupted
simulation goes on, a longer one takes over what is there, and a changed one starts anew.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dss_core import phantom, preprocessing, spatial
from dss_core.phantom.training_set import simulate_patient
from dss_core.preprocessing.tensor import region_images
from dss_core.records import Task
from dss_core.settings import Preprocessing
from dss_core.storage import whole_file

PLACES = 4
NEIGHBOUR_SLICES = 4
SLICES = 3 * PLACES
PART = 250


@dataclass(frozen=True)
class Simulated:
    """Simulated patients: network inputs and reference labels.

    Attributes
    ----------
    images : float16 array (n, 12, 2, 64, 64)
        Windowed PET and CT: slices at four places of the region, evenly over its height, each
        between its neighbours 4 mm below and above (the last ones where the region ends).
    egfr, pdl1 : bool array (n,)
    signs : bool array (n, signs)
        In the order of `phantom.associations.ASSOCIATIONS`.
    suv_max, diameter_mm, ct_slice_mm, pet_slice_mm : float array (n,)
    best_egfr, best_pdl1 : float array (n,)
        Probability of each label given the true findings, which no reader can better.
    """

    images: NDArray[np.float16]
    egfr: NDArray[np.bool_]
    pdl1: NDArray[np.bool_]
    signs: NDArray[np.bool_]
    suv_max: NDArray[np.float64]
    diameter_mm: NDArray[np.float64]
    ct_slice_mm: NDArray[np.float64]
    pet_slice_mm: NDArray[np.float64]
    best_egfr: NDArray[np.float64]
    best_pdl1: NDArray[np.float64]

    def positive(self, task: Task) -> NDArray[np.bool_]:
        """The label of one task."""
        return self.egfr if task is Task.EGFR else self.pdl1


def simulate(seeds: Sequence[int], cache: Path, pool: Executor) -> list[Future[None]]:
    """Have one patient per seed simulated; each future is one part on disk.

    Parameters
    ----------
    seeds : sequence of int
    cache : Path
        Folder that keeps the parts.
    pool : Executor
        Of processes that were started with `one_thread`.
    """
    return [pool.submit(_make_part, mine, path) for mine, path in _parts(seeds, cache)]


def load(seeds: Sequence[int], cache: Path) -> Simulated:
    """The patients of these seeds, once all their parts are there."""
    parts = []
    for _, path in _parts(seeds, cache):
        with np.load(path, allow_pickle=False) as stored:
            parts.append(Simulated(**{f.name: stored[f.name] for f in fields(Simulated)}))
    return joined(parts)


def joined(parts: Sequence[Simulated]) -> Simulated:
    """Several groups of patients as one."""
    return Simulated(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Simulated)}
    )


def kept_slices(n: int) -> NDArray[np.int64]:
    """Which of a region's n slices (1 mm apart) are kept: (12,), place by place."""
    places = ((np.arange(PLACES) + 0.5) / PLACES * n - 0.5).round()
    around = places[:, None] + np.asarray([-NEIGHBOUR_SLICES, 0, NEIGHBOUR_SLICES])
    return np.asarray(np.clip(around, 0, n - 1), dtype=np.int64).ravel()


def one_thread() -> None:
    """Start of a process: it is one thread, and the processes together fill the machine."""
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    threadpool_limits(1)


def _parts(seeds: Sequence[int], cache: Path) -> list[tuple[Sequence[int], Path]]:
    """Seeds and file of every part."""
    made = [seeds[start : start + PART] for start in range(0, len(seeds), PART)]
    return [(mine, cache / f"simulated-{_digest(mine)}.npz") for mine in made]


def _make_part(seeds: Sequence[int], path: Path) -> None:
    if _is_whole(path):
        return
    part = joined([_simulated(seed) for seed in seeds])
    with whole_file(path) as stream:
        np.savez(stream, **{f.name: getattr(part, f.name) for f in fields(Simulated)})


def _is_whole(path: Path) -> bool:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return all(stored[f.name] is not None for f in fields(Simulated))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return False


def _simulated(seed: int) -> Simulated:
    patient, settings = simulate_patient(seed), Preprocessing()
    found = region_images(patient.ct, patient.pet, patient.roi, settings)
    kept = kept_slices(len(found.z_mm))
    images = np.stack([found.pet[kept], found.ct[kept]], axis=1)
    return Simulated(
        images=images.astype(np.float16)[None],
        egfr=np.asarray([patient.egfr]),
        pdl1=np.asarray([patient.pdl1]),
        signs=patient.findings.signs,
        suv_max=patient.findings.suv_max,
        diameter_mm=patient.findings.diameter_mm,
        ct_slice_mm=np.asarray([patient.ct.grid.spacing_mm[2]]),
        pet_slice_mm=np.asarray([patient.pet.grid.spacing_mm[2]]),
        best_egfr=np.asarray([patient.best_egfr]),
        best_pdl1=np.asarray([patient.best_pdl1]),
    )


def _digest(seeds: Sequence[int]) -> str:
    sha = hashlib.sha256(f"{list(seeds)}|{kept_slices(100)}|{Preprocessing()}".encode())
    for source in _sources():
        sha.update(source.read_bytes())
    return sha.hexdigest()[:24]


def _sources() -> Iterator[Path]:
    """The files whose change changes the patients or their slices."""
    yield from sorted(Path(phantom.__path__[0]).glob("*.py"))
    for package, name in (
        (spatial, "separable_resampling.py"),
        (spatial, "resampling.py"),
        (preprocessing, "neighbourhood.py"),
        (preprocessing, "tensor.py"),
    ):
        yield Path(package.__path__[0]) / name
