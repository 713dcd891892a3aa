"""Seconds per step and peak memory of a whole case, from files on disk to scores.

Usage: python -m benchmarks.case [CASE_FOLDER]   (default: the demo case). The process is warm: the
case runs once before the counted runs.
"""

import resource
import statistics
from collections import defaultdict
from pathlib import Path
from time import perf_counter

from benchmarks._sizes import arguments, size
from dss_core.bundles.bundle import Bundle, load_bundle
from dss_core.case.case_files import ImageSeries, read_regions
from dss_core.case.open_case import open_images, take_region
from dss_core.case.score_case import score_case
from dss_core.progress import Step
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_ui.shell.demo_case import demo_folder

RUNS, UNCOUNTED = size(5, 1), size(1, 0)


def run(folder: Path, bundle: Bundle) -> dict[str, float]:
    """Seconds of every step of one run."""
    seconds: dict[str, float] = {}

    def on_step(step: Step) -> None:
        seconds[step.name] = step.seconds

    start = perf_counter()
    inventory = take_inventory(from_paths([folder]))
    seconds["headers"] = perf_counter() - start
    images = open_images(
        ImageSeries(propose_series(inventory, "CT"), propose_series(inventory, "PT")), on_step
    )
    region = take_region(read_regions(inventory.structure_sets), None, images, on_step)
    score_case(images, region, bundle, on_step)
    seconds["whole"] = perf_counter() - start
    return seconds


def main() -> None:
    folder = Path(arguments()[0]) if arguments() else demo_folder()
    bundle = load_bundle()
    for _ in range(UNCOUNTED):
        run(folder, bundle)
    columns: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(RUNS):
        for name, value in run(folder, bundle).items():
            columns[name].append(value)
    for name, values in columns.items():
        print(
            f"{name:10s} median {statistics.median(values):6.3f} s   "
            f"{min(values):6.3f} .. {max(values):6.3f}"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"peak memory of the process  {peak:6.2f} GiB")


if __name__ == "__main__":
    main()
