"""Seconds to read a series, ours beside other readers, in one run.

Usage: python -m benchmarks.reading [FOLDER...]   (one DICOM series each; default: the demo case's)
MONAI and TorchIO take part where they are installed; they are not needed otherwise. The least
processor time of five runs counts, because other work on the machine does not stretch it; files are
warm. "same" says whether the values are those of the plain pydicom loop.
"""

import importlib.util
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pydicom
import SimpleITK as sitk
from numpy.typing import NDArray

from benchmarks._sizes import arguments, size
from dss_core.reading.inventory import take_inventory
from dss_core.reading.sources import from_paths
from dss_core.reading.volume import read_values, stack_of
from dss_ui.shell.demo_case import demo_folder

RUNS = size(5, 1)
Array = NDArray[np.float32]


def ours(folder: Path) -> Array:
    return read_values(stack_of(take_inventory(from_paths([folder])).series[0]))


def careful_pydicom(folder: Path) -> Array:
    """Only the tags of a volume, and values straight from the buffer."""
    tags = ["ImagePositionPatient", "Rows", "Columns", "RescaleSlope", "RescaleIntercept",
            "PixelRepresentation", "PixelData"]  # fmt: skip
    slices = [pydicom.dcmread(p, specific_tags=tags) for p in folder.iterdir()]
    slices.sort(key=lambda d: float(d.ImagePositionPatient[2]))
    shape = (slices[0].Rows, slices[0].Columns)
    return np.stack(
        [
            np.frombuffer(d.PixelData, "<i2" if d.PixelRepresentation else "<u2").reshape(shape)
            * np.float32(d.RescaleSlope)
            + np.float32(d.RescaleIntercept)
            for d in slices
        ]
    )


def plain_pydicom(folder: Path) -> Array:
    slices = [pydicom.dcmread(p) for p in folder.iterdir()]
    slices.sort(key=lambda d: float(d.ImagePositionPatient[2]))
    return np.stack(
        [
            d.pixel_array * np.float32(d.RescaleSlope) + np.float32(d.RescaleIntercept)
            for d in slices
        ]
    )


def simple_itk(folder: Path) -> Array:
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return sitk.GetArrayFromImage(reader.Execute()).astype(np.float32)


def torchio(folder: Path) -> Array:
    import torchio as tio

    return np.asarray(tio.ScalarImage(folder).numpy()[0].transpose(2, 1, 0), dtype=np.float32)


def monai(folder: Path) -> Array:
    from monai.data import ITKReader

    reader = ITKReader()
    return np.asarray(reader.get_data(reader.read(str(folder)))[0].transpose(2, 1, 0))


def seconds(function: Callable[[], object]) -> tuple[float, float]:
    """Least processor time and median elapsed time of the runs."""
    used, elapsed = [], []
    for _ in range(RUNS):
        start, cpu = perf_counter(), process_time()
        function()
        used.append(process_time() - cpu)
        elapsed.append(perf_counter() - start)
    return min(used), statistics.median(elapsed)


def main() -> None:
    readers = [ours, careful_pydicom, plain_pydicom, simple_itk]
    readers += [r for r in (torchio, monai) if importlib.util.find_spec(r.__name__)]
    demo = demo_folder()
    for folder in [Path(word) for word in arguments()] or [demo / "CT", demo / "PET"]:
        truth = plain_pydicom(folder)
        print(f"{len(truth)} slices of {truth.shape[1]}x{truth.shape[2]}")
        for reader in readers:
            found = reader(folder)
            same = found.shape == truth.shape and np.abs(found - truth).max() < 1e-3 * truth.max()
            least, median = seconds(lambda r=reader, f=folder: r(f))
            print(
                f"  read {reader.__name__:15s} {least:6.3f} s  elapsed {median:6.3f}  same {same}"
            )


if __name__ == "__main__":
    main()
