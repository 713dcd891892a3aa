"""Receptive fields of tensors inside an imported network.

Receptive fields are followed from the inputs on, layer by layer and for each axis alone; where
branches meet, the field is what holds both. Layers that keep no rows and columns end the walk.

References
----------
Araujo et al., Computing receptive fields of convolutional neural networks, Distill 2019.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dss_core.networks.keras_import.graph import KerasGraph
from dss_core.networks.keras_import.layers import KerasLayer
from dss_core.networks.keras_import.pointwise import Dense
from dss_core.networks.keras_import.rearranging import Flatten, Permute, Reshape
from dss_core.networks.keras_import.windows import (
    Cropping2D,
    GlobalPooling,
    UpSampling2D,
    Window,
    ZeroPadding2D,
    same_margins,
)
from dss_core.networks.receptive_fields import Positions, evenly

_LOST = (Dense, Flatten, GlobalPooling, Permute, Reshape)


@dataclass(frozen=True)
class _Field:
    """Along one axis, position k sees the input from step * k + low to step * k + high (pixels)."""

    step: float
    low: float
    high: float

    def centres(self, n: int) -> tuple[float, ...]:
        """Middle of the field of each of n positions."""
        return tuple((self.low + self.high) / 2.0 + self.step * k for k in range(n))

    def moved(self, positions: float) -> "_Field":
        """Position k sees what position k + positions saw."""
        shift = self.step * positions
        return _Field(self.step, self.low + shift, self.high + shift)


_Fields = tuple[_Field, _Field]


def positions_of(graph: KerasGraph, name: str, size_px: int) -> Positions:
    """Centres of the receptive fields of a call's rows and columns.

    Parameters
    ----------
    graph : KerasGraph
    name : str
        Name of the call.
    size_px : int
        Rows and columns of the input; where the fields cannot be followed, it is divided evenly.
    """
    architecture = graph.architecture
    names = [item.name for item in architecture.inputs] + [c.name for c in architecture.calls]
    fields: list[_Fields | None] = [(_Field(1.0, 0.0, 0.0),) * 2 for _ in architecture.inputs]
    for call in architecture.calls:
        given = [(fields[k], graph.shapes[names[k]]) for k in call.inputs]
        fields.append(_after(graph.layer(call.layer), given))
        if call.name == name:
            break
    found, (n_rows, n_columns, *_) = fields[-1], graph.shapes[name]
    if found is None:
        return Positions(evenly(n_rows, size_px), evenly(n_columns, size_px))
    return Positions(found[0].centres(n_rows), found[1].centres(n_columns))


def _after(
    layer: KerasLayer, given: Sequence[tuple[_Fields | None, tuple[int, ...]]]
) -> _Fields | None:
    """Fields after a layer; None where rows and columns are lost."""
    # A tensor of one pixel only weighs the others it is merged with.
    spread = [fields for fields, shape in given if len(shape) == 3 and shape[:2] != (1, 1)]
    known = [fields for fields in spread if fields is not None]
    if not known or len(known) < len(spread) or isinstance(layer, _LOST):
        return None
    if any(one[axis].step != known[0][axis].step for one in known for axis in (0, 1)):
        return None
    shape = next(s for fields, s in given if fields is known[0])
    rows, columns = (
        _axis(
            layer,
            axis,
            shape[axis],
            _Field(
                known[0][axis].step,
                min(one[axis].low for one in known),
                max(one[axis].high for one in known),
            ),
        )
        for axis in (0, 1)
    )
    return rows, columns


def _axis(layer: KerasLayer, axis: int, size: int, field: _Field) -> _Field:
    if isinstance(layer, Window):
        window, stride = layer.window[axis], layer.strides[axis]
        dilation, before = layer.dilation[axis], 0
        if layer.padding == "same":
            before = same_margins(size, window, stride, dilation)[0]
        reach = (window - 1) * dilation
        low, high = field.low - before * field.step, field.high + (reach - before) * field.step
        return _Field(field.step * stride, low, high)
    if isinstance(layer, ZeroPadding2D):
        return field.moved(-layer.margins[2 * axis])
    if isinstance(layer, Cropping2D):
        return field.moved(layer.margins[2 * axis])
    if isinstance(layer, UpSampling2D):
        factor = layer.size[axis]
        back = field.step * (factor - 1) / (2.0 * factor)
        return _Field(field.step / factor, field.low - back, field.high - back)
    return field
