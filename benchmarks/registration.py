"""Seconds and error of registering a PET that was moved by a known shift and rotation.

Usage: python -m benchmarks.registration [CT_FOLDER PET_FOLDER]
Without arguments the simulated demo case (150 CT slices of 512x512, a chest) is used.
Each level done is told, as the case page's progress bar is.
"""

from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from benchmarks._sizes import arguments, size
from dss_core.case.case_files import ImageSeries
from dss_core.case.open_case import open_images
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.spatial.registration import propose_registration
from dss_ui.shell.demo_case import demo_folder
from tests.unit.test_registration import MOVES, error, motion, moved


def main() -> None:
    demo = demo_folder()
    ct, pet = map(Path, arguments()) if arguments() else (demo / "CT", demo / "PET")
    series = [take_inventory(from_paths([place])) for place in (ct, pet)]
    images = open_images(
        ImageSeries(propose_series(series[0], "CT"), propose_series(series[1], "PT"))
    )
    still = propose_registration(images.ct, images.pet)
    for shift, axis, degrees in MOVES[: size(3, 1)]:
        there = motion(images.pet.grid, shift, axis, degrees)
        other = moved(images.pet, there)
        levels: list[str] = []
        start, cpu = perf_counter(), process_time()
        found = propose_registration(
            images.ct, other, lambda done, whole, told=levels: told.append(f"{done}/{whole}")
        )
        elapsed, used = perf_counter() - start, process_time() - cpu
        truth = error(found.matrix @ there, images.pet.grid)
        undone = error(found.matrix @ there @ np.linalg.inv(still.matrix), images.pet.grid)
        print(
            f"{np.linalg.norm(shift):4.1f} mm {degrees:4.1f} deg: elapsed {elapsed:.2f} s  "
            f"processor {used:.2f} s  off the truth {truth[0]:.2f} mm {truth[1]:.2f} deg  off "
            f"the unmoved {undone[0]:.2f} mm {undone[1]:.2f} deg  levels {' '.join(levels)}"
        )


if __name__ == "__main__":
    main()
