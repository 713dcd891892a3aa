"""The look that all figures share: colours, dashes, margins and the line printed on every export.

Low and high have the colours they have on every page; the others are from the Okabe-Ito set, so
that colour-blind readers tell them apart, by dash as well.
"""

from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

from dss_ui.figures.score_charts import HIGH, LOW

COLOURS = (LOW, HIGH, "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#999999", "#8C6D31")
EDGE_PX = 8
DASHES = ("solid", "6px,2px", "2px,2px", "8px,2px,2px,2px") * 2


def layout(footer: str, height: int, bottom: int = 88, left: int = EDGE_PX) -> dict[str, Any]:
    """Layout of a figure of that height in pixels, with the footer as its one annotation.

    The footer starts at the edge of the figure if the labels beside the axis fit in `left`
    (`room_for`). A figure made in one piece, `go.Figure(data, layout)`, costs Plotly a tenth of
    one that is changed step by step.
    """
    return {
        "height": height,
        # a font every computer has: an exported picture is measured and drawn alike
        "font": {"family": "Arial, Helvetica, sans-serif"},
        "margin": {"l": left, "r": 12, "t": 44, "b": bottom},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0},
        "hovermode": "closest",
        "annotations": [
            {
                "x": 0, "y": 0, "xref": "paper", "yref": "paper", "xanchor": "left",
                "yanchor": "bottom", "yshift": 4 - bottom, "xshift": EDGE_PX - left,
                "align": "left", "text": footer, "showarrow": False,
                "font": {"size": 11},
            }
        ],
    }  # fmt: skip


def room_for(labels: Iterable[str]) -> int:
    """Pixels that the longest of some labels beside an axis needs."""
    return EDGE_PX + 16 + round(5.6 * max(map(len, labels), default=0))


def finish(
    figure: go.Figure, footer: str, height: int, bottom: int = 88, left: int = EDGE_PX
) -> go.Figure:
    """Give a figure that was drawn step by step the shared look."""
    look = layout(footer, height, bottom, left)
    figure.add_annotation(**look.pop("annotations")[0])
    figure.update_layout(look)
    return figure


def translucent(colour: str, alpha: float) -> str:
    """A colour `#rrggbb` with that opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
