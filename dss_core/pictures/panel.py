"""One image panel: a painted image with its title, letters, ruler and colour bar.

Panels carry their own black frame and colours, so they look the same in light and dark mode.
"""

import io
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dss_core.pictures.image_rendering import RGB, Scale

Colour = tuple[int, int, int]
OUTLINE: Colour = (0, 200, 255)
INK: Colour = (226, 232, 236)
FRAME: Colour = (12, 15, 18)
STRIP_PX = 36
_RULERS_MM = (5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Panel:
    """A painted image and what stands around it.

    Attributes
    ----------
    rgb : uint8 array (rows, columns, 3)
        Radiological: patient's right on the left, anterior or superior on top.
    inside : bool array (rows, columns)
        The region, drawn as an outline.
    pixel_mm : float
    title, note : str
        Top left and top right; never text from a file.
    letters : str
        What lies at the picture's left, right, top and bottom edge.
    """

    rgb: RGB
    inside: NDArray[np.bool_]
    pixel_mm: float
    title: str
    note: str
    scale: Scale
    letters: str = "RLAP"


def draw(panel: Panel, size_px: int) -> Image.Image:
    """The finished panel: a title strip, the picture at `size_px` wide, a scale strip."""
    rows, columns = panel.rgb.shape[:2]
    zoom = size_px / columns
    shape = (size_px, round(rows * zoom))
    picture = Image.fromarray(panel.rgb).resize(shape, Image.Resampling.NEAREST)
    inside = Image.fromarray(panel.inside).resize(shape, Image.Resampling.NEAREST)
    pixels = np.array(picture)
    pixels[_edge(np.asarray(inside), thick=2)] = OUTLINE
    canvas = Image.new("RGB", (shape[0], shape[1] + 2 * STRIP_PX), FRAME)
    canvas.paste(Image.fromarray(pixels), (0, STRIP_PX))
    pen = ImageDraw.Draw(canvas)
    _title(pen, panel, shape[0])
    _letters(pen, pixels, panel.letters)
    _ruler(pen, panel.pixel_mm / zoom, shape)
    _bar(canvas, pen, panel.scale, shape)
    return canvas


def as_jpeg(image: Image.Image) -> bytes:
    """For anatomy: small and without colour subsampling."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90, subsampling=0)
    return stream.getvalue()


def as_png(image: Image.Image) -> bytes:
    """For pixels that must stay exact."""
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def _edge(inside: NDArray[np.bool_], thick: int) -> NDArray[np.bool_]:
    """A band just outside the region, so that no pixel of it is hidden."""
    grown = np.pad(inside, thick)
    for axis in (0, 1):
        grown = np.logical_or.reduce([np.roll(grown, s, axis) for s in range(-thick, thick + 1)])
    return np.asarray(grown[thick:-thick, thick:-thick] & ~inside)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _title(pen: ImageDraw.ImageDraw, panel: Panel, width: int) -> None:
    middle = STRIP_PX / 2
    pen.text((8, middle), panel.title, INK, _font(20), anchor="lm")
    pen.text((width - 8, middle), panel.note, INK, _font(17), anchor="rm")


def _letters(pen: ImageDraw.ImageDraw, pixels: RGB, letters: str) -> None:
    """Directions on the picture's edges, in black or white by what lies under them."""
    rows, columns = pixels.shape[:2]
    places = (
        (16, rows // 2),
        (columns - 16, rows // 2),
        (columns // 2, 18),
        (columns // 2, rows - 18),
    )
    for letter, (x, y) in zip(letters, places, strict=True):
        under = pixels[max(0, y - 9) : y + 9, max(0, x - 9) : x + 9]
        dark = float(under.mean()) < 128.0
        ink, halo = ((255, 255, 255), (0, 0, 0)) if dark else ((0, 0, 0), (255, 255, 255))
        pen.text(
            (x, y + STRIP_PX), letter, ink, _font(22), anchor="mm", stroke_width=1, stroke_fill=halo
        )


def _ruler(pen: ImageDraw.ImageDraw, pixel_mm: float, shape: tuple[int, int]) -> None:
    """The longest round length that fits a third of the width."""
    width, height = shape
    fitting = [r for r in _RULERS_MM if r / pixel_mm <= width / 3.2]
    if not fitting:
        return
    length, y = fitting[-1] / pixel_mm, STRIP_PX + height + STRIP_PX / 2
    pen.line([(9, y), (9 + length, y)], INK, 2)
    for x in (9, 9 + length):
        pen.line([(x, y - 5), (x, y + 5)], INK, 2)
    pen.text((9 + length + 8, y), f"{fitting[-1]} mm", INK, _font(17), anchor="lm")


def _bar(
    canvas: Image.Image, pen: ImageDraw.ImageDraw, scale: Scale, shape: tuple[int, int]
) -> None:
    """The colour bar with its end values and unit, in the lower right corner."""
    width, height = shape
    middle, font = STRIP_PX + height + STRIP_PX / 2, _font(17)
    right = f"{scale.high:g} {scale.unit}"
    x1 = width - 8 - pen.textlength(right, font) - 6
    x0 = x1 - 0.17 * width
    ramp = np.repeat(scale.colours[None], 10, axis=0)
    bar = Image.fromarray(ramp).resize((round(x1 - x0), 10))
    canvas.paste(bar, (round(x0), round(middle - 5)))
    pen.rectangle([(x0 - 1, middle - 6), (x1, middle + 5)], outline=(110, 120, 128))
    pen.text((width - 8, middle), right, INK, font, anchor="rm")
    pen.text((x0 - 6, middle), f"{scale.low:g}", INK, font, anchor="rm")
