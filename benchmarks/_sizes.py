"""`--smallest`: the size in which a benchmark shows within seconds that it still runs."""

import sys
from typing import TypeVar

FLAG = "--smallest"
T = TypeVar("T")


def size(usual: T, smallest: T) -> T:
    """What to take: the usual size, or with `--smallest` the smallest that means anything."""
    return smallest if FLAG in sys.argv else usual


def arguments() -> list[str]:
    """What else stands on the command line."""
    return [word for word in sys.argv[1:] if word != FLAG]
