"""`--smallest`: the size in which a benchmark shows within seconds that it still runs."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from dss_core.bundles.bundle import Bundle

FLAG = "--smallest"
T = TypeVar("T")


def size(usual: T, smallest: T) -> T:
    """What to take: the usual size, or with `--smallest` the smallest that means anything."""
    return smallest if FLAG in sys.argv else usual


def networks(bundle: "Bundle") -> "Bundle":
    """The bundle, with one network of each task in the smallest size."""
    models = {
        task: replace(model, members=model.members[: size(len(model.members), 1)])
        for task, model in bundle.models.items()
    }
    return replace(bundle, models=models)


def arguments() -> list[str]:
    """What else stands on the command line."""
    return [word for word in sys.argv[1:] if word != FLAG]
