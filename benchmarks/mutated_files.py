"""Mutated files of every kind that this program reads: how many are read, how many refused.

python -m benchmarks.mutated_files [--each 300] [--seed 1]
Anything but a value or a refusal in one sentence is a fault: its kind and number are printed, and
the benchmark ends with 1. The same seed makes the same files.
"""

import argparse
import os
import tempfile
import traceback
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks._sizes import arguments, size
from dss_core.reading import decoder
from tests.damaged_files import FEWER, IMAGES, TEXTS, kinds, refused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=size(300, 2))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments())
    names = size((*IMAGES, *TEXTS), ("ct", "region", "cohort csv", "patient"))
    in_all, faults = 0, 0
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.dict(os.environ, DSS_MAX_VOXELS="1000000", DSS_MAX_INFLATED_MB="10"),
        patch.object(decoder, "MAX_SECONDS", 2.0),
        warnings.catch_warnings(action="ignore"),
    ):
        for name, kind in kinds(Path(folder), *names).items():
            count = max(options.each // 4, 1) if name in FEWER else options.each
            no = 0
            for number in range(count):
                try:
                    no += refused(kind, np.random.default_rng([options.seed, number]))
                except Exception:
                    faults += 1
                    print(f"fault: {name}, seed {options.seed}, file {number}")
                    traceback.print_exc()
            in_all += count
            print(f"{name}: {count} files, {no} refused", flush=True)
    print(f"{in_all} files, {faults} faults")
    if faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
