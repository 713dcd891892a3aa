"""Imported architecture: layers, and the order of their calls on numbered tensors.

A Keras model with nested models and shared layers is flattened into this straight program, so a
weights bundle holds it as plain JSON and needs neither the HDF5 file nor Keras' rules again.
Tensor numbers: first the inputs, then the output of every call in order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.options import JsonValue

FORMAT = 1
MAX_CALLS = 4096
"""Most layer calls after flattening; ResNet-152 has about 520."""


@dataclass(frozen=True)
class InputSpec:
    """An input: `shape` without the batch axis, channels last; None is any size."""

    name: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class LayerSpec:
    """A layer: path of its name through nested models, Keras class, checked settings."""

    name: str
    kind: str
    options: Mapping[str, JsonValue]


@dataclass(frozen=True)
class Call:
    """One use of a layer on tensors; `name` is the layer's, with `:2` on its second use."""

    name: str
    layer: str
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Architecture:
    """A network without its weights.

    Attributes
    ----------
    inputs : tuple of InputSpec
        In the order the Keras model takes them.
    layers : tuple of LayerSpec
    calls : tuple of Call
    outputs : tuple of int
        Numbers of the tensors the model returns.
    """

    inputs: tuple[InputSpec, ...]
    layers: tuple[LayerSpec, ...]
    calls: tuple[Call, ...]
    outputs: tuple[int, ...]

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the calls (or inputs) the model returns."""
        names = [item.name for item in self.inputs] + [call.name for call in self.calls]
        return tuple(names[number] for number in self.outputs)

    def to_json(self) -> dict[str, JsonValue]:
        """The architecture as JSON values."""
        return {
            "format": FORMAT,
            "inputs": [{"name": item.name, "shape": list(item.shape)} for item in self.inputs],
            "layers": [
                {"name": item.name, "kind": item.kind, "options": dict(item.options)}
                for item in self.layers
            ],
            "calls": [
                {"name": item.name, "layer": item.layer, "inputs": list(item.inputs)}
                for item in self.calls
            ],
            "outputs": list(self.outputs),
        }

    @classmethod
    def from_json(cls, value: object) -> "Architecture":
        """Rebuild from `to_json`.

        Raises
        ------
        WeightsError
            The value is not such an architecture.
        """
        try:
            entries = _mapping(value)
            if entries["format"] != FORMAT:
                raise WeightsError(
                    f"The network description has format {entries['format']!r}, this version "
                    f"reads {FORMAT}. Import the Keras file again."
                )
            architecture = cls(
                inputs=tuple(
                    InputSpec(_text(item["name"]), tuple(_size(n) for n in _list(item["shape"])))
                    for item in map(_mapping, _list(entries["inputs"]))
                ),
                layers=tuple(
                    LayerSpec(_text(item["name"]), _text(item["kind"]), _mapping(item["options"]))
                    for item in map(_mapping, _list(entries["layers"]))
                ),
                calls=tuple(
                    Call(_text(item["name"]), _text(item["layer"]), _numbers(item["inputs"]))
                    for item in map(_mapping, _list(entries["calls"]))
                ),
                outputs=_numbers(entries["outputs"]),
            )
            _check_numbers(architecture)
        except (KeyError, TypeError, ValueError) as fault:
            raise WeightsError(
                f"The network description of these weights is damaged ({fault}). "
                "Import the Keras file again."
            ) from fault
        return architecture


def _check_numbers(architecture: Architecture) -> None:
    """Every tensor is made before it is used, every layer exists, names are unique."""
    layers = [layer.name for layer in architecture.layers]
    names = [item.name for item in architecture.inputs]
    names += [call.name for call in architecture.calls]
    if len(set(layers)) != len(layers) or len(set(names)) != len(names):
        raise ValueError("two layers or calls with one name")
    if len(architecture.calls) > MAX_CALLS:
        raise ValueError(f"more than {MAX_CALLS} layer calls")
    known = set(layers)
    made = len(architecture.inputs)
    for call in architecture.calls:
        if call.layer not in known or not call.inputs or max(call.inputs) >= made:
            raise ValueError(f"call {call.name} uses what does not exist")
        made += 1
    if not architecture.inputs or not architecture.outputs or max(architecture.outputs) >= made:
        raise ValueError("inputs or outputs that do not exist")


def _mapping(value: object) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise TypeError("an object was expected")
    return value


def _list(value: object) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _numbers(value: object) -> tuple[int, ...]:
    numbers = []
    for item in _list(value):
        if not isinstance(item, int) or isinstance(item, bool) or item < 0:
            raise TypeError("a tensor number was expected")
        numbers.append(item)
    return tuple(numbers)


def _size(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1 << 16:
        raise ValueError("an input size was expected")
    return value
