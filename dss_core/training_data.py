"""A hospital's own cohort as training slices: a manifest of scans, regions and labels.

Each row of the CSV names one patient: `patient_id`, `label` (1 positive, 0 negative), and either
`ct`, `pet`, `roi` in any format of the intake or `tensor`, a file that the `tensor` command wrote.
Where needed also `roi_name` (several regions), `pet_unit` (a PET without DICOM headers) and
`register` (1: a PET of another frame of reference is aligned). Paths are relative to the manifest.
Every bad row is listed at once.
Slices are kept on disk under a digest of their sources, so that a second run reads no scan.
"""

import csv
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import DssError, InputError
from dss_core.pipeline import load_images, propose_series, read_regions, take_region
from dss_core.preprocessing.dicom import take_inventory
from dss_core.preprocessing.sources import from_paths
from dss_core.preprocessing.tensor import region_images
from dss_core.preprocessing.volume_files import PetUnit
from dss_core.scoring.labelled import LabelledSlices
from dss_core.settings import Preprocessing

SCAN = ("ct", "pet", "roi")


@dataclass(frozen=True)
class Row:
    """One patient of a manifest; either the three scan paths or the tensor path is set."""

    patient_id: str
    label: int
    ct: Path | None
    pet: Path | None
    roi: Path | None
    tensor: Path | None
    roi_name: str | None = None
    pet_unit: PetUnit | None = None
    register: bool = False


def read_manifest(path: Path) -> tuple[Row, ...]:
    """The rows of a manifest.

    Raises
    ------
    InputError
        Naming every bad row: missing columns, labels other than 0 and 1, files that are not
        there, a patient twice.
    """
    if not path.is_file():
        raise InputError(f"The manifest {path} does not exist; give a CSV file.")
    with path.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        missing = {"patient_id", "label"} - set(reader.fieldnames or ())
        if missing:
            raise InputError(f"The manifest has no column {', '.join(sorted(missing))}; add it.")
        lines = list(reader)
    faults, rows, seen = [], [], set[str]()
    for number, line in enumerate(lines, start=2):
        problem = _problem(line, path.parent, seen)
        if problem:
            faults.append(f"line {number}: {problem}")
        else:
            rows.append(_row(line, path.parent))
    if faults:
        raise InputError(f"The manifest has {len(faults)} bad row(s): {'; '.join(faults)}.")
    return tuple(rows)


def load_slices(
    rows: tuple[Row, ...], settings: Preprocessing, cache: Path, tell: Callable[[int], None]
) -> LabelledSlices:
    """Windowed PET and CT of every slice of every patient.

    Parameters
    ----------
    rows : tuple of Row
    settings : Preprocessing
    cache : Path
        Folder that keeps the slices by digest.
    tell : callable
        Told the number of patients done.

    Raises
    ------
    InputError
        Naming every patient that could not be taken in, each with its reason.
    """
    parts: list[NDArray[np.float32]] = []
    faults = []
    for done, row in enumerate(rows, start=1):
        try:
            parts.append(_slices(row, settings, cache))
        except DssError as refusal:
            faults.append(f"{row.patient_id}: {refusal}")
        tell(done)
    if faults:
        raise InputError(f"{len(faults)} patient(s) could not be taken in: {' '.join(faults)}")
    counts = [len(p) for p in parts]
    return LabelledSlices(
        images=np.concatenate(parts),
        patient=np.repeat(np.arange(len(rows)), counts),
        label=np.repeat(np.array([r.label for r in rows], dtype=np.int64), counts),
    )


def _problem(line: dict[str, str | None], base: Path, seen: set[str]) -> str:
    patient = (line.get("patient_id") or "").strip()
    if not patient:
        return "patient_id is empty"
    if patient in seen:
        return f"patient_id {patient!r} stands twice"
    seen.add(patient)
    if (line.get("label") or "").strip() not in ("0", "1"):
        return f"label is {line.get('label')!r}, 0 or 1 expected"
    unit, register = (line.get("pet_unit") or "").strip(), (line.get("register") or "").strip()
    if unit and unit not in list(PetUnit):
        return f"pet_unit is {unit!r}, {' or '.join(PetUnit)} expected"
    if register not in ("", "0", "1"):
        return f"register is {register!r}, 0 or 1 expected"
    wanted = ("tensor",) if line.get("tensor") else SCAN
    for column in wanted:
        value = (line.get(column) or "").strip()
        if not value:
            return f"{column} is empty (give ct, pet and roi, or tensor)"
        if not (base / value).exists():
            return f"{column} {value!r} does not exist"
    return ""


def _row(line: dict[str, str | None], base: Path) -> Row:
    def path(column: str) -> Path | None:
        value = (line.get(column) or "").strip()
        return base / value if value else None

    return Row(
        patient_id=(line["patient_id"] or "").strip(),
        label=int(line["label"] or 0),
        ct=path("ct"),
        pet=path("pet"),
        roi=path("roi"),
        tensor=path("tensor"),
        roi_name=(line.get("roi_name") or "").strip() or None,
        pet_unit=PetUnit(unit) if (unit := (line.get("pet_unit") or "").strip()) else None,
        register=(line.get("register") or "").strip() == "1",
    )


def _slices(row: Row, settings: Preprocessing, cache: Path) -> NDArray[np.float32]:
    kept = cache / f"slices-{_key(row, settings)}.npy"
    if kept.exists():
        stored: NDArray[np.float32] = np.load(kept, allow_pickle=False)
        return stored
    images = _from_tensor(row.tensor) if row.tensor else _from_scan(row, settings)
    cache.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    with part.open("wb") as stream:
        np.save(stream, images, allow_pickle=False)
    part.replace(kept)
    return images


def _key(row: Row, settings: Preprocessing) -> str:
    """Digest of the source files' sizes and times, the region's name and the settings."""
    sha = hashlib.sha256(f"{row.roi_name}|{row.pet_unit}|{row.register}|{settings}".encode())
    for path in (row.tensor, row.ct, row.pet, row.roi):
        if path is not None:
            files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
            for file in files:
                state = file.stat()
                sha.update(f"{file}|{state.st_size}|{state.st_mtime_ns}\n".encode())
    return sha.hexdigest()[:24]


def _from_scan(row: Row, settings: Preprocessing) -> NDArray[np.float32]:
    ct, pet, roi = (take_inventory(from_paths([p])) for p in (row.ct, row.pet, row.roi) if p)
    images = load_images(
        propose_series(ct, "CT", beside=pet),
        propose_series(pet, "PT", pet_unit=row.pet_unit, beside=ct),
        register=row.register,
    )
    region = take_region(read_regions(roi.region_files), row.roi_name, images)
    found = region_images(images.ct, images.pet, region.roi, settings)
    return np.stack([found.pet, found.ct], axis=1).astype(np.float32)


def _from_tensor(path: Path) -> NDArray[np.float32]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            images = stored["images"]
    except (OSError, ValueError, KeyError) as problem:
        raise InputError(
            f"{path.name} holds no array `images`; write it with the tensor command ({problem})."
        ) from problem
    if images.ndim != 4 or images.shape[1] != 2 or not np.isfinite(images).all():
        raise InputError(
            f"`images` of {path.name} has shape {images.shape}; (n, 2, 64, 64) finite values of "
            "windowed PET and CT were expected."
        )
    return np.asarray(images, dtype=np.float32)
