"""The map of the network's pooled features (Fig. 3a): from a table, or of simulated patients.

Features are computed from images, so a cohort of scores has none until they are brought along.
"""

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from dss_core.batch.feature_table import from_simulation
from dss_core.cohort.cohort_table import Cohort, validate
from dss_core.cohort.tables import infer_numbers, read_bytes
from dss_core.errors import DssError
from dss_core.evaluation.evaluate import Evaluation
from dss_core.evaluation.feature_map import FeatureMap, feature_columns, feature_map, join_features
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.reference_labels import reference_label
from dss_core.records import Task
from dss_core.settings import home
from dss_core.storage import remove, whole_file
from dss_core.survival.result_text import p_value
from dss_ui.figures.chart_style import COLOURS, finish
from dss_ui.figures.figure_downloads import show_figure
from dss_ui.model.model_charts import named
from dss_ui.model.model_views import share
from dss_ui.past_patients.cohort_source import Loaded, footer
from dss_ui.shell.cache import bundle
from dss_ui.shell.messages import plain, show_error

N_SIMULATED = 60
_SHOW = "model_features_simulated"


def features_view(loaded: Loaded, found: Evaluation) -> None:
    """The map, with a sentence of what it shows; or how to get one."""
    table = loaded.cohort.table
    if not feature_columns(table):
        joined = _brought(table)
        if joined is None:
            _simulated(found)
            return
        try:
            shown = feature_map(joined, found.label)
        except DssError as refusal:
            show_error(str(refusal))
            return
    elif found.features is None:
        st.info("Feature map not available for this cohort. See the note under Signatures.")
        return
    else:
        joined, shown = table, found.features
    _draw(shown, joined, found.score, found.label, footer(loaded))


def _brought(table: pd.DataFrame) -> pd.DataFrame | None:
    """The cohort with the features of an uploaded table."""
    st.markdown(
        "This cohort has scores but not the 256 pooled features. Compute them from your scans, "
        "then upload the table:"
    )
    st.code(
        "python -m dss_core features --data MANIFEST.csv --weights ID --task egfr --out f.parquet",
        language=None,
    )
    upload = st.file_uploader(
        "Feature table of this cohort: patient_id, f000, f001, ...",
        type=["csv", "parquet"],
        key="model_features",
    )
    if upload is None:
        return None
    try:
        found = join_features(table, infer_numbers(read_bytes(upload.getvalue(), upload.name)))
    except DssError as refusal:
        show_error(str(refusal))
        return None
    st.caption(found.joined.words)
    return found.table


def _simulated(found: Evaluation) -> None:
    """The same map for simulated patients, computed here with the demo weights."""
    task = Task.EGFR if found.label == "egfr_status" else Task.PDL1
    st.markdown(
        f"Demonstration: {N_SIMULATED} simulated patients independent of the demo weights' "
        "training. **No real patients.**"
    )
    model = bundle("demo")
    kept = home() / "cache" / f"features-{task}-{model.sha256[:16]}-{N_SIMULATED}.parquet"
    if not kept.exists() and not st.button(
        "Compute (about 1 min)", icon=":material/play_arrow:", key=_SHOW
    ):
        return
    table = _table(kept, task)
    shown = feature_map(table, found.label)
    cohort = Cohort(table, "Simulated patients", "made here", synthetic=True)
    _draw(shown, table, found.score, found.label, footer(Loaded(cohort, (), "")))


def _table(kept: Path, task: Task) -> pd.DataFrame:
    """The simulated patients, made once for each content of the demo weights; damage is mended."""
    if kept.exists():
        try:
            return _stored(kept)
        except DssError:
            remove(kept)
    bar = st.progress(0.0, "Simulating patients and computing their features")

    def on_step(done: int) -> None:
        bar.progress(done / N_SIMULATED)

    made = from_simulation(N_SIMULATED, bundle("demo"), task, on_step)
    bar.empty()
    with whole_file(kept) as stream:
        made.to_parquet(stream, index=False)
    return _stored(kept)


def _stored(kept: Path) -> pd.DataFrame:
    return validate(read_bytes(kept.read_bytes(), kept.name))


def _draw(shown: FeatureMap, table: pd.DataFrame, score: str, label: str, footer: str) -> None:
    st.markdown(f"##### {_message(shown, label)}")
    data = pd.DataFrame(
        shown.z.T,
        columns=list(shown.features),
        index=table["patient_id"].iloc[shown.rows].rename("patient_id"),
    )
    show_figure(
        map_figure(shown, table, score, label, footer),
        "features",
        f"features-{score}",
        data.reset_index(),
        jsonable({"tests": shown.tests, "clusters": shown.clusters, "p": shown.cluster_p}),
    )
    drawn = len(shown.rows)
    st.caption(
        f"{drawn} of {shown.n} patients shown"
        + (" (random, seeded)" if drawn < shown.n else "")
        + f"; {len(shown.features)} features as standard deviations (SD) from their mean"
        + (f", {shown.n_constant} constant ones excluded" if shown.n_constant else "")
        + ". Ordered by Ward's clustering (patients) and correlation (features); they have no "
        "clinical names, and a cluster of patients is not a diagnosis."
    )
    if shown.tests:
        with st.expander("Most discriminating features"):
            st.dataframe(
                pd.DataFrame(
                    {
                        "Feature": [t.feature for t in shown.tests[:20]],
                        "AUC": [round(t.auc, 3) for t in shown.tests[:20]],
                        "p": [p_value(t.p) for t in shown.tests[:20]],
                        "p, Holm": [p_value(t.p_holm) for t in shown.tests[:20]],
                        "p, FDR": [p_value(t.p_fdr) for t in shown.tests[:20]],
                    }
                ),
                hide_index=True,
            )
            st.caption("Mann-Whitney test; AUC below 0.5: feature lower in positive patients.")


def _message(shown: FeatureMap, label: str) -> str:
    """What the map shows, in one sentence."""
    groups = " vs ".join(share(c.positive) for c in shown.clusters)
    first = f"Two clusters of patients: {groups} {plain(named(label))} positive"
    if shown.cluster_p is not None:
        first += f" ({p_value(shown.cluster_p)})"
    if not shown.tests:
        return first + "; too few patients to test single features"
    n = sum(t.p_fdr < 0.05 for t in shown.tests)
    return first + f"; {n} of {len(shown.tests)} features associated (FDR 5%)"


def map_figure(
    shown: FeatureMap, table: pd.DataFrame, score: str, label: str, footer: str
) -> go.Figure:
    """Patients across, features down; above them group, label and score."""
    rows = table.iloc[shown.rows]
    known = reference_label(rows.reset_index(drop=True), label)
    status = [float(p) if k else None for k, p in zip(known.known, known.positive, strict=True)]
    bars: list[tuple[str, list[float | None], str | list[list[object]], tuple[int, int]]] = [
        ("cluster", shown.cluster.tolist(), [[0, COLOURS[5]], [1, COLOURS[7]]], (1, 2)),
        (named(label), status, [[0, COLOURS[0]], [1, COLOURS[1]]], (0, 1)),
    ]
    if score in rows and rows[score].notna().any():
        values = rows[score].to_numpy(float, na_value=float("nan"))
        bars.append((named(score), values.tolist(), "Viridis", (0, 1)))
    top = len(bars)
    figure = make_subplots(
        rows=top + 1,
        cols=1,
        shared_xaxes=True,
        row_heights=[22] * top + [440],
        vertical_spacing=0.008,
    )
    x = list(range(len(rows)))
    for i, (name, values, colours, ends) in enumerate(bars, start=1):
        figure.add_heatmap(
            x=x, y=[name], z=[values], colorscale=colours, zmin=ends[0], zmax=ends[1],
            showscale=False, row=i, col=1, hovertemplate=f"{name}: %{{z:.2f}}<extra></extra>",
        )  # fmt: skip
    figure.add_heatmap(
        x=x, y=list(shown.features), z=shown.z, colorscale="RdBu", reversescale=True,
        zmin=-2.5, zmax=2.5, row=top + 1, col=1,
        colorbar={"title": {"text": "SD"}, "thickness": 12, "len": 0.6, "y": 0.4},
        hovertemplate="%{y}: %{z:.1f} SD<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_yaxes(showgrid=False, zeroline=False, automargin=True)
    figure.update_yaxes(
        showticklabels=False, title_text=f"{len(shown.features)} features", row=top + 1, col=1
    )
    figure.update_xaxes(
        title_text=f"{len(rows)} patients; {named(label)}: orange positive, blue negative",
        row=top + 1,
        col=1,
    )
    return finish(figure, footer, 22 * top + 440 + 130)
