"""The nomogram of a signature: axes of points, the patient on each, the sum read as probability."""

import plotly.graph_objects as go

from dss_core.evaluation.nomogram import Nomogram, Tick
from dss_ui.figures.chart_style import COLOURS, finish, room_for
from dss_ui.model.model_charts import GREY, named

_CLOSE, _SHORT = 3.0, 20.0
_ROW_PX = 62


def nomogram_figure(found: Nomogram, label: str, footer: str) -> go.Figure:
    """Points on top, one axis a variable, then the sum of points and the probability it means."""
    figure = go.Figure()
    ruler = tuple(Tick(str(p), float(p)) for p in range(0, 101, 10))
    most = found.most or 1.0
    totals = tuple(Tick(f"{p:g}", 100 * p / most) for p in _round_marks(most))
    read = tuple(Tick(t.text, 100 * t.points / most) for t in found.probabilities)
    rows = [("points", ruler), *((named(a.variable), a.ticks) for a in found.axes)]
    rows += [("total points", totals), (f"probability of {label}", read)]
    for i, (name, ticks) in enumerate(rows):
        _axis(figure, -i, name, ticks)
    for i, axis in enumerate(found.axes, start=1):
        if axis.patient is not None:
            _mark(figure, axis.patient, -i, COLOURS[1], "", "circle")
    if found.total is not None and found.probability is not None:
        total, bottom = 100 * found.total / most, len(rows) - 1
        _mark(figure, total, 1 - bottom, COLOURS[1], f"{found.total:.0f}")
        _mark(figure, total, -bottom, COLOURS[1], f"<b>{found.probability:.0%}</b>")
        figure.add_shape(
            type="line", x0=total, x1=total, y0=1 - bottom, y1=-bottom,
            line={"color": COLOURS[1], "dash": "dot", "width": 1.5},
        )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-6, 106])
    figure.update_yaxes(
        tickvals=[-i for i in range(len(rows))], ticktext=[name for name, _ in rows],
        showgrid=False, zeroline=False, range=[-len(rows) + 0.35, 0.6],
    )  # fmt: skip
    left = room_for(name for name, _ in rows)
    return finish(figure, footer, _ROW_PX * len(rows) + 96, bottom=52, left=left)


def _axis(figure: go.Figure, y: int, name: str, ticks: tuple[Tick, ...]) -> None:
    """A line with its ticks; labels that would touch are left out, on a short line they go beside.

    A short line with its few values in order at its right end stays readable.
    """
    if not ticks:
        return
    places = [t.points for t in ticks]
    low, high = min(places), max(places)
    figure.add_shape(
        type="line", x0=low, x1=high, y0=y, y1=y, line={"color": GREY, "width": 1.5}
    )  # fmt: skip
    labels, last = [], -100.0
    for tick in ticks:
        fits = tick.points - last >= _CLOSE + 1.4 * len(tick.text)
        labels.append(tick.text if fits else "")
        last = tick.points if fits else last
    if high - low < _SHORT:
        numbers = len(ticks) > 4
        order = (
            f"{ticks[0].text} → {ticks[-1].text}" if numbers else " · ".join(t.text for t in ticks)
        )
        labels = [""] * len(ticks)
        figure.add_annotation(
            x=high, y=y, xanchor="left", xshift=14, text=order, showarrow=False,
            font={"size": 11, "color": GREY},
        )  # fmt: skip
    figure.add_scatter(
        x=places, y=[y] * len(places), mode="markers+text", text=labels,
        textposition="bottom center", textfont={"size": 11}, showlegend=False,
        customdata=[t.text for t in ticks], cliponaxis=False,
        marker={"symbol": "line-ns-open", "size": 8, "color": GREY},
        hovertemplate=f"{name} %{{customdata}}: %{{x:.0f}} points<extra></extra>",
    )  # fmt: skip


def _mark(
    figure: go.Figure, x: float, y: int, colour: str, text: str, symbol: str = "diamond"
) -> None:
    figure.add_scatter(
        x=[min(max(x, -3), 103)], y=[y], mode="markers+text", text=[text],
        textposition="top center", textfont={"size": 14, "color": colour}, showlegend=False,
        cliponaxis=False,
        marker={"symbol": symbol, "size": 14, "color": colour, "line": {"width": 2}},
        hoverinfo="skip",
    )  # fmt: skip


def _round_marks(most: float) -> list[float]:
    step = next(s for s in (10, 20, 25, 50, 100, 200, 500, 1e9) if most / s <= 9)
    return [float(p) for p in range(0, int(most) + 1, int(step))]
