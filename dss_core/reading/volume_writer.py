"""Volume export: NIfTI, NRRD, MHA."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from dss_core.errors import InputError, StorageError
from dss_core.geometry import Grid
from dss_core.reading.sources import Source
from dss_core.reading.volume_files import VolumeFile, read_volume_file
from dss_core.storage import whole_path

VOLUME_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")


def write_volume(values_zyx: NDArray[np.generic], grid: Grid, path: Path) -> None:
    """Write an array (slices, rows, columns) with its grid; the suffix gives the format.

    SimpleITK converts between DICOM's LPS and NIfTI's RAS axes. On a full disk it writes half a
    NIfTI file without a word, so the file is read back.

    Raises
    ------
    StorageError
    """
    image = sitk.GetImageFromArray(values_zyx)
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(np.asarray(grid.direction).ravel().tolist())
    with whole_path(path) as part:
        try:
            sitk.WriteImage(image, str(part), useCompression=not path.name.endswith(".nii"))
            read_volume_file(VolumeFile(Source(part)))
        except (RuntimeError, InputError) as fault:
            raise StorageError(
                f"{path} could not be written whole; the disk may be full. Free some space and "
                "try again, or name another place."
            ) from fault
