"""A figure with its downloads: PNG and SVG made by the browser, data as CSV and JSON.

The picture is exported by the Plotly in the user's browser, so the server needs no browser of its
own. The two buttons set the format and press the figure's own export button.
"""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dss_ui.shell.messages import plain

_HTML = """<div class="downloads">
<button data-format="png" title="Picture for slides">PNG</button>
<button data-format="svg" title="Vector graphic for print">SVG</button></div>"""
_CSS = """.downloads { display: flex; gap: .5rem; }
button { flex: 1; font: inherit; font-size: .875rem; padding: .42rem .4rem; cursor: pointer;
  border-radius: .5rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  background: transparent; color: inherit; }
button:hover, button:focus-visible { border-color: var(--st-primary-color);
  color: var(--st-primary-color); outline: none; }"""
_JS = """export default function({ data, parentElement }) {
  const find = () => document.querySelector(`.st-key-${data.key} .js-plotly-plot`);
  parentElement.querySelectorAll('button').forEach((button) => {
    button.onclick = () => {
      const plot = find();
      const camera = plot && plot.querySelector('.modebar-btn[data-title^="Download"]');
      if (!camera) { button.title = 'Use the camera on the figure'; return; }
      plot._context.toImageButtonOptions = {
        format: button.dataset.format, filename: data.name, scale: 2, width: null, height: null };
      camera.click();
    };
  });
}"""


def show_figure(
    figure: go.Figure, key: str, name: str, data: pd.DataFrame, values: Mapping[str, Any]
) -> None:
    """Draw a figure and its download buttons.

    Parameters
    ----------
    key : str
        Unique on the page; letters, digits and hyphens.
    name : str
        File name without its ending.
    data : DataFrame
        What is drawn, as CSV.
    values : mapping
        The numbers beside the figure, as JSON.
    """
    with st.container(key=key):
        st.plotly_chart(
            figure,
            key=f"{key}-plot",
            config={
                "displaylogo": False,
                "displayModeBar": True,
                "modeBarButtons": [["toImage"]],
                "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
            },
        )
    row = st.container(horizontal=True, gap="small", key=f"{key}-files")
    with row.container(width=140):
        _export_buttons()(key=f"{key}-export", data={"key": key, "name": name})
    row.download_button(
        "CSV",
        data.to_csv(index=False),
        f"{name}.csv",
        "text/csv",
        key=f"{key}-csv",
        on_click="ignore",
    )
    row.download_button(
        "JSON",
        json.dumps(values, indent=2, allow_nan=False),
        f"{name}.json",
        "application/json",
        key=f"{key}-json",
        on_click="ignore",
    )


def show_table(table: pd.DataFrame) -> None:
    """A small table as one piece of markdown: drawn at once, where a cell is an element each."""
    lines = [["", *map(str, table.columns)], ["---"] * (len(table.columns) + 1)]
    lines += [[str(name), *map(str, row)] for name, *row in table.itertuples()]
    st.markdown(
        "\n".join(
            "| " + " | ".join(c if c == "---" else plain(c) for c in line) + " |" for line in lines
        )
    )


def _export_buttons() -> Any:
    return st.components.v2.component("figure_export", html=_HTML, css=_CSS, js=_JS)
