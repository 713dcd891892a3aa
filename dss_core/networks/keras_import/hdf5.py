"""A legacy Keras HDF5 file as plain values: model description and weights, nothing executed.

The file comes from elsewhere, so sizes are checked before anything is allocated, only texts and
floating-point arrays are read, links that lead out of the file are refused, and weights are found
by the names the file lists (`weight_names`), never by names built here.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import h5py
import numpy as np
from numpy.typing import NDArray

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.options import JsonValue
from dss_core.reading.strict_json import read_json

MAX_FILE_BYTES = 1 << 30
MAX_VALUES = 1 << 28
"""Most weight values in a file (1 GiB of float32)."""
MAX_TEXT_BYTES = 1 << 24
MAX_NAMES = 1 << 16

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32"}
_DAMAGE = (
    OSError,
    KeyError,
    ValueError,
    TypeError,
    RuntimeError,
    AttributeError,
    OverflowError,
    MemoryError,
)


@dataclass(frozen=True)
class NamedWeight:
    """One stored array under the name the file gives it, such as `conv2d_1/kernel:0`."""

    name: str
    values: NDArray[np.float32]


@dataclass(frozen=True)
class LayerWeights:
    """The weights of one top-level layer, in the file's order."""

    layer: str
    weights: tuple[NamedWeight, ...]


@dataclass(frozen=True)
class KerasFile:
    """A model file: `model_config` as JSON, the writer's version, weights of every layer."""

    model_config: dict[str, JsonValue]
    keras_version: str
    layers: tuple[LayerWeights, ...]


def read_keras_file(path: Path) -> KerasFile:
    """Read a file written by `model.save` of Keras 2 (TensorFlow backend).

    Raises
    ------
    WeightsError
        No such file, not HDF5, truncated or damaged, weights without a model, another Keras
        generation or backend, or larger than the limits of this module.
    """
    name = f"'{path.name}'"
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            signature = stream.read(len(_SIGNATURE))
    except OSError as fault:
        raise WeightsError(f"{name} cannot be read ({os.strerror(fault.errno or 0)}).") from fault
    if signature != _SIGNATURE:
        raise WeightsError(
            f"{name} is not an HDF5 file. "
            "Choose the .hdf5 or .h5 file that Keras' model.save wrote."
        )
    if size > MAX_FILE_BYTES:
        raise WeightsError(
            f"{name} has {size:,} bytes, at most {MAX_FILE_BYTES:,} are read. Save the model "
            "without its optimizer (include_optimizer=False)."
        )
    try:
        with h5py.File(path, "r", locking=False) as file:
            return _read(file, name)
    except _DAMAGE as fault:
        raise WeightsError(
            f"{name} is truncated or damaged (HDF5: {_one_line(fault)}). Download it again and "
            "compare its size with the source."
        ) from fault


def _read(file: h5py.File, name: str) -> KerasFile:
    if "model_config" not in file.attrs:
        if "layer_names" in file.attrs or "layer_names0" in file.attrs:
            raise WeightsError(
                f"{name} contains weights only, without the model they belong to. "
                "Save the whole model with Keras' model.save and import that file."
            )
        raise WeightsError(f"{name} is HDF5 but has no Keras model in it (no model_config).")
    if "model_weights" not in file:
        raise WeightsError(
            f"{name} describes a Keras model but contains no weights for it. Save the whole model "
            "again."
        )
    group = _walk(file, "model_weights", name)
    version = _optional(group, "keras_version") or _optional(file, "keras_version") or "unknown"
    if version[0] in "0123456789" and version.split(".")[0] != "2":
        raise WeightsError(
            f"{name} was written by Keras {version[:20]}, files of Keras 2 are read. "
            "Load it with that version and save it again from Keras 2."
        )
    backend = _optional(group, "backend") or _optional(file, "backend") or "tensorflow"
    if backend != "tensorflow":
        raise WeightsError(
            f"{name} was written with the {backend[:20]} backend, whose convolutions differ. "
            "Save it again from Keras with the tensorflow backend."
        )
    config = _json("".join(_texts(file, "model_config")), name)
    return KerasFile(config, version, tuple(_layers(group, name)))


def _layers(group: h5py.Group, name: str) -> Iterator[LayerWeights]:
    remaining = MAX_VALUES
    for layer in _texts(group, "layer_names"):
        holder = _walk(group, layer, name)
        weights = []
        for weight in _texts(holder, "weight_names"):
            dataset = _walk(holder, weight, name)
            remaining -= _checked_size(dataset, remaining, f"{layer}: {weight}", name)
            values = np.ascontiguousarray(dataset[()], dtype=np.float32).reshape(dataset.shape)
            if not np.isfinite(values).all():
                _refuse(name, f"the weight '{weight}' has values that are not finite numbers")
            weights.append(NamedWeight(weight, values))
        yield LayerWeights(layer, tuple(weights))


def _checked_size(dataset: object, remaining: int, what: str, name: str) -> int:
    """Number of values of a dataset that is safe to read."""
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind != "f":
        _refuse(name, f"'{what}' is not an array of floating-point numbers")
    if dataset.is_virtual or dataset.external:
        _refuse(name, f"'{what}' is stored in another file")
    settings = dataset.id.get_create_plist()
    if any(settings.get_filter(k)[0] not in _FILTERS for k in range(settings.get_nfilters())):
        _refuse(name, f"'{what}' is compressed in a way other than gzip")
    size = int(dataset.size or 0)
    if size > remaining:
        _refuse(name, f"its weights exceed {MAX_VALUES:,} values")
    return size


def _walk(start: h5py.Group, path: str, name: str) -> Any:
    """Follow hard links only, so nothing outside this file is ever opened."""
    item: Any = start
    for part in path.split("/"):
        if not isinstance(item, h5py.Group) or item.get(part, getlink=True) is None:
            _refuse(name, f"'{path}' is listed but missing")
        if not isinstance(item.get(part, getlink=True), h5py.HardLink):
            _refuse(name, f"'{path}' is a link that may lead out of the file")
        item = item[part]
    return item


def _texts(owner: Any, key: str) -> list[str]:
    """Texts of an attribute; Keras splits a long one into key0, key1, ..."""
    if key in owner.attrs:
        return _text_attribute(owner, key)
    texts: list[str] = []
    for number in range(MAX_NAMES):
        if f"{key}{number}" not in owner.attrs:
            break
        texts += _text_attribute(owner, f"{key}{number}")
        if len(texts) > MAX_NAMES:
            raise ValueError(f"more than {MAX_NAMES} entries in {key}")
    else:
        raise ValueError(f"{key} has too many parts")
    if f"{key}0" not in owner.attrs:
        raise KeyError(f"{key} is missing")
    return texts


def _text_attribute(owner: Any, key: str) -> list[str]:
    identifier = owner.attrs.get_id(key)
    count = int(np.prod(identifier.shape, dtype=np.int64))
    if count == 0:
        return []
    string = h5py.check_string_dtype(identifier.dtype)
    if string is None:
        raise ValueError(f"{key} is not text")
    if count > MAX_NAMES or count * (string.length or 1) > MAX_TEXT_BYTES:
        raise ValueError(f"{key} is too long")
    value = owner.attrs[key]
    items = value.ravel().tolist() if isinstance(value, np.ndarray) else [value]
    texts = [item.decode() if isinstance(item, bytes) else str(item) for item in items]
    if sum(map(len, texts)) > MAX_TEXT_BYTES:
        raise ValueError(f"{key} is too long")
    return texts


def _optional(owner: Any, key: str) -> str:
    return "".join(_text_attribute(owner, key)) if key in owner.attrs else ""


def _json(text: str, name: str) -> dict[str, JsonValue]:
    config = read_json(text, f"The model description of {name}", WeightsError)
    if not isinstance(config, dict):
        raise WeightsError(f"{name} has a model description that is not a JSON object.")
    return config


def _refuse(name: str, why: str) -> NoReturn:
    printable = "".join(letter if letter.isprintable() else "?" for letter in why[:200])
    raise WeightsError(f"{name} cannot be imported: {printable}.")


def _one_line(fault: BaseException) -> str:
    text = " ".join(str(fault).split()) or type(fault).__name__
    return text[:160]
