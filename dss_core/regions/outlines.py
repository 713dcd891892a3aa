"""Outlines of a mask along its pixel edges; the even-odd rule gives the mask back.

Edges run with the inside on their right, so outer outlines turn one way and holes the other.
Pixels that touch at a corner only get outlines of their own. Every outline is drawn a thousandth
of a pixel into what it encloses, so that programs that round vertices to pixels and take the
pixels on the line find the same mask too.
"""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

Corner = tuple[int, int]
INSET = 1e-3


def outlines(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Closed polygons around a mask and around its holes.

    Parameters
    ----------
    mask : bool array (rows, columns)

    Returns
    -------
    list of float64 arrays (n, 2)
        Column and row of each vertex, halfway between pixel centres but for the inset; straight
        runs have no vertices between their ends; the last vertex is not the first.
    """
    ahead = _edges(mask)
    found = []
    while ahead:
        start = next(iter(ahead))
        path, came, at = [start], start, _step(ahead, start, (0, 0))
        while at != start:
            path.append(at)
            came, at = at, _step(ahead, at, (at[0] - came[0], at[1] - came[1]))
        found.append(_inset(np.array(path)))
    return found


def _inset(corners: NDArray[np.int64]) -> NDArray[np.float64]:
    """The corners where the path turns, moved a little into what it encloses."""
    came = corners - np.roll(corners, 1, axis=0)
    goes = np.roll(came, -1, axis=0)
    turns = (came != goes).any(axis=1)
    right = (came + goes)[turns] @ np.array([[0, 1], [-1, 0]])
    kept = corners[turns]
    x, y = kept.T
    clockwise = np.dot(x, np.roll(y, -1)) > np.dot(np.roll(x, -1), y)
    return np.asarray(kept - 0.5 + (INSET if clockwise else -INSET) * right)


def _edges(mask: NDArray[np.bool_]) -> dict[Corner, list[Corner]]:
    """From each corner (column, row) to the corners its edges lead to, inside on the right."""
    part = np.pad(mask, 1)
    ahead: defaultdict[Corner, list[Corner]] = defaultdict(list)
    for axis, step in ((0, (1, 0)), (1, (0, 1))):
        enters = np.diff(part.astype(np.int8), axis=axis)
        for row, column in np.argwhere(enters):
            # The corner at the low end of the edge between this pixel of `part` and the next.
            low = (int(column) - (axis == 0), int(row) - (axis == 1))
            high = (low[0] + step[0], low[1] + step[1])
            forward = (enters[row, column] > 0) == (axis == 0)
            ahead[low if forward else high].append(high if forward else low)
    return dict(ahead)


def _step(ahead: dict[Corner, list[Corner]], at: Corner, heading: Corner) -> Corner:
    """Take the edge that leaves a corner; of two, the one that turns right (stays at a pixel)."""
    choices = ahead[at]
    right = (at[0] - heading[1], at[1] + heading[0])
    chosen = right if right in choices else choices[0]
    choices.remove(chosen)
    if not choices:
        del ahead[at]
    return chosen
