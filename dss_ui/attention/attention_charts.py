"""Figures of attention: where it lies against chance, its strength, in 3D, and its checks."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dss_core.attention.attention_result import AttentionMap, ClassMap
from dss_core.attention.cue_localisation_result import CueLocalisationResult, Spread
from dss_core.attention.explanation import ClassView
from dss_core.attention.sanity_checks import Perturbation, Randomised
from dss_core.attention.zones import Share, Zone
from dss_ui.attention.computed_maps import METHODS
from dss_ui.figures.score_charts import HIGH, LINE, LOW, MARK

ZONES = {
    Zone.TUMOUR: "Inside the tumour",
    Zone.RIM: "Rim, up to 20 mm",
    Zone.BEYOND: "Beyond 20 mm",
    Zone.HOT: "PET ≥ 50% SUVmax",
}
_MARGIN = {"l": 8, "r": 8, "t": 34, "b": 8}


def shares_figure(shares: tuple[Share, ...]) -> go.Figure:
    """Bars: share of the response per zone; diamonds: the share expected by chance."""
    names = [ZONES[s.zone] for s in shares]
    figure = go.Figure()
    figure.add_bar(
        y=names, x=[s.share for s in shares], orientation="h", marker_color=LOW, name="response",
        hovertemplate="%{y}: %{x:.0%}<extra></extra>", width=0.55,
    )  # fmt: skip
    figure.add_scatter(
        y=names, x=[s.chance for s in shares], mode="markers", name="expected by chance",
        marker={"symbol": "diamond", "size": 12, "color": HIGH},
        hovertemplate="%{y}: %{x:.0%} expected by chance<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        height=190, margin=_MARGIN | {"t": 4, "r": 28}, showlegend=False, dragmode=False
    )
    figure.update_xaxes(
        range=[0, 1], tickvals=[0, 0.5, 1], tickangle=0, tickformat=".0%", fixedrange=True
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    return figure


def shares_rows(cells: list[tuple[str, tuple[Share, ...]]]) -> list[dict[str, str]]:
    """Shares, those expected by chance, and their ratio: a row per zone and title."""
    return [
        {
            "Slices": title,
            "Zone": ZONES[share.zone],
            "Response": f"{share.share:.1%}",
            "Expected by chance": f"{share.chance:.1%}",
            "Ratio": f"{share.share / share.chance:.2f}" if share.chance else "",
        }
        for title, shares in cells
        for share in shares
    ]


def strength_figure(attention: AttentionMap, side: ClassMap, index: int) -> go.Figure:
    """Peak of every slice from inferior to superior; hollow where nothing is localised."""
    figure = go.Figure()
    figure.add_scatter(
        x=attention.z_mm,
        y=side.scale,
        mode="lines+markers",
        line={"color": LINE, "width": 1.5},
        marker={
            "size": [13 if k == index else 8 for k in range(len(side.scale))],
            "symbol": ["circle" if there else "circle-open" for there in side.localised],
            "color": LOW,
        },
        hovertemplate="z %{x:.0f} mm: %{y:.3g}<extra></extra>",
    )
    figure.add_vline(x=float(attention.z_mm[index]), line={"color": MARK, "width": 2})
    figure.update_layout(height=360, margin=_MARGIN, showlegend=False, dragmode=False)
    figure.update_xaxes(title_text="z (mm), inferior to superior", fixedrange=True)
    figure.update_yaxes(title_text=attention.unit, rangemode="tozero", fixedrange=True)
    return figure


def volume_figure(view: ClassView, mask_zyx: np.ndarray, peak: float) -> go.Figure:
    """The tumour's surface and the surface of half the strongest response, in the patient.

    Parameters
    ----------
    mask_zyx : bool array
        The tumour on the grid of the placed map.
    """
    grid, step = view.placed.grid, 2
    z, y, x = (np.arange(0, n, step, dtype=float) for n in grid.shape_zyx)
    k, j, i = np.meshgrid(z, y, x, indexing="ij")
    world = np.asarray(grid.origin_mm) + np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1)
    place = {"x": world[:, 0], "y": world[:, 1], "z": world[:, 2]}
    figure = go.Figure()
    surfaces = (
        ("tumour", mask_zyx.astype(np.float32), 0.5, "#00C8FF", 0.25),
        ("half of the peak response", view.placed.values_zyx, peak / 2.0, "#F5C400", 0.55),
    )
    for name, values, level, colour, opacity in surfaces:
        part = values[::step, ::step, ::step]
        if not part.max() > level > 0.0:
            continue
        figure.add_isosurface(
            **place,
            value=part.ravel(),
            isomin=level,
            isomax=level,
            surface_count=1,
            opacity=opacity,
            colorscale=[[0, colour], [1, colour]],
            showscale=False,
            name=name,
            showlegend=True,
            caps={"x_show": False, "y_show": False, "z_show": False},
            hoverinfo="name",
        )
    figure.update_layout(
        height=380,
        margin={"l": 0, "r": 0, "t": 30, "b": 0},
        legend={"orientation": "h", "y": 1.08, "x": 0},
        scene={
            "aspectmode": "data",
            "xaxis_title": "left (mm)",
            "yaxis_title": "posterior (mm)",
            "zaxis_title": "superior (mm)",
            "camera": {"eye": {"x": -0.9, "y": -1.6, "z": 0.7}},
        },
    )
    return figure


def checks_figure(randomised: tuple[Randomised, ...], curves: Perturbation) -> go.Figure:
    """Do the maps depend on the network (left) and on the image (middle, right)?

    Left: similarity to the true maps while layers are randomised from the output down; it should
    fall. Middle and right: probability while pixels are taken away or put back, in the order of
    the map and at random.
    """
    figure = make_subplots(
        rows=1,
        cols=3,
        horizontal_spacing=0.08,
        subplot_titles=["Layer randomisation", "Deletion", "Insertion"],
    )
    share = [0.0, *(r.share for r in randomised)]
    for name, values, colour in (
        ("rank correlation", [1.0, *(r.similarity.rank_correlation for r in randomised)], LOW),
        ("SSIM", [1.0, *(r.similarity.ssim for r in randomised)], HIGH),
    ):
        figure.add_scatter(x=share, y=values, name=name, line={"color": colour}, row=1, col=1)
    for column, ordered, random in (
        (2, curves.deletion, curves.random_deletion),
        (3, curves.insertion, curves.random_insertion),
    ):
        for name, probabilities, line in (
            ("in the map's order", ordered, {"color": MARK}),
            ("in random order", random, {"color": LINE, "dash": "dot"}),
        ):
            figure.add_scatter(
                x=curves.share, y=probabilities, name=name, line=line, row=1, col=column,
                showlegend=column == 2,
            )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    figure.update_yaxes(title_text="similarity", col=1)
    figure.update_yaxes(title_text="probability", col=2)
    figure.update_layout(
        height=290,
        margin=_MARGIN | {"b": 50},
        dragmode=False,
        legend={"orientation": "h", "y": -0.18},
    )
    return figure


CUE_COLUMNS = {
    "localisation_auc": "Cue localisation (AUC)",
    "permuted_labels_auc": "Control: permuted labels (AUC)",
    "randomised_rank_correlation": "Layers randomised (rank correlation)",
    "flip_rank_correlation": "Mirror consistency (rank corr.)",
    "shift_px": "Offset (pixels)",
    "deletion_gain": "Deletion gain",
    "insertion_gain": "Insertion gain",
}


def cue_rows(result: CueLocalisationResult) -> list[dict[str, str]]:
    """The check with a known cue, a row per method: mean over the networks (lowest to highest)."""
    return [
        {"Method": METHODS[method]}
        | {title: _spread(result.spread(method, name)) for name, title in CUE_COLUMNS.items()}
        for method in result.methods
    ]


def cue_figure(result: CueLocalisationResult) -> go.Figure:
    """Each method's AUC for the cue, network by network, beside that with permuted labels."""
    figure = go.Figure()
    for name, title, colour, symbol in (
        ("localisation_auc", "trained on the cue", LOW, "circle"),
        ("permuted_labels_auc", "control: permuted labels", HIGH, "diamond"),
    ):
        figure.add_scatter(
            x=[v for m in result.methods for v in result.values(m, name)],
            y=[METHODS[m] for m in result.methods for _ in result.values(m, name)],
            mode="markers",
            name=title,
            marker={"size": 12, "symbol": symbol, "color": colour, "opacity": 0.85},
            hovertemplate="%{y}: AUC %{x:.2f}<extra></extra>",
        )
    figure.add_vline(x=0.5, line={"color": LINE, "dash": "dot"})
    figure.update_layout(
        height=250,
        margin=_MARGIN | {"b": 40},
        dragmode=False,
        legend={"orientation": "h", "y": 1.16},
    )
    figure.update_xaxes(
        title_text="AUC for the cue; 0.5 is chance", range=[0.4, 1.02], fixedrange=True
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    return figure


def _spread(value: Spread) -> str:
    same = value.low == value.high
    return f"{value.mean:.2f}" + ("" if same else f" ({value.low:.2f} to {value.high:.2f})")
