"""Seconds of what is done with a region, on the demo case: median of five.

Usage: python -m benchmarks.regions [FOLDER]   (as `python -m dss_core demo FOLDER` wrote it)
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks._sizes import arguments, networks, size
from dss_core.bundles.bundle import load_bundle
from dss_core.case.case_files import ImageSeries, read_regions
from dss_core.case.open_case import open_images, take_region
from dss_core.case.robustness import vary_outline
from dss_core.reading.inventory import take_inventory
from dss_core.reading.patient_and_study import of_nobody
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.regions.delineation import PetTool, delineate
from dss_core.regions.interpolation import fill_between
from dss_core.regions.measures import measure_region
from dss_core.regions.region_checks import check_region
from dss_core.regions.region_writer import (
    Origin,
    as_nifti,
    as_rtstruct,
    as_segmentation,
    references_of,
)
from dss_ui.shell.demo_case import demo_folder

RUNS, UNCOUNTED = size(5, 1), size(1, 0)


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Median time of a call, after one that is not counted."""
    times = []
    for _ in range(UNCOUNTED):
        work()
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main(folder: Path) -> None:
    """Print one line for each step."""
    inventory = take_inventory(from_paths([folder]))
    ct_series = propose_series(inventory, "CT")
    images = open_images(ImageSeries(ct_series, propose_series(inventory, "PT")))
    roi = take_region(read_regions(inventory.region_files), None, images).roi
    centre = roi.grid.to_world(np.argwhere(roi.mask_zyx).mean(axis=0)[None, ::-1])[0]
    click = (float(centre[0]), float(centre[1]), float(centre[2]))
    measures = measure_region(roi, images.ct, images.pet)
    made = datetime(2020, 1, 1, tzinfo=UTC)
    origin = Origin(references_of(ct_series), made, of_nobody(ct_series.study_uid))
    levels = np.flatnonzero(roi.mask_zyx.any(axis=(1, 2)))[::3].tolist()
    bundle = networks(load_bundle("demo"))
    steps: dict[str, Callable[[], object]] = {
        "grow at 41 % of SUVmax": lambda: delineate(images.pet, click, PetTool.PERCENT_41),
        "measure": lambda: measure_region(roi, images.ct, images.pet),
        "check": lambda: check_region(roi, measures, images.ct, images.pet, None),
        "interpolate, every third slice marked": lambda: fill_between(
            roi.mask_zyx, roi.grid.spacing_mm, levels
        ),
        "NIfTI": lambda: as_nifti(roi),
        "DICOM Segmentation": lambda: as_segmentation(roi, origin),
        "RTSTRUCT": lambda: as_rtstruct(roi, origin),
        "jitter, 40 changes, both tasks": lambda: vary_outline(images, roi, bundle),
    }
    for name, work in steps.items():
        print(f"{name:40s} {seconds(work, 1 if 'jitter' in name else RUNS):7.3f} s")


if __name__ == "__main__":
    main(Path(arguments()[0]) if arguments() else demo_folder())
