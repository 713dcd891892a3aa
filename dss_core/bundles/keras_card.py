"""Model card of an imported network, and the network built from it.

The task's entry on the card holds the architecture (`network`), the attention layer and the
source; the tensors lie beside it as safetensors under their Keras names and in Keras' shapes. The
HDF5 file is not needed again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.architecture import Architecture
from dss_core.networks.keras_import.graph import build
from dss_core.networks.keras_import.imported_network import (
    CHANNELS,
    KerasNetwork,
    attention_layer,
    scoring_problem,
)
from dss_core.networks.keras_import.reader import ImportedNetwork
from dss_core.records import Task

CUTOFFS: Mapping[Task, tuple[float, str]] = {
    Task.EGFR: (0.5, "published with the EGFR-DLS (Mu et al. 2020)"),
    Task.PDL1: (0.54, "in the authors' released code for the PDL1-DLS"),
}
KNOWN = (
    "As published, for a file that the user takes from the authors:",
    "Channel order PET, CT, fusion.",
    "Each channel min-max scaled over its non-zero pixels, then z-scored per slice with the "
    "sample standard deviation; fusion is the sum of the scaled PET and CT, z-scored.",
    "CT and PET at 1 mm isotropic, square around the region grown by 20 mm on each side.",
)
UNKNOWN = (
    "As published, for a file that the user takes from the authors:",
    "The 8-bit window the authors applied to CT and PET before this normalisation; the window on "
    "this card is ours.",
    "The interpolation used to resample and to resize.",
    "Whether this file is the one behind the published scores, unless a check below says so.",
)
ALL_UNKNOWN = "What the inputs are and how they are prepared."


def network_from_card(
    tensors: Mapping[str, Tensor], network: Mapping[str, Any], layer: str | None
) -> KerasNetwork:
    """The network of a task.

    Parameters
    ----------
    tensors : mapping of float32 tensors
    network : mapping
        The architecture, as on the card.
    layer : str or None
        The attention layer by its Keras name.

    Raises
    ------
    WeightsError
        Architecture and tensors do not fit, or there is no such attention layer.
    """
    graph = build(Architecture.from_json(network), tensors)
    if layer is not None and len(graph.shapes.get(layer, ())) != 3:
        raise WeightsError(
            f"'{layer}' is not a layer of the network with rows, columns and channels, so no "
            "attention can be drawn from it."
        )
    return KerasNetwork(graph, layer)


def task_entry(
    imported: ImportedNetwork, task: Task, sources: Sequence[Mapping[str, str]], layer: str | None
) -> dict[str, Any]:
    """The card's entry for an imported network, without its files.

    Parameters
    ----------
    imported : ImportedNetwork
    task : Task
    sources : sequence of mapping
        Name (`file`) and SHA-256 of the file of every member.
    layer : str or None
        Attention layer by its Keras name; None finds it by rule.
    """
    graph = imported.network
    problem = scoring_problem(graph)
    cutoff, origin = CUTOFFS[task]
    architecture = imported.architecture
    return {
        "cutoff": cutoff,
        "cutoff_origin": origin,
        "metrics": {},
        "sources": [dict(source) for source in sources],
        "keras_version": imported.keras_version,
        "parameters": sum(tensor.numel() for tensor in imported.tensors.values()),
        "inputs": [{"name": i.name, "shape": list(i.shape)} for i in architecture.inputs],
        "outputs": list(architecture.output_names),
        "channels": list(CHANNELS),
        "cannot_score_because": problem,
        "attention_layer": layer or attention_layer(graph),
        "preprocessing_known": [] if problem else list(KNOWN),
        "preprocessing_unknown": [ALL_UNKNOWN] if problem else list(UNKNOWN),
        "checks": [],
        "network": architecture.to_json(),
    }
