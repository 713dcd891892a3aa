"""The look that all figures share: colours, dashes, margins and the line printed on every export.

Low and high have the colours they have on every page; the others are from the Okabe-Ito set, so
that colour-blind readers tell them apart, by dash as well.
"""

from typing import Any

import plotly.graph_objects as go

from dss_ui.charts import HIGH, LINE, LOW

COLOURS = (LOW, HIGH, "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#999999", "#8C6D31")
DASHES = ("solid", "6px,2px", "2px,2px", "8px,2px,2px,2px") * 2


def layout(footer: str, height: int, bottom: int = 88) -> dict[str, Any]:
    """Layout of a figure of that height in pixels, with the footer as its one annotation.

    A figure made in one piece, `go.Figure(data, layout)`, costs Plotly a tenth of one that is
    changed step by step.
    """
    return {
        "height": height,
        # a font every computer has: an exported picture is measured and drawn alike
        "font": {"family": "Arial, Helvetica, sans-serif"},
        "margin": {"l": 8, "r": 12, "t": 44, "b": bottom},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0},
        "hovermode": "closest",
        "annotations": [
            {
                "x": 0, "y": 0, "xref": "paper", "yref": "paper", "xanchor": "left",
                "yanchor": "bottom", "yshift": 4 - bottom, "align": "left", "text": footer,
                "showarrow": False, "font": {"size": 10, "color": LINE},
            }
        ],
    }  # fmt: skip


def finish(figure: go.Figure, footer: str, height: int, bottom: int = 88) -> go.Figure:
    """Give a figure that was drawn step by step the shared look."""
    look = layout(footer, height, bottom)
    figure.add_annotation(**look.pop("annotations")[0])
    figure.update_layout(look)
    return figure


def translucent(colour: str, alpha: float) -> str:
    """A colour `#rrggbb` with that opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
