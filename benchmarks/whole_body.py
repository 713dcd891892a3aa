"""Peak memory of a zipped whole-body study: 600 CT slices of 512x512 and 545 PET of 168x168.

Usage: python -m benchmarks.whole_body
The study is written to a temporary archive; a fresh process reads it and tells its peak.
"""

import resource
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pydicom

from benchmarks._sizes import arguments, size
from dss_core.reading.inventory import take_inventory
from dss_core.reading.sources import from_paths
from dss_core.reading.volume import read_values, stack_of
from tests.dicom_case import write_case

CT_SLICES, PET_SLICES = size(600, 20), size(545, 20)


def write_study(path: Path) -> None:
    """A made-up study: one noisy slice per modality, placed again and again."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as temporary:
        case = write_case(Path(temporary), n_slices=2, size_px=16, with_region=False)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
            for folder, count, size in ((case.ct, CT_SLICES, 512), (case.pet, PET_SLICES, 168)):
                item = pydicom.dcmread(next(folder.iterdir()))
                item.Rows = item.Columns = size
                values = rng.integers(0, 1200, (size, size)).astype("<i2")
                values[80:88, 80:88] = 12_000  # a PET without uptake is refused
                item.PixelData = values.tobytes()
                for k in range(count):
                    item.SOPInstanceUID = f"1.2.{size}.{k + 1}"
                    item.ImagePositionPatient[2] = 2.0 * k
                    target = Path(temporary) / "slice"
                    item.save_as(target)
                    bundle.write(target, f"{size}/{k}")


def read_study(path: Path) -> None:
    """Read both series and print seconds and memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = perf_counter()
    inventory = take_inventory(from_paths([path]))
    opened = perf_counter() - start
    volumes = [read_values(stack_of(s)) for s in inventory.series]
    seconds = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    size = sum(v.nbytes for v in volumes) / 2**20
    print(f"unpacked and listed in {opened:.1f} s, read in {seconds:.1f} s")
    print(f"volumes {size:.0f} MiB, peak above start {peak / 1024:.0f} MiB: "
          f"{peak / 1024 / size:.2f} times")  # fmt: skip


if __name__ == "__main__":
    if arguments():
        read_study(Path(arguments()[0]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "study.zip"
            write_study(archive)
            subprocess.run(
                [sys.executable, "-m", "benchmarks.whole_body", str(archive)], check=True
            )
