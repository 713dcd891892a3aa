"""Keras' `model_config` parsed into models, their members and the tensors these are called on.

Reads the functional form (`Model`, later called `Functional`) and `Sequential`, as written by
Keras 2.0 to 2.3 and by tf.keras 2: nested models, shared layers, inputs in any order. What cannot
be imported exactly is collected, so that one refusal names all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dss_core.errors import WeightsError
from dss_core.networks.keras_import.architecture import MAX_CALLS
from dss_core.networks.keras_import.layers import KerasLayer
from dss_core.networks.keras_import.options import JsonValue, Options, SettingError
from dss_core.networks.keras_import.table import LAYERS

MAX_NESTING = 12
_FUNCTIONAL = ("Model", "Functional")
_KNOWN = frozenset({*LAYERS, *_FUNCTIONAL, "Sequential", "InputLayer"})


@dataclass(frozen=True)
class Reference:
    """A tensor: output `tensor` of call number `node` of the member `member`."""

    member: str
    node: int
    tensor: int


@dataclass(frozen=True)
class Member:
    """A layer, nested model or input of a model, and the tensors of each of its calls.

    Exactly one of `layer` and `model` is set, neither for an input; `first_node` is the number
    Keras gives to the first call (a model that was called has call 0 from its own making).
    """

    name: str
    kind: str
    trainable: bool
    calls: tuple[tuple[Reference, ...], ...]
    layer: KerasLayer | None = None
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    model: "Model | None" = None
    shape: tuple[int | None, ...] | None = None
    first_node: int = 0


@dataclass(frozen=True)
class Model:
    """A model: members in the file's order, and what goes in and comes out."""

    members: tuple[Member, ...]
    inputs: tuple[str, ...]
    outputs: tuple[Reference, ...]


def parse_model(config: Mapping[str, JsonValue], file_name: str) -> Model:
    """Parse the `model_config` of a file.

    Raises
    ------
    WeightsError
        Layers or settings that cannot be imported exactly (all are named), or a description that
        contradicts itself.
    """
    problems: list[str] = []
    try:
        model = _model(config, problems, 0)
    except (KeyError, TypeError, ValueError, IndexError) as fault:
        raise WeightsError(
            f"{file_name} has a model description that cannot be followed ({fault})."
        ) from fault
    if problems:
        raise WeightsError(
            f"{file_name} cannot be imported exactly; not supported: "
            + "; ".join(problems[:20])
            + (f"; and {len(problems) - 20} more" if len(problems) > 20 else "")
            + "."
        )
    return model


def _model(entry: Mapping[str, JsonValue], problems: list[str], depth: int) -> Model:
    if depth > MAX_NESTING:
        raise ValueError(f"models nested more than {MAX_NESTING} deep")
    config = entry["config"]
    if entry["class_name"] == "Sequential":
        layers = config if isinstance(config, list) else _mapping(config)["layers"]
        return _sequential(_list(layers), problems, depth)
    if entry["class_name"] in _FUNCTIONAL:
        return _functional(_mapping(config), problems, depth)
    raise ValueError(f"a model of class {_name(entry['class_name'])}")


def _functional(config: Mapping[str, JsonValue], problems: list[str], depth: int) -> Model:
    members = []
    for item in _list(config["layers"]):
        entry = _mapping(item)
        name, kind = _name(entry["name"]), _name(entry["class_name"])
        # how layers that are refused were called is their own affair
        made = () if kind not in _KNOWN else _list(entry["inbound_nodes"])
        calls = tuple(
            tuple(_reference(source, name, problems) for source in _list(call)) for call in made
        )
        members.append(_member(entry, name, calls, problems, depth))
    outputs = tuple(_plain_reference(item) for item in _references(config["output_layers"]))
    inputs = tuple(_plain_reference(item).member for item in _references(config["input_layers"]))
    return Model(_with_first_nodes(members, outputs), inputs, outputs)


def _sequential(layers: Sequence[JsonValue], problems: list[str], depth: int) -> Model:
    """A chain as a functional model; the input is made where Keras leaves it implied."""
    members: list[Member] = []
    for number, item in enumerate(layers):
        entry = _mapping(item)
        config = entry["config"]
        given = config.get("name") if isinstance(config, dict) else None
        name = _name(entry.get("name") or given or f"layer_{number}")
        if number == 0 and entry["class_name"] != "InputLayer":
            members.append(Member(f"{name}_input", "InputLayer", False, (), shape=_shape(config)))
        calls = ((Reference(members[-1].name, 0, 0),),) if members else ()
        member = _member(entry, name, calls, problems, depth)
        if number == 0 and member.model is not None and len(member.model.inputs) == 1:
            shape = {inner.name: inner.shape for inner in member.model.members}
            implied = shape.get(member.model.inputs[0])
            members[0] = Member(members[0].name, "InputLayer", False, (), shape=implied)
        members.append(member)
    if not members:
        raise ValueError("a Sequential model without layers")
    outputs = (Reference(members[-1].name, 0, 0),)
    return Model(_with_first_nodes(members, outputs), (members[0].name,), outputs)


def _member(
    entry: Mapping[str, JsonValue],
    name: str,
    calls: tuple[tuple[Reference, ...], ...],
    problems: list[str],
    depth: int,
) -> Member:
    kind = _name(entry["class_name"])
    config = entry["config"]
    settings = config if isinstance(config, dict) else {}
    trainable = settings.get("trainable", True) is not False
    if kind in (*_FUNCTIONAL, "Sequential"):
        nested = _model(entry, problems, depth + 1)
        return Member(name, kind, trainable, calls, model=nested)
    if kind == "InputLayer":
        if settings.get("sparse") or settings.get("dtype", "float32") not in ("float32", None):
            problems.append(f"{name} (InputLayer that is not a dense float32 tensor)")
        return Member(name, kind, False, (), shape=_shape(settings))
    if kind not in LAYERS:
        problems.append(f"{name} ({kind} layer)")
        return Member(name, kind, trainable, calls)
    options = Options(_mapping(config))
    try:
        layer = LAYERS[kind](options)
    except SettingError as why:
        problems.append(f"{name} ({kind} with {why})")
        return Member(name, kind, trainable, calls)
    return Member(name, kind, trainable, calls, layer=layer, options=options.read)


def _with_first_nodes(
    members: Sequence[Member], outputs: Sequence[Reference]
) -> tuple[Member, ...]:
    """Number the calls of nested models as the file does.

    A model that was built from tensors starts with a call of its own, so its first use is call 1;
    one that was not starts with 0. The highest call number in use tells which.
    """
    highest: dict[str, int] = {}
    used = [source for member in members for call in member.calls for source in call]
    for source in (*used, *outputs):
        highest[source.member] = max(source.node, highest.get(source.member, 0))
    numbered = []
    for member in members:
        if member.model is not None:
            first = highest.get(member.name, 0) - (len(member.calls) - 1)
            if first not in (0, 1):
                raise ValueError(f"calls of {member.name} are numbered inconsistently")
            member = Member(**{**vars(member), "first_node": first})
        numbered.append(member)
    if len({member.name for member in members}) != len(members):
        raise ValueError("two layers of one model have the same name")
    if len(used) > 16 * MAX_CALLS:
        raise ValueError("too many connections between layers")
    return tuple(numbered)


def _reference(value: JsonValue, caller: str, problems: list[str]) -> Reference:
    """[layer, call, tensor] or the same with the call's extra arguments."""
    items = _list(value)
    if len(items) == 4:
        extra = {key: item for key, item in _mapping(items[3]).items() if item not in (None, False)}
        if extra:
            problems.append(f"{caller} (called with {', '.join(sorted(extra))[:60]})")
        items = items[:3]
    return _plain_reference(items)


def _plain_reference(value: JsonValue) -> Reference:
    name, node, tensor = _list(value)
    if not isinstance(node, int) or not isinstance(tensor, int) or min(node, tensor) < 0:
        raise ValueError("a connection without call and tensor numbers")
    return Reference(_name(name), node, tensor)


def _references(value: JsonValue) -> list[JsonValue]:
    """A list of references; a lone reference is a list of one."""
    items = _list(value)
    return [items] if items and isinstance(items[0], str) else items


def _shape(config: JsonValue) -> tuple[int | None, ...] | None:
    """Shape of one sample from `batch_input_shape`, None where the file leaves it open."""
    shape = config.get("batch_input_shape") if isinstance(config, dict) else None
    if shape is None:
        return None
    sizes = []
    for size in _list(shape)[1:]:
        if size is not None and (not isinstance(size, int) or not 1 <= size <= 1 << 16):
            raise ValueError(f"an input of size {size!r}")
        sizes.append(size)
    return tuple(sizes)


def _mapping(value: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise TypeError("an object was expected")
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value


def _name(value: JsonValue) -> str:
    if not isinstance(value, str) or not value or len(value) > 200 or not value.isprintable():
        raise ValueError("a layer without a readable name")
    return value
