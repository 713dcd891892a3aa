"""Volume export: NIfTI, NRRD, MHA."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from dss_core.geometry import Grid

VOLUME_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")


def write_volume(values_zyx: NDArray[np.generic], grid: Grid, path: Path) -> None:
    """Write an array (slices, rows, columns) with its grid; the suffix gives the format.

    SimpleITK converts between DICOM's LPS and NIfTI's RAS axes.
    """
    image = sitk.GetImageFromArray(values_zyx)
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(np.asarray(grid.direction).ravel().tolist())
    sitk.WriteImage(image, str(path), useCompression=not path.name.endswith(".nii"))
