"""An imported network as a torch module: build it, run it, reach every tensor inside it.

`build` needs the architecture and the tensors of a weights bundle, never the Keras file. It runs
the whole program once on no samples: such tensors have shapes but hold nothing, so misfitting
shapes and programs too large to run are refused without allocating anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.architecture import Architecture
from dss_core.networks.keras_import.layers import KerasLayer, bounded
from dss_core.networks.keras_import.options import Options, SettingError
from dss_core.networks.keras_import.table import LAYERS

OPEN_SIZE_PX = 64
"""Size assumed for checking where a network leaves its input size open."""


@dataclass(frozen=True)
class Trace:
    """Outputs of a forward pass together with one tensor from inside it."""

    outputs: tuple[Tensor, ...]
    kept: Tensor | None


class KerasGraph(nn.Module):
    """A Keras network at inference; every tensor is (batch, ..., channels), as in Keras.

    Attributes
    ----------
    architecture : Architecture
    layers : ModuleList of KerasLayer
        In the order of `architecture.layers`; `layer(name)` finds one.
    shapes : dict
        Shape of one sample of every input and call output, by name; sizes that depend on an open
        input size are those for `OPEN_SIZE_PX`.
    """

    def __init__(self, architecture: Architecture, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.architecture = architecture
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.layers = nn.ModuleList(_layers(architecture, tensors))
        self._number = {spec.name: k for k, spec in enumerate(architecture.layers)}
        self._last_use = _last_uses(architecture)
        self.requires_grad_(False)
        self.eval()

    def layer(self, name: str) -> KerasLayer:
        """The layer of that Keras name (inside nested models: `model_1/conv2d_1`), for hooks."""
        layer = self.layers[self._number[name]]
        assert isinstance(layer, KerasLayer)
        return layer

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Run the network.

        Parameters
        ----------
        *inputs : float32 tensors (batch, rows, columns, channels)
            One for each of `architecture.inputs`, in that order.

        Returns
        -------
        Tensor, or a tuple of them where the network has several outputs.
        """
        tensors = self._run(inputs)
        outputs = tuple(tensors[number] for number in self.architecture.outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def trace(self, inputs: Sequence[Tensor], keep: str | None, bare: str | None = None) -> Trace:
        """Run the network and keep a tensor from inside it.

        Parameters
        ----------
        inputs : sequence of Tensor
            As for `forward`.
        keep : str or None
            Name of the call whose output is kept, as a leaf that requires gradient: gradients of
            the outputs with respect to it need only the rest of the network, which is what class
            activation maps ask for.
        bare : str or None
            Name of a call to leave without its final activation, so that the outputs are logits.
        """
        number = None if keep is None else self._tensor_number(keep)
        tensors = self._run(inputs, number, None if bare is None else self._tensor_number(bare))
        outputs = tuple(tensors[k] for k in self.architecture.outputs)
        return Trace(outputs, None if number is None else tensors[number])

    def _run(
        self, inputs: Sequence[Tensor], kept: int | None = None, bare: int | None = None
    ) -> dict[int, Tensor]:
        tensors = dict(enumerate(inputs))
        for number, call in enumerate(self.architecture.calls, start=len(inputs)):
            layer = self.layer(call.layer)
            given = [tensors[k] for k in call.inputs]
            output = layer.before_activation(*given) if number == bare else layer(*given)
            if number == kept:
                output = output.detach().requires_grad_()
            tensors[number] = output
            for used in set(call.inputs):
                if self._last_use[used] == number and used != kept:
                    del tensors[used]
        return tensors

    def _tensor_number(self, name: str) -> int:
        for number, call in enumerate(self.architecture.calls, start=len(self.architecture.inputs)):
            if call.name == name:
                return number
        raise WeightsError(
            f"The network has no layer '{name[:80]}'. Its last layers are "
            + ", ".join(call.name for call in self.architecture.calls[-8:])
            + "."
        )


def build(architecture: Architecture, tensors: Mapping[str, Tensor]) -> KerasGraph:
    """Make the network.

    Parameters
    ----------
    architecture : Architecture
    tensors : mapping of float32 tensors
        Weights by path, such as `conv2d_1/kernel`, in the shapes Keras stores.

    Raises
    ------
    WeightsError
        Weights are missing, superfluous or misshapen, a setting cannot be honoured, or layers do
        not fit together.
    """
    network = KerasGraph(architecture, tensors)
    network.shapes = _dry_run(network)
    return network


def _layers(architecture: Architecture, tensors: Mapping[str, Tensor]) -> list[KerasLayer]:
    layers = []
    remaining = dict(tensors)
    for spec in architecture.layers:
        try:
            if spec.kind not in LAYERS:
                raise SettingError("is not a supported layer")
            layer = LAYERS[spec.kind](Options(spec.options))
            names = (*layer.weight_names, *layer.moving_names)
            missing = [name for name in names if f"{spec.name}/{name}" not in remaining]
            if missing:
                raise SettingError(f"misses its {', '.join(missing)}")
            layer.load({name: remaining.pop(f"{spec.name}/{name}") for name in names})
        except SettingError as why:
            raise WeightsError(f"Layer '{spec.name}' ({spec.kind}): {why}.") from why
        layers.append(layer)
    if remaining:
        raise WeightsError(
            "Weights that belong to no layer of the network: " + ", ".join(sorted(remaining)[:5])
        )
    return layers


def _last_uses(architecture: Architecture) -> dict[int, int]:
    """Number of the last call that takes each tensor; outputs are never let go."""
    last: dict[int, int] = {}
    for number, call in enumerate(architecture.calls, start=len(architecture.inputs)):
        last.update(dict.fromkeys(call.inputs, number))
    last.update(dict.fromkeys(architecture.outputs, -1))
    return last


def _dry_run(network: KerasGraph) -> dict[str, tuple[int, ...]]:
    """Shapes of every tensor for one sample, found by running on none."""
    architecture = network.architecture
    names = [spec.name for spec in architecture.inputs]
    tensors = [
        torch.empty(0, *(size or OPEN_SIZE_PX for size in spec.shape))
        for spec in architecture.inputs
    ]
    with torch.no_grad():
        for call in architecture.calls:
            layer = network.layer(call.layer)
            given = [tensors[k] for k in call.inputs]
            try:
                output = bounded(layer(*given))
                if 0 in output.shape[1:] or output.shape[0] != 0:
                    raise SettingError("leaves nothing of its input")
            except (SettingError, RuntimeError, IndexError, ValueError, TypeError) as why:
                shapes = " and ".join("x".join(map(str, x.shape[1:])) for x in given)
                raise WeightsError(
                    f"Layer '{call.layer}' does not fit its input of {shapes}: "
                    f"{' '.join(str(why).split())[:160]}."
                ) from why
            names.append(call.name)
            tensors.append(output)
    return {name: tuple(x.shape[1:]) for name, x in zip(names, tensors, strict=True)}
