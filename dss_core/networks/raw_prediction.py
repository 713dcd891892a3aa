"""Network outputs for raw arrays, named and laid out as in Keras, and their check.

Arrays are channels last. A network of ours takes one array `input` (n, 64, 64, 3) in channel
order PET, CT, fusion and gives `output` (n, 2); where it sees neighbouring slices too, their
channels follow. An imported network takes an array per Keras input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dss_core.errors import InputError, WeightsError
from dss_core.networks.keras_import.architecture import InputSpec
from dss_core.networks.keras_import.graph import KerasGraph
from dss_core.networks.keras_import.imported_network import KerasNetwork
from dss_core.networks.srescnn import SResCNN

BATCH = 64
OUTPUT = "output"

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Check:
    """How closely a network reproduced known outputs.

    Attributes
    ----------
    n : int
        Number of samples compared.
    largest_difference : float
        Largest absolute difference over all outputs of all samples.
    tolerance : float
        What was allowed.
    """

    inputs: str
    expected: str
    n: int
    largest_difference: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether every output agreed within the tolerance."""
        return self.largest_difference <= self.tolerance

    def to_card(self) -> dict[str, Any]:
        """The check as plain JSON values."""
        return {**asdict(self), "passed": self.passed}


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of a .npz file; nothing is unpickled.

    Raises
    ------
    InputError
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, BadZipFile, AttributeError, TypeError) as fault:
        raise InputError(
            f"'{path.name}' cannot be read as .npz with plain numeric arrays; write it with "
            "numpy.savez."
        ) from fault


def input_specs(network: nn.Module) -> tuple[InputSpec, ...]:
    """The arrays a network takes: name and shape of one sample, channels last."""
    if isinstance(network, KerasNetwork):
        return network.keras.architecture.inputs
    assert isinstance(network, SResCNN)
    return (InputSpec("input", (64, 64, network.channels)),)


def output_names(network: nn.Module) -> tuple[str, ...]:
    """The arrays a network gives: `output`, or their Keras names where there are several."""
    names = network.keras.architecture.output_names if isinstance(network, KerasNetwork) else ()
    return names if len(names) > 1 else (OUTPUT,)


def predict(network: nn.Module, arrays: Arrays) -> dict[str, NDArray[np.float32]]:
    """Outputs of a network on raw arrays.

    Parameters
    ----------
    network : KerasNetwork, or a network of ours giving logits
    arrays : mapping of numeric arrays (n, rows, columns, channels)
        Named like the network's inputs. A lone array serves a lone input whatever its name, and
        the channel axis may be left out where there is one channel.

    Returns
    -------
    dict of float32 arrays
        `output` for a network with one output, otherwise named like the outputs.

    Raises
    ------
    InputError
        Arrays are missing or misshapen, or hold values that are not finite.
    """
    graph = network.keras if isinstance(network, KerasNetwork) else None
    inputs = _inputs(input_specs(network), arrays)
    batches = []
    with torch.inference_mode():
        for start in range(0, inputs[0].shape[0], BATCH):
            batch = [x[start : start + BATCH] for x in inputs]
            batches.append(_run(graph, batch) if graph else run_ours(network, batch[0]))
    names = output_names(network)
    columns = zip(*batches, strict=True)
    return {name: torch.cat(column).numpy() for name, column in zip(names, columns, strict=True)}


def predict_mean(members: Sequence[nn.Module], arrays: Arrays) -> dict[str, NDArray[np.float32]]:
    """Outputs of an ensemble on raw arrays: the mean of its members' outputs."""
    results = [predict(network, arrays) for network in members]
    return {
        name: np.stack([r[name] for r in results]).mean(axis=0, dtype=np.float64).astype(np.float32)
        for name in results[0]
    }


def check(network: nn.Module, inputs: Path, expected: Path, tolerance: float) -> Check:
    """Run a network on the arrays of one .npz file and compare with those of another.

    Expected arrays are named like the outputs; a network with one output also takes `output` or a
    lone array of any name.

    Raises
    ------
    InputError
        Files or arrays that do not fit the network.
    WeightsError
        The outputs differ by more than `tolerance`.
    """
    results = predict(network, read_arrays(inputs))
    references = read_arrays(expected)
    largest = 0.0
    for name, result in results.items():
        reference = _expected(network, name, references, len(results) == 1, expected.name)
        if reference.shape != result.shape:
            raise InputError(
                f"'{expected.name}' has an expected output of shape {reference.shape}, the network "
                f"gives {result.shape}; choose the outputs that belong to these inputs."
            )
        difference = np.abs(reference.astype(np.float64) - result)
        if not np.isfinite(difference).all():
            raise InputError(
                f"'{expected.name}' contains values that are not finite numbers. Correct it."
            )
        largest = max(largest, float(difference.max(initial=0.0)))
    n = len(next(iter(results.values())))
    outcome = Check(inputs.name, expected.name, n, largest, tolerance)
    if not outcome.passed:
        raise WeightsError(
            f"The network differs from '{expected.name}' by up to {largest:.2g}, at most "
            f"{tolerance:.2g} is allowed. Check that these outputs belong to these inputs and to "
            "this file."
        )
    return outcome


def _run(graph: KerasGraph, inputs: list[Tensor]) -> tuple[Tensor, ...]:
    try:
        outputs = graph(*inputs)
    except (RuntimeError, ValueError, IndexError) as fault:
        shapes = ", ".join(str(tuple(x.shape[1:])) for x in inputs)
        raise InputError(f"The network cannot take images of shape {shapes}.") from fault
    return (outputs,) if isinstance(outputs, Tensor) else outputs


def run_ours(network: nn.Module, x: Tensor) -> tuple[Tensor, ...]:
    """Probabilities (n, 2) by a network of ours of images (n, rows, columns, channels)."""
    return (torch.softmax(network(x.permute(0, 3, 1, 2)), dim=1),)


def _inputs(specs: tuple[InputSpec, ...], arrays: Arrays) -> list[Tensor]:
    lone = len(specs) == len(arrays) == 1
    missing = [spec.name for spec in specs if spec.name not in arrays]
    if missing and not lone:
        raise InputError(
            f"The network's inputs are {_names(spec.name for spec in specs)}; the file has "
            f"{_names(arrays)}. Name each array like its input."
        )
    values = [next(iter(arrays.values())) if lone else arrays[spec.name] for spec in specs]
    tensors = [_tensor(spec, value) for spec, value in zip(specs, values, strict=True)]
    if len({x.shape[0] for x in tensors}) != 1 or tensors[0].shape[0] == 0:
        counts = ", ".join(str(x.shape[0]) for x in tensors)
        raise InputError(
            f"Inputs must have the same number of samples, at least 1; found {counts}."
        )
    return tensors


def _tensor(spec: InputSpec, value: NDArray[Any]) -> Tensor:
    if value.dtype.kind not in "fiub":
        raise InputError(f"Input '{spec.name}' must be numbers, found {value.dtype}.")
    array = np.ascontiguousarray(value, dtype=np.float32)
    if array.ndim == len(spec.shape) and spec.shape[-1] == 1:
        array = array[..., None]
    fits = array.ndim == len(spec.shape) + 1 and all(
        size in (None, found) for size, found in zip(spec.shape, array.shape[1:], strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in spec.shape)
        raise InputError(
            f"Input '{spec.name}' must have shape (n, {wanted}), channels last; found "
            f"{value.shape}."
        )
    if not np.isfinite(array).all():
        raise InputError(
            f"Input '{spec.name}' contains values that are not finite numbers. Correct it."
        )
    return torch.from_numpy(array)


def _expected(
    network: nn.Module, name: str, references: Arrays, alone: bool, file_name: str
) -> NDArray[Any]:
    names = [name]
    if alone and isinstance(network, KerasNetwork):
        names += network.keras.architecture.output_names
    for candidate in names:
        if candidate in references:
            return references[candidate]
    if alone and len(references) == 1:
        return next(iter(references.values()))
    raise InputError(
        f"'{file_name}' has {_names(references)}; the expected output '{name}' is missing."
    )


def _names(names: Any) -> str:
    return ", ".join(f"'{name[:60]}'" for name in names) or "none"
