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
    values = scaled(stored, header)
    low, high = float(values.min()), float(values.max())
    role = Role.PET
    if low < CT_BELOW_HU:
        role = Role.CT
    elif low >= 0.0 and (values == np.rint(values)).all() and np.unique(values).size <= FEW_LABELS:
        role = Role.REGION
    columns, rows, slices = grid.spacing_mm
    return VolumeLook(
        file, header.kind, grid.shape_zyx[0], (rows, columns, slices), low, high, role
    )
