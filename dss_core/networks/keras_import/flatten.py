"""Nested models laid out as one straight program, and every stored weight given its place.

Weights of a nested model are stored in one list: first all that are trained, then all that are
not, both in the order of its layers. That order is Keras' own rule for loading them; the names in
the file are checked against it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.architecture import (
    MAX_CALLS,
    Architecture,
    Call,
    InputSpec,
    LayerSpec,
)
from dss_core.networks.keras_import.config import Member, Model, Reference
from dss_core.networks.keras_import.hdf5 import LayerWeights

_LEAF = re.compile(r"([A-Za-z_]+?)(?:_\d+)?(?::\d+)?$")


def flatten(model: Model, file_name: str) -> Architecture:
    """Lay a parsed model out as calls of layers on numbered tensors.

    Raises
    ------
    WeightsError
        A tensor is used that nothing makes, calls form a circle, or there are too many.
    """
    inputs = []
    shapes = {member.name: member.shape for member in model.members}
    for name in model.inputs:
        shape = shapes.get(name)
        if shape is None or shape[-1:] == (None,) or not shape:
            raise WeightsError(
                f"{file_name} does not say the shape of its input '{name}' "
                "(batch_input_shape with a number of channels)."
            )
        inputs.append(InputSpec(name, shape))
    program = _Program(next_tensor=len(inputs))
    try:
        outputs = program.add(model, "", tuple(range(len(inputs))))
    except (ValueError, KeyError, IndexError) as fault:
        raise WeightsError(
            f"{file_name} has layers whose connections cannot be followed ({fault})."
        ) from fault
    return Architecture(
        tuple(inputs), tuple(program.layers.values()), tuple(program.calls), outputs
    )


@dataclass
class _Program:
    """The calls written so far."""

    next_tensor: int
    layers: dict[str, LayerSpec] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    uses: dict[str, int] = field(default_factory=dict)

    def add(self, model: Model, path: str, given: tuple[int, ...]) -> tuple[int, ...]:
        """Write the calls of `model` on the `given` tensors; returns its output tensors."""
        if len(given) != len(model.inputs):
            raise ValueError(f"{len(given)} tensors for a model with {len(model.inputs)} inputs")
        members = {member.name: member for member in model.members}
        made: dict[tuple[str, int], tuple[int, ...]] = {
            (name, 0): (tensor,) for name, tensor in zip(model.inputs, given, strict=True)
        }

        def tensor(source: Reference) -> int:
            made_by_call = made.get((source.member, source.node))
            if made_by_call is None or source.tensor >= len(made_by_call):
                raise ValueError(f"nothing makes the output of {source.member} that is used")
            return made_by_call[source.tensor]

        for name, number in _in_order(model.members):
            member = members[name]
            call = member.calls[number - member.first_node]
            tensors = tuple(tensor(source) for source in call)
            if member.model is not None:
                made[name, number] = self.add(member.model, f"{path}{name}/", tensors)
            else:
                made[name, number] = (self.call(f"{path}{name}", member, tensors),)
        return tuple(tensor(source) for source in model.outputs)

    def call(self, name: str, member: Member, tensors: tuple[int, ...]) -> int:
        """Write one call of a layer; returns the number of its output."""
        if not tensors:
            raise ValueError(f"{name} is called on nothing")
        self.layers.setdefault(name, LayerSpec(name, member.kind, member.options))
        self.uses[name] = use = self.uses.get(name, 0) + 1
        self.calls.append(Call(name if use == 1 else f"{name}:{use}", name, tensors))
        if len(self.calls) > MAX_CALLS:
            raise ValueError(f"more than {MAX_CALLS} layer calls")
        self.next_tensor += 1
        return self.next_tensor - 1


def _in_order(members: Sequence[Member]) -> Iterator[tuple[str, int]]:
    """Calls (member, number) such that each follows the calls whose outputs it takes."""
    sorter: TopologicalSorter[tuple[str, int]] = TopologicalSorter()
    inputs = {member.name for member in members if member.kind == "InputLayer"}
    for member in members:
        for number, call in enumerate(member.calls, start=member.first_node):
            sources = ((source.member, source.node) for source in call)
            sorter.add((member.name, number), *(item for item in sources if item[0] not in inputs))
    made = {
        (member.name, number)
        for member in members
        for number in range(member.first_node, member.first_node + len(member.calls))
    }
    try:
        order = list(sorter.static_order())
    except CycleError as fault:
        raise ValueError("they form a circle") from fault
    for item in order:
        if item not in made:
            raise ValueError(f"call {item[1]} of {item[0]} is used but not described")
        yield item


def place_weights(
    model: Model, stored: Sequence[LayerWeights], file_name: str
) -> dict[str, NDArray[np.float32]]:
    """Name every stored weight by its layer's path, such as `conv2d_1/kernel`.

    Raises
    ------
    WeightsError
        Layers and stored weights do not match one to one.
    """
    holders = [member for member in model.members if _all_names(member, "")]
    groups = [group for group in stored if group.weights]
    if len(holders) != len(groups):
        raise WeightsError(
            f"{file_name} describes {len(holders)} layers with weights and holds weights for "
            f"{len(groups)}. It does not fit together; save the model again."
        )
    placed: dict[str, NDArray[np.float32]] = {}
    for member, group in zip(holders, groups, strict=True):
        names = _all_names(member, "")
        if len(names) != len(group.weights) or not _same_layer(member, group):
            raise WeightsError(
                f"{file_name}: layer '{member.name}' needs {len(names)} weights and the file "
                f"contains {len(group.weights)} for '{group.layer[:60]}' in its place."
            )
        for name, weight in zip(names, group.weights, strict=True):
            if not _leaf_agrees(name.rsplit("/", 1)[-1], weight.name, names):
                raise WeightsError(
                    f"{file_name}: the file holds '{weight.name[:80]}' where the weight '{name}' "
                    "belongs, so its layers cannot be told apart."
                )
            placed[name] = weight.values
    return placed


def _same_layer(member: Member, group: LayerWeights) -> bool:
    """A nested Sequential inside a Sequential has no name in the description of Keras 2.1."""
    return member.name == group.layer or (
        member.model is not None and re.fullmatch(r"layer_\d+", member.name) is not None
    )


def _leaf_agrees(expected: str, stored: str, names: Sequence[str]) -> bool:
    """Whether a stored name may be the weight; names of other weights may not, odd ones may."""
    match = _LEAF.search(stored.rsplit("/", 1)[-1])
    leaf = match.group(1) if match else ""
    known = {name.rsplit("/", 1)[-1] for name in names}
    return leaf == expected or leaf not in known


def _all_names(member: Member, path: str) -> tuple[str, ...]:
    return _trained(member, path) + _untrained(member, path)


def _trained(member: Member, path: str) -> tuple[str, ...]:
    """Weights that training changes, by path, in Keras' order."""
    return _trainable_kind(member, path) if member.trainable else ()


def _trainable_kind(member: Member, path: str) -> tuple[str, ...]:
    here = f"{path}{member.name}/"
    if member.model is not None:
        return tuple(name for inner in member.model.members for name in _trained(inner, here))
    return tuple(here + name for name in member.layer.weight_names) if member.layer else ()


def _untrained(member: Member, path: str) -> tuple[str, ...]:
    """Frozen and moving weights, by path, in Keras' order."""
    here = f"{path}{member.name}/"
    frozen = () if member.trainable else _trainable_kind(member, path)
    if member.model is not None:
        return frozen + tuple(
            name for inner in member.model.members for name in _untrained(inner, here)
        )
    return frozen + (
        tuple(here + name for name in member.layer.moving_names) if member.layer else ()
    )
