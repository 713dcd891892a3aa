"""Seconds from the command to its answer, each in a new process, the least of several runs.

Usage: python -m benchmarks.startup [--runs 7]
The least counts, because other work on the machine only ever adds.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from benchmarks._sizes import arguments, size

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {
    "python": ("-c", "pass"),
    "import dss_core": ("-c", "import dss_core"),
    "weights list": ("-m", "dss_core", "weights", "list"),
    "score --help": ("-m", "dss_core", "score", "--help"),
    "import torch": ("-c", "import torch"),
}


def seconds(words: tuple[str, ...]) -> float:
    """Of one run."""
    start = perf_counter()
    subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=size(7, 1))
    runs = parser.parse_args(arguments()).runs
    for name, words in COMMANDS.items():
        print(f"{name:16s} {min(seconds(words) for _ in range(runs)):6.2f} s")


if __name__ == "__main__":
    main()
