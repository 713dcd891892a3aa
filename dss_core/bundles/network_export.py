"""Export of a task's networks as one file: ONNX or torch.export.

The file takes and gives just what `predict` does: arrays named like the network's inputs, channels
last, any number of slices; probabilities out, averaged over the ensemble. It is run by its own
runtime and compared with `predict` before it is handed out.
"""

import io
import json
import warnings
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from dss_core.bundles.bundle import Bundle, TaskModel
from dss_core.bundles.export_format import ExportFormat
from dss_core.bundles.reference_outputs import random_inputs
from dss_core.errors import InputError, WeightsError
from dss_core.networks.keras_import.imported_network import KerasNetwork
from dss_core.networks.raw_prediction import (
    Arrays,
    input_specs,
    output_names,
    predict_mean,
    run_ours,
)

TOLERANCE = 1e-5
_TRACED, _SEED = 2, 7
_BATCHES = (1, 5)
_TORCH_INTERNAL = r"`isinstance\(treespec, LeafSpec\)` is deprecated"
"""Torch 2.13 warns of its own copying of an exported program."""
CARD_IN_FILE = "card.json"


@dataclass(frozen=True)
class Exported:
    """The file's content and how closely it repeats `predict`.

    Attributes
    ----------
    inputs, outputs : tuple of str
        Names, in order.
    largest_difference : float
        Over all outputs of random inputs, at batch sizes other than the traced one.
    """

    content: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    largest_difference: float


class Ensemble(nn.Module):
    """The members of a task as one module: channels-last inputs to averaged probabilities."""

    def __init__(self, members: tuple[nn.Module, ...]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """A tensor per output, in the order of `output_names`."""
        columns = zip(*(_outputs(m, inputs) for m in self.members), strict=True)
        return tuple(torch.stack(column).mean(dim=0) for column in columns)


def export(bundle: Bundle, model: TaskModel, kind: ExportFormat) -> Exported:
    """One task of a bundle in another format, checked.

    Raises
    ------
    WeightsError
        The written program differs from the network by more than `TOLERANCE`.
    """
    program = _program(model)
    about = _about(bundle, model)
    if kind is ExportFormat.ONNX:
        content, run = _onnx(program, model, about)
    else:
        content, run = _torch_export(program, model, about)
    largest = 0.0
    for n in _BATCHES:
        inputs = random_inputs(model.members[0], n, _SEED)
        expected, found = predict_mean(model.members, inputs), run(inputs)
        for name, values in expected.items():
            difference = np.abs(found[name].astype(np.float64) - values)
            largest = max(largest, float(np.nan_to_num(difference, nan=np.inf).max()))
    if largest > TOLERANCE:
        raise WeightsError(
            f"The exported network differs from the bundle's by up to {largest:.2g}, at most "
            f"{TOLERANCE:.0e} is allowed; nothing was written. Export it in the other format."
        )
    names = tuple(spec.name for spec in input_specs(model.members[0]))
    return Exported(content, names, output_names(model.members[0]), largest)


_Runner = Callable[[Arrays], dict[str, NDArray[Any]]]


def _outputs(network: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    if not isinstance(network, KerasNetwork):
        return run_ours(network, inputs[0])
    outputs = network.keras(*inputs)
    return (outputs,) if isinstance(outputs, Tensor) else outputs


def _program(model: TaskModel) -> ExportedProgram:
    traced = tuple(map(torch.from_numpy, random_inputs(model.members[0], _TRACED, _SEED).values()))
    n = Dim("n", min=1)
    ensemble = deepcopy(Ensemble(model.members)).eval()
    for tensor in (*ensemble.parameters(), *ensemble.buffers()):
        tensor.data = tensor.data.clone(memory_format=torch.contiguous_format)
    with torch.no_grad():
        return torch.export.export(
            ensemble,
            traced,
            dynamic_shapes={"inputs": tuple({0: n} for _ in traced)},
        )


def _about(bundle: Bundle, model: TaskModel) -> dict[str, str]:
    """What must travel with the numbers, as text by key."""
    ours = not isinstance(model.members[0], KerasNetwork)  # an imported one names its own inputs
    return {
        "weights_id": bundle.id,
        "weights_sha256": bundle.sha256,
        "task": str(model.task),
        "cutoff": repr(model.cutoff),
        "cutoff_origin": model.cutoff_origin,
        "demo_weights": json.dumps(bundle.demo),
        "preprocessing": json.dumps(asdict(bundle.preprocessing)),
        **({"channels": json.dumps(bundle.adjacent_slices.channels)} if ours else {}),
        "notice": "Research use only. Not a medical device.",
    }


def _onnx(
    program: ExportedProgram, model: TaskModel, about: Mapping[str, str]
) -> tuple[bytes, _Runner]:
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401  torch's exporter writes with it
    except ModuleNotFoundError as lacking:
        raise InputError(
            f"The export to ONNX needs the package {lacking.name!r}, which is not installed; "
            "install it: pip install onnx onnxscript onnxruntime."
        ) from lacking

    names, outputs = _names(model)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", _TORCH_INTERNAL, FutureWarning)
        made = torch.onnx.export(
            program, input_names=list(names), output_names=list(outputs), dynamo=True, verbose=False
        )
    assert made is not None
    proto = made.model_proto
    onnx.helper.set_model_props(proto, dict(about))
    onnx.checker.check_model(proto)
    content: bytes = proto.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    def run(inputs: Arrays) -> dict[str, NDArray[Any]]:
        return dict(zip(outputs, session.run(list(outputs), dict(inputs)), strict=True))

    return content, run


def _torch_export(
    program: ExportedProgram, model: TaskModel, about: Mapping[str, str]
) -> tuple[bytes, _Runner]:
    names, outputs = _names(model)
    buffer = io.BytesIO()
    torch.export.save(program, buffer, extra_files={CARD_IN_FILE: json.dumps(about)})
    content = buffer.getvalue()
    module = torch.export.load(io.BytesIO(content)).module()

    def run(inputs: Arrays) -> dict[str, NDArray[Any]]:
        with torch.no_grad():
            results = module(*(torch.from_numpy(inputs[name]) for name in names))
        return {name: r.numpy() for name, r in zip(outputs, results, strict=True)}

    return content, run


def _names(model: TaskModel) -> tuple[tuple[str, ...], tuple[str, ...]]:
    network = model.members[0]
    return tuple(spec.name for spec in input_specs(network)), output_names(network)
