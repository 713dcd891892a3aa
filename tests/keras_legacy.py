"""Write small Keras files in the layouts of Keras 2.1 to tf.keras 2, without Keras.

A model is described once, as layers with their settings, weights and calls; `write` stores it as
any of three generations did. Layouts were read off files written by Keras 2.1.3 and tf.keras.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

GENERATIONS = ("2.1.3", "2.2.4", "2.4.0-tf")


@dataclass(frozen=True)
class Layer:
    """A layer: its Keras class, settings, weights by name, and the tensors of each call.

    A call is a list of layer names, or (name, call number) where a layer is called repeatedly.
    `nested` is the model of a `Model` or `Sequential` layer.
    """

    kind: str
    name: str
    config: dict = field(default_factory=dict)
    weights: dict = field(default_factory=dict)
    calls: tuple = ()
    nested: "Net | None" = None


@dataclass(frozen=True)
class Net:
    """A functional model, or (without outputs) a Sequential one."""

    layers: tuple[Layer, ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple = ()

    @property
    def sequential(self) -> bool:
        return not self.outputs


def input_layer(name: str, *shape: int | None) -> Layer:
    return Layer("InputLayer", name, {"batch_input_shape": [None, *shape], "sparse": False})


def chain(*layers: Layer, shape: tuple[int | None, ...]) -> Net:
    """A functional model of layers one after the other on `input_1`."""
    names = ["input_1", *(layer.name for layer in layers)]
    called = [
        Layer(item.kind, item.name, item.config, item.weights, ([before],), item.nested)
        for item, before in zip(layers, names, strict=False)
    ]
    return Net((input_layer("input_1", *shape), *called), ("input_1",), (names[-1],))


def write(path: Path, net: Net, generation: str = "2.1.3", suffix: str = "") -> Path:
    """Write a model file; `suffix` is put on scopes, as in `conv2d_1_1/kernel:0`."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = _text(generation, generation)
        file.attrs["backend"] = _text("tensorflow", generation)
        file.attrs["model_config"] = _text(json.dumps(model_config(net, generation)), generation)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = _names([layer.name for layer in net.layers], generation)
        group.attrs["keras_version"] = _text(generation, generation)
        for layer in net.layers:
            holder = group.create_group(layer.name)
            stored = [*_trained(layer), *_moving(layer)]
            names = [f"{scope}{suffix}/{name}:0" for scope, name, _ in stored]
            holder.attrs["weight_names"] = _names(names, generation)
            for name, (_, _, values) in zip(names, stored, strict=True):
                holder.create_dataset(name, data=np.asarray(values, np.float32))
    return path


def model_config(net: Net, generation: str) -> dict:
    """The model as JSON values in the layout of a generation."""
    old, new = generation == "2.1.3", generation.endswith("-tf")
    if net.sequential:
        entries = [_entry(layer, net, generation) for layer in net.layers]
        config = entries if old else {"name": "sequential_9", "layers": entries}
        return {"class_name": "Sequential", "config": config}
    config = {
        "name": "model_9",
        "layers": [_entry(layer, net, generation) for layer in net.layers],
        "input_layers": [[name, 0, 0] for name in net.inputs],
        "output_layers": [_reference(item, net)[:3] for item in net.outputs],
    }
    return {"class_name": "Functional" if new else "Model", "config": config}


def _entry(layer: Layer, net: Net, generation: str) -> dict:
    entry = {"class_name": layer.kind, "config": {"name": layer.name, **layer.config}}
    if layer.nested is not None:
        entry = model_config(layer.nested, generation)
        if isinstance(entry["config"], dict):
            entry["config"]["name"] = layer.name
    elif layer.kind != "InputLayer":
        entry["config"].setdefault("trainable", True)
        if generation.endswith("-tf"):
            entry["config"].setdefault("dtype", "float32")
    if not net.sequential:
        entry["name"] = layer.name
        entry["inbound_nodes"] = [
            [[*_reference(item, net), {}] for item in call] for call in layer.calls
        ]
    return entry


def _reference(item: str | tuple, net: Net) -> list:
    """[layer, call, tensor]; calls of a nested model start at 1."""
    name, call, tensor = (item, 0, 0) if isinstance(item, str) else (*item, 0)[:3]
    nested = any(layer.name == name and layer.nested is not None for layer in net.layers)
    return [name, call + nested, tensor]


def _is_moving(name: str) -> bool:
    return name.startswith("moving_")


def _trained(layer: Layer) -> list[tuple[str, str, np.ndarray]]:
    if layer.config.get("trainable", True) is False:
        return []
    if layer.nested is not None:
        return [item for inner in layer.nested.layers for item in _trained(inner)]
    return [(layer.name, n, v) for n, v in layer.weights.items() if not _is_moving(n)]


def _moving(layer: Layer) -> list[tuple[str, str, np.ndarray]]:
    if layer.nested is not None:
        return [item for inner in layer.nested.layers for item in _moving(inner)]
    frozen = layer.config.get("trainable", True) is False
    return [(layer.name, n, v) for n, v in layer.weights.items() if frozen or _is_moving(n)]


def _text(text: str, generation: str) -> np.bytes_ | str:
    """Attributes are fixed-length bytes in old files read raw, variable-length text in others."""
    return np.bytes_(text) if generation == "2.1.3" else text


def _names(names: list[str], generation: str) -> object:
    if generation == "2.1.3" or not names:
        return [name.encode() for name in names]
    return np.array(names, dtype=h5py.string_dtype())
