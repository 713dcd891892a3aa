"""Proposed role of a NIfTI, NRRD or MHA file by its values, for the user to check.

Such a file says neither modality nor unit. Values below -200 are Hounsfield units of lung or air,
a few whole numbers from 0 up are labels, everything else is taken for PET.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dss_core.reading.volume_files import (
    FileImage,
    PetUnit,
    VolumeFile,
    read_volume_file,
    scaled,
)

CT_BELOW_HU = -200.0
FEW_LABELS = 50


class Role(StrEnum):
    """The part of a volume file in a case."""

    CT = "CT"
    PET = "PT"
    REGION = "region"


@dataclass(frozen=True)
class VolumeLook:
    """A volume file that was looked into.

    Attributes
    ----------
    kind : {"NIfTI", "NRRD", "MHA"}
    n_slices : int
    spacing_mm : tuple of float
        Row, column and slice distance, as `Series.spacing_mm`.
    low, high : float
        Range of its values.
    role : Role
        What it most likely is.
    """

    file: VolumeFile
    kind: str
    n_slices: int
    spacing_mm: tuple[float, float, float]
    low: float
    high: float
    role: Role

    def as_image(self, role: Role, uid: str, unit: PetUnit | None = None) -> FileImage:
        """The file in the part of CT or PET."""
        says = f"{self.kind} file, values {self.low:g} to {self.high:g}"
        return FileImage(role.value, self.file, unit, uid, says, self.n_slices, self.spacing_mm)


def look_inside(file: VolumeFile) -> VolumeLook:
    """Read a volume file and say what it most likely is.

    Raises
    ------
    InputError, GeometryError
        If the file cannot be read as one 3D volume.
    """
    stored, grid, header = read_volume_file(file)
    low, high = np.inf, -np.inf
    labels: set[float] | None = set()
    for plane in stored:
        values = scaled(plane, header)
        low, high = min(low, float(values.min())), max(high, float(values.max()))
        if labels is not None:
            different = np.unique(values)
            labels |= set(different[: FEW_LABELS + 1].tolist())
            if len(labels) > FEW_LABELS or (different != np.rint(different)).any():
                labels = None  # an image
    role = Role.PET
    if low < CT_BELOW_HU:
        role = Role.CT
    elif low >= 0.0 and labels is not None:
        role = Role.REGION
    columns, rows, slices = grid.spacing_mm
    return VolumeLook(
        file, header.kind, grid.shape_zyx[0], (rows, columns, slices), low, high, role
    )
