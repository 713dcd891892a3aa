"""Import of a legacy Keras HDF5 file without TensorFlow: file in, architecture and tensors out."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.architecture import Architecture
from dss_core.networks.keras_import.config import parse_model
from dss_core.networks.keras_import.flatten import flatten, place_weights
from dss_core.networks.keras_import.graph import KerasGraph, build
from dss_core.networks.keras_import.hdf5 import read_keras_file


@dataclass(frozen=True)
class ImportedNetwork:
    """What a weights bundle keeps of a Keras file, and the network made from just that.

    Attributes
    ----------
    architecture : Architecture
        `to_json` gives what a bundle stores.
    tensors : dict
        float32 by path, such as `conv2d_1/kernel`, in the shapes Keras stores.
    keras_version : str
        Version that wrote the file.
    network : KerasGraph
        `build(architecture, tensors)`.
    """

    architecture: Architecture
    tensors: dict[str, Tensor]
    keras_version: str
    network: KerasGraph


def import_keras(path: Path) -> ImportedNetwork:
    """Read a Keras 2 file exactly, or refuse it.

    Raises
    ------
    WeightsError
        The file is not a whole Keras 2 model, is damaged, or holds what cannot be imported
        exactly; the text names all of it.
    """
    file = read_keras_file(path)
    name = f"'{path.name}'"
    model = parse_model(file.model_config, name)
    architecture = flatten(model, name)
    stored = place_weights(model, file.layers, name)
    tensors = {key: torch.from_numpy(values) for key, values in stored.items()}
    try:
        network = build(architecture, tensors)
    except WeightsError as why:
        raise WeightsError(f"{name} cannot be imported. {why}") from why
    return ImportedNetwork(architecture, tensors, file.keras_version, network)
