"""Training manifest: a hospital's own scans, regions and reference labels as training slices.

Each row of the CSV names one patient: `patient_id`, `label` (1 positive, 0 negative), and either
`ct`, `pet`, `roi` in any format of the intake or `tensor`, a file that the `tensor` command wrote.
Where needed also `roi_name` or `roi_number` (several regions), `pet_unit` (a PET without DICOM
headers) and `register` (1: a PET of another frame of reference is aligned). Paths are relative to
the manifest.
Every bad row is listed at once.
Slices of scans are kept on disk as such tensors, under a digest of their sources, so that a
second run reads no scan.
"""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from dss_core.case.case_files import CaseFiles, ImageFiles, find_case
from dss_core.case.open_case import open_case
from dss_core.cohort.tables import read_table
from dss_core.errors import DssError, InputError
from dss_core.preprocessing.tensor import region_images
from dss_core.reading.volume_files import PetUnit
from dss_core.records import Roi
from dss_core.regions.lung_around import REACH_MM
from dss_core.regions.measures import measure_region
from dss_core.regions.region_checks import case_numbers
from dss_core.scoring.lung_check import LEAST_LUNG_ML, require_lung
from dss_core.settings import CaseNumbers, Preprocessing
from dss_core.spatial.alignment import AlignedImages
from dss_core.storage import remove, whole_file
from dss_core.training.dataset import SliceDataset, TrainingCohort

SCAN = ("ct", "pet", "roi")


@dataclass(frozen=True)
class CaseSlices:
    """A case before the normalisation, as the `tensor` command writes it.

    Attributes
    ----------
    images : float32 array (n, 2, 64, 64)
        Windowed PET and CT of every slice, from below to above.
    numbers : CaseNumbers or None
        None where a file does not say.
    """

    images: NDArray[np.float32]
    numbers: CaseNumbers | None


@dataclass(frozen=True)
class Row:
    """One patient of a manifest: a scan with its region, or a file of the `tensor` command."""

    patient_id: str
    label: int
    source: CaseFiles | Path


def read_manifest(path: Path) -> tuple[Row, ...]:
    """The rows of a manifest.

    Raises
    ------
    InputError
        Naming every bad row: missing columns, labels other than 0 and 1, files that are not
        there, a patient twice.
    CohortError
        If it is no table; see `read_table`.
    """
    if not path.is_file():
        raise InputError(f"The manifest {path} does not exist; give a CSV file.")
    table = read_table(path)
    missing = {"patient_id", "label"} - set(table)
    if missing:
        raise InputError(f"The manifest has no column {', '.join(sorted(missing))}; add it.")
    faults, rows, seen = [], [], set[str]()
    lines = table.astype(object).where(table.notna(), None).to_dict("records")
    for number, line in zip(table.index + 2, lines, strict=True):
        problem = _problem(line, path.parent, seen)
        if problem:
            faults.append(f"line {number}: {problem}")
        else:
            rows.append(_row(line, path.parent))
    if faults:
        raise InputError(f"The manifest has {len(faults)} bad row(s): {'; '.join(faults)}.")
    return tuple(rows)


def load_cohort(
    rows: tuple[Row, ...], settings: Preprocessing, cache: Path, on_step: Callable[[int], None]
) -> TrainingCohort:
    """Every slice of every patient.

    Parameters
    ----------
    rows : tuple of Row
    settings : Preprocessing
    cache : Path
        Folder that keeps the slices by digest.
    on_step : callable
        Told the number of patients done.

    Raises
    ------
    InputError
        Naming every patient that cannot be used, each with its reason.
    """
    cases: list[CaseSlices] = []
    faults = []
    for done, row in enumerate(rows, start=1):
        try:
            cases.append(_slices(row, settings, cache))
        except DssError as refusal:
            faults.append(f"{row.patient_id}: {refusal}")
        on_step(done)
    if faults:
        raise InputError(f"{len(faults)} patient(s) cannot be used: {' '.join(faults)}")
    counts = [len(case.images) for case in cases]
    slices = SliceDataset(
        images=np.concatenate([case.images for case in cases]),
        patient=np.repeat(np.arange(len(rows)), counts),
        label=np.repeat(np.array([r.label for r in rows], dtype=np.int64), counts),
    )
    return TrainingCohort(slices, tuple(case.numbers for case in cases))


def case_slices(images: AlignedImages, roi: Roi, settings: Preprocessing) -> CaseSlices:
    """A case on its way into a training or a table of features.

    Raises
    ------
    InputError, GeometryError
        If the region meets no slice, or no CT or PET voxel, or there is no lung around it.
    """
    require_lung(roi, images.ct)
    found = region_images(images.ct, images.pet, roi, settings)
    return CaseSlices(
        np.stack([found.pet, found.ct], axis=1).astype(np.float32),
        case_numbers(measure_region(roi, images.ct, images.pet), images.ct, images.pet),
    )


def as_arrays(case: CaseSlices) -> dict[str, NDArray[Any]]:
    """The case as the arrays of an .npz file; `_from_tensor` reads them."""
    numbers = {} if case.numbers is None else asdict(case.numbers)
    return {"images": case.images, **{name: np.asarray(v) for name, v in numbers.items()}}


def _problem(line: dict[Hashable, Any], base: Path, seen: set[str]) -> str:
    patient = (line.get("patient_id") or "").strip()
    if not patient:
        return "patient_id is empty"
    if patient in seen:
        return f"patient_id {patient!r} occurs twice"
    seen.add(patient)
    if (line.get("label") or "").strip() not in ("0", "1"):
        return f"label is {line.get('label')!r}, 0 or 1 expected"
    unit, register = (line.get("pet_unit") or "").strip(), (line.get("register") or "").strip()
    if unit and unit not in list(PetUnit):
        return f"pet_unit is {unit!r}, {' or '.join(PetUnit)} expected"
    if register not in ("", "0", "1"):
        return f"register is {register!r}, 0 or 1 expected"
    region = (line.get("roi_number") or "").strip()
    if region and not region.isdecimal():
        return f"roi_number is {region!r}, a whole number expected"
    wanted = ("tensor",) if line.get("tensor") else SCAN
    for column in wanted:
        value = (line.get(column) or "").strip()
        if not value:
            return f"{column} is empty (give ct, pet and roi, or tensor)"
        if not (base / value).exists():
            return f"{column} {value!r} does not exist"
    return ""


def _row(line: dict[Hashable, Any], base: Path) -> Row:
    def text(column: str) -> str:
        return (line.get(column) or "").strip()

    patient_id, label = text("patient_id"), int(text("label"))
    if text("tensor"):
        return Row(patient_id, label, base / text("tensor"))
    images = ImageFiles(
        ct=base / text("ct"),
        pet=base / text("pet"),
        pet_unit=PetUnit(unit) if (unit := text("pet_unit")) else None,
        register=text("register") == "1",
    )
    number = int(text("roi_number")) if text("roi_number") else None
    files = CaseFiles(images, base / text("roi"), text("roi_name") or None, number)
    return Row(patient_id, label, files)


def _slices(row: Row, settings: Preprocessing, cache: Path) -> CaseSlices:
    if isinstance(row.source, Path):
        return _from_tensor(row.source, settings)
    kept = cache / f"slices-{_key(row.source, settings)}.npz"
    if kept.exists():
        try:
            return _from_tensor(kept, settings)
        except InputError:  # damaged: made anew from the scan
            remove(kept)
    case = _from_scan(row.source, settings)
    with whole_file(kept) as stream:
        np.savez(stream, allow_pickle=False, **as_arrays(case))
    return case


def _key(scan: CaseFiles, settings: Preprocessing) -> str:
    """Digest of the source files' sizes and times, the region, the lung check and the settings."""
    images = scan.images
    region = f"{scan.roi_name}|{scan.roi_number}|lung {LEAST_LUNG_ML} {REACH_MM}"
    sha = hashlib.sha256(f"{region}|{images.pet_unit}|{images.register}|{settings}".encode())
    for path in (images.ct, images.pet, scan.roi):
        if isinstance(path, Path):
            files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
            for file in files:
                state = file.stat()
                sha.update(f"{file}|{state.st_size}|{state.st_mtime_ns}\n".encode())
    return sha.hexdigest()[:24]


def _from_scan(files: CaseFiles, settings: Preprocessing) -> CaseSlices:
    case = open_case(find_case(files))
    return case_slices(case.images, case.region.roi, settings)


def _from_tensor(path: Path, settings: Preprocessing) -> CaseSlices:
    try:
        with np.load(path, allow_pickle=False) as stored:
            images = stored["images"]
            told = [float(stored[f.name]) for f in fields(CaseNumbers) if f.name in stored]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BadZipFile) as problem:
        raise InputError(
            f"{path.name} holds no array `images`; write it with the tensor command ({problem})."
        ) from problem
    size = settings.size_px
    fits = images.dtype.kind in "fiu" and images.shape[1:] == (2, size, size) and len(images) > 0
    if not fits or not np.isfinite(images).all():
        raise InputError(
            f"`images` of {path.name} has shape {images.shape}; (n, 2, {size}, {size}) finite "
            "values of windowed PET and CT were expected."
        )
    known = len(told) == len(fields(CaseNumbers)) and np.isfinite(told).all()
    return CaseSlices(images.astype(np.float32), CaseNumbers(*told) if known else None)
