"""3x3 convolutions of 8x8 images by Winograd's minimal filtering F(4x4, 3x3).

Four 4x4 tiles cover an image, and each is computed from a 6x6 patch, so that the filtering of all
tiles is 36 matrix products with a quarter of the multiplications. Images are kept as
(64 pixels, n, channels); the transforms of rows and of columns are matrix products too, one after
the other, and nothing is ever reordered. Tiles are (36 positions of a patch, 4 n, channels), the
tile's column before its row.

References
----------
Lavin and Gray, CVPR 2016: Fast algorithms for convolutional neural networks.
"""

from functools import cache

import torch
from torch import Tensor

SIDE = 8
_TILE, _PATCH = 4, 6
_TILES = SIDE // _TILE

# output = A [(G g G') * (B d B')] A'
_B = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_G = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_A = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))


def to_tiles(pixels: Tensor) -> Tensor:
    """Transformed patches (36, 4 n, channels) of images (64, n, channels), zeros around them."""
    n, channels = pixels.shape[1:]
    into_rows, into_columns, _, _ = _transforms()
    rows = (into_rows @ pixels.view(SIDE, -1)).view(_TILES, _PATCH, SIDE, n * channels)
    tiles = pixels.new_empty(_PATCH, _PATCH * _TILES, _TILES, n * channels)
    columns = into_columns.expand(_PATCH, -1, -1)
    for tile in range(_TILES):
        torch.bmm(columns, rows[tile], out=tiles[:, :, tile])
    return tiles.view(_PATCH * _PATCH, _TILES * _TILES * n, channels)


def from_tiles(tiles: Tensor) -> Tensor:
    """Images (64, n, channels) of filtered patches (36, 4 n, channels)."""
    channels = tiles.shape[2]
    _, _, back_rows, back_columns = _transforms()
    rows = (back_rows @ tiles.view(_PATCH, -1)).view(_TILE, _PATCH * _TILES, _TILES, -1)
    pixels = tiles.new_empty(_TILES, _TILE, SIDE, rows.shape[-1])
    columns = back_columns.expand(_TILE, -1, -1)
    for tile in range(_TILES):
        torch.bmm(columns, rows[:, :, tile], out=pixels[tile])
    return pixels.view(SIDE * SIDE, -1, channels)


def filters(weight: Tensor) -> Tensor:
    """3x3 filters (out, in, 3, 3) transformed to (36, in, out)."""
    g = torch.tensor(_G, dtype=torch.float64)
    found = torch.einsum("pk,oikl,ql->pqio", g, weight.double(), g)
    return found.reshape(_PATCH * _PATCH, weight.shape[1], weight.shape[0]).float()


@cache
def _transforms() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of rows and of columns into patches (12, 8), and back (4, 6) and (8, 12)."""
    b, a = torch.tensor(_B, dtype=torch.float32), torch.tensor(_A, dtype=torch.float32)
    into = torch.zeros(_TILES, _PATCH, SIDE)
    back = torch.zeros(_TILES, _TILE, _PATCH, _TILES)
    for tile in range(_TILES):
        first = tile * _TILE - 1  # the pixel at which the patch begins
        inside = slice(max(-first, 0), min(SIDE - first, _PATCH))
        into[tile, :, first + inside.start : first + inside.stop] = b[:, inside]
        back[tile, :, :, tile] = a
    both = _PATCH * _TILES
    into_columns = into.transpose(0, 1).reshape(both, SIDE)
    return into.reshape(both, SIDE), into_columns, a, back.reshape(SIDE, both)
