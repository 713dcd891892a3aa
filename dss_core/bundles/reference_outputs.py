"""Reference outputs: outputs stored with the weights to verify an installation.

Hashes prove that a file is unchanged; reference outputs prove that this program on this machine
still computes from it what was computed then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from dss_core.errors import DssError, WeightsError
from dss_core.networks.raw_prediction import input_specs, predict

SEED = 20_201_016
N_SLICES = 2
OPEN_SIZE = 64
TOLERANCE = 1e-5


@dataclass(frozen=True)
class ReferenceOutputsCheck:
    """How closely the networks of a task repeat their reference outputs.

    Attributes
    ----------
    recorded : bool
        False where the bundle was written without reference outputs: nothing was compared.
    largest_difference : float or None
        Largest absolute difference over all outputs of all members.
    tolerance : float or None
        What is allowed.
    """

    recorded: bool
    largest_difference: float | None = None
    tolerance: float | None = None

    @property
    def passed(self) -> bool:
        """Whether reference outputs were recorded and are repeated."""
        if self.largest_difference is None or self.tolerance is None:
            return False
        return self.largest_difference <= self.tolerance


def random_inputs(network: nn.Module, n: int, seed: int) -> dict[str, NDArray[np.float32]]:
    """Standard normal arrays (n, rows, columns, channels) for every input of a network.

    Sizes that the network leaves open are `OPEN_SIZE`.
    """
    generator = np.random.default_rng(seed)
    return {
        spec.name: generator.standard_normal(
            (n, *(size or OPEN_SIZE for size in spec.shape)), dtype=np.float32
        )
        for spec in input_specs(network)
    }


def record(members: Sequence[nn.Module]) -> bytes:
    """Reference inputs with every member's outputs, as a safetensors file."""
    inputs = random_inputs(members[0], N_SLICES, SEED)
    tensors = {f"input/{name}": torch.from_numpy(values) for name, values in inputs.items()}
    for i, member in enumerate(members):
        for name, values in predict(member, inputs).items():
            tensors[f"output/{i}/{name}"] = torch.from_numpy(values)
    raw: bytes = save(tensors)
    return raw


def repeat(
    members: Sequence[nn.Module], recorded: bytes, tolerance: float
) -> ReferenceOutputsCheck:
    """Run the members on the reference inputs and compare.

    Raises
    ------
    WeightsError
        The recording cannot be read or is of other networks.
    """
    try:
        tensors = load(recorded)
        inputs = _named(tensors, "input/")
        largest = 0.0
        for i, member in enumerate(members):
            expected = _named(tensors, f"output/{i}/")
            found = predict(member, inputs)
            if {k: v.shape for k, v in found.items()} != {k: v.shape for k, v in expected.items()}:
                raise WeightsError("its outputs have other names or shapes")
            for name, values in found.items():
                difference = np.abs(values.astype(np.float64) - expected[name])
                largest = max(largest, float(np.nan_to_num(difference, nan=np.inf).max()))
    except (SafetensorError, DssError) as problem:
        raise WeightsError(
            f"The reference outputs do not belong to these networks ({problem}); restore the "
            "bundle."
        ) from problem
    return ReferenceOutputsCheck(True, largest, tolerance)


def _named(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, NDArray[Any]]:
    return {k.removeprefix(prefix): v.numpy() for k, v in tensors.items() if k.startswith(prefix)}
