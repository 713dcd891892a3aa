"""Which cohort the page uses: the shipped synthetic one, a release, or the user's own table."""

import hashlib
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from dss_core.cohort.bad_cells import CohortTableError
from dss_core.cohort.cohort_of_weights import read_cohort
from dss_core.cohort.cohort_table import Cohort, validate
from dss_core.cohort.release_location import Release, remember_clone, remembered_clone
from dss_core.cohort.releases import WEIGHTS_ID, Imported, read_release
from dss_core.cohort.schema import COLUMNS
from dss_core.cohort.tables import read_bytes, rename
from dss_core.cohort.time_units import TimeUnit
from dss_core.errors import DssError
from dss_core.settings import shipped
from dss_ui.session.current import active_weights
from dss_ui.shell.messages import plain, show_error

SHIPPED = shipped() / "weights" / "demo" / "cohort.csv"
_KEY = "cohort_loaded"
_SOURCES = ("Synthetic demo cohort", "Published release", "My own table")


@dataclass(frozen=True)
class Loaded:
    """The cohort on the page and its notes."""

    cohort: Cohort
    notes: tuple[str, ...]
    digest: str
    clone: Path | None = None


def current() -> Loaded:
    """The cohort chosen in this session; at first the one that goes with the weights in use.

    That is the published cohort for the authors' weights, once its release was read here, and
    else the shipped one.
    """
    if (taken := chosen()) is not None:
        return taken
    clone = remembered_clone() if active_weights() == WEIGHTS_ID else None
    if clone is not None:
        try:
            return _published(str(clone))
        except DssError:
            pass  # the clone has changed; reading it on the page says how
    return _shipped()


def chosen() -> Loaded | None:
    """The cohort that was chosen in this session, if one was."""
    taken = st.session_state.get(_KEY)
    return taken if isinstance(taken, Loaded) else None


def footer(loaded: Loaded) -> str:
    """The line that every exported figure carries."""
    cohort = loaded.cohort
    kind = "Synthetic cohort: no real patients. " if cohort.synthetic else ""
    weights = ", ".join(cohort.weights_ids) or "not stated"
    origin = f"{kind}{escape(cohort.name)}; scores: {escape(weights)}."
    return f"{origin}<br>Research use only. Not a medical device."


def choose() -> None:
    """Let the user take another cohort."""
    loaded = current()
    for text in loaded.cohort.warnings:
        st.warning(plain(text), icon=":material/warning:")
    with st.expander(_summary(loaded), icon=":material/table:"):
        source = st.segmented_control("Cohort", _SOURCES, default=_SOURCES[0], key="cohort_source")
        if source == _SOURCES[1]:
            _release()
        elif source == _SOURCES[2]:
            _own()
        else:
            st.markdown(
                "837 simulated patients based on published summary statistics. **No real "
                "patients.** For the demo weights."
            )
            if not loaded.cohort.synthetic:
                st.button("Show the synthetic cohort", on_click=_take_shipped)
        for note in loaded.notes:
            st.caption(f"- {plain(note)}")


def _summary(loaded: Loaded) -> str:
    weights = ", ".join(loaded.cohort.weights_ids) or "not stated"
    return (
        f"**{plain(loaded.cohort.name)}**, {len(loaded.cohort):,} patients, scored with weights: "
        f"{plain(weights)}"
    )


def _release() -> None:
    st.markdown(
        "The data of the paper are public. Clone them, then enter the folder:  \n"
        f"`git clone {Release.LUNGEGFR.clone_from}` (EGFR-DLS, treatment and follow-up)  \n"
        f"`git clone {Release.LUNGIO.clone_from}` (PD-L1 status)"
    )
    kinds = list(Release)
    kind = st.radio("Release", kinds, horizontal=True, key="cohort_release")
    folder = st.text_input("Folder of the clone", key="cohort_folder", placeholder="lungegfr")
    if st.button("Load release", type="primary", disabled=not folder):
        try:
            found: Imported = read_release(Path(folder).expanduser(), kind)
        except DssError as refusal:
            show_error(str(refusal))
            return
        clone = Path(folder).expanduser() if kind is Release.LUNGEGFR else None
        if clone is not None:
            remember_clone(clone)
        _take(_loaded(found, clone))
        st.rerun()


def _loaded(found: Imported, clone: Path | None) -> Loaded:
    text = found.cohort.table.to_csv(index=False).encode()
    return Loaded(found.cohort, found.notes, _digest(text), clone)


def _own() -> None:
    upload = st.file_uploader("CSV or Parquet, one row per patient", type=["csv", "parquet"])
    with st.popover("Columns of a cohort table", icon=":material/help:"):
        st.dataframe(
            pd.DataFrame(
                [(c.name, c.meaning, c.expected, c.required) for c in COLUMNS],
                columns=["column", "meaning", "cells", "required"],
            ),
            hide_index=True,
        )
    if upload is None:
        return
    content = upload.getvalue()
    try:
        raw = read_bytes(content, upload.name)
        mapping = _mapping(raw)
        renamed = rename(raw, mapping)
        _show_mapping(raw, mapping)
        times_in = _time_unit(mapping)
        st.dataframe(renamed.head(20), hide_index=True, height=220)
        chosen = st.button("Use this table", type="primary", disabled=times_in is None)
        if not chosen or times_in is None:
            return
        table = validate(renamed, times_in)
    except CohortTableError as refusal:
        st.error(f"{len(refusal.cells)} invalid cells. Correct or clear them.")
        st.dataframe(
            pd.DataFrame([(c.row, c.column, c.found, c.expected) for c in refusal.cells]).set_axis(
                ["row", "column", "found", "expected"], axis=1
            ),
            hide_index=True,
        )
        return
    except DssError as refusal:
        show_error(str(refusal))
        return
    cohort = Cohort(table, Path(upload.name).stem, f"uploaded table {upload.name}")
    _take(Loaded(cohort, (), _digest(content)))
    st.rerun()


def _mapping(raw: pd.DataFrame) -> dict[str, str]:
    """Which column of the upload is which of ours; equal names are taken as such."""
    theirs = [str(name) for name in raw.columns]
    plain = {name.lower().replace(" ", "_"): name for name in theirs}
    mapping: dict[str, str] = {}
    with st.popover("Map columns", icon=":material/swap_horiz:"):
        for column in COLUMNS:
            guess = plain.get(column.name)
            options = ["", *theirs]
            chosen = st.selectbox(
                column.name,
                options,
                index=options.index(guess) if guess else 0,
                help=column.meaning,
                key=f"map_{column.name}",
            )
            if chosen:
                mapping[column.name] = chosen
    return mapping


def _time_unit(mapping: dict[str, str]) -> TimeUnit | None:
    """Unit of the mapped times; None until it is chosen, where no name states it."""
    times = {c.name: mapping[c.name] for c in COLUMNS if c.is_time and c.name in mapping}
    if not times:
        return TimeUnit.MONTHS
    stated = all("month" in theirs.lower() for theirs in times.values())
    return st.segmented_control(
        f"Unit of {plain(', '.join(times.values()))}",
        list(TimeUnit),
        default=TimeUnit.MONTHS if stated else None,
        help="Times are converted to months.",
        key="cohort_time_unit",
    )


def _show_mapping(raw: pd.DataFrame, mapping: dict[str, str]) -> None:
    """Which columns of the upload are recognised, and which required one is missing."""
    missing = [c.name for c in COLUMNS if c.required and c.name not in mapping]
    if missing:
        st.warning(
            f"Required column missing: {', '.join(missing)}. Assign it under *Map columns*.",
            icon=":material/swap_horiz:",
        )
    unknown = [plain(str(c)) for c in raw.columns if str(c) not in mapping.values()]
    if unknown:
        st.caption(f"{len(mapping)} columns recognised. Not recognised: {', '.join(unknown)}.")


def _take(loaded: Loaded) -> None:
    st.session_state[_KEY] = loaded
    for key in [k for k in st.session_state if str(k).startswith("filter_")]:
        del st.session_state[key]


def _take_shipped() -> None:
    _take(_shipped())


def _shipped() -> Loaded:
    known = read_cohort(SHIPPED)
    return Loaded(known.cohort, (), known.digest)


@st.cache_resource(max_entries=2, show_spinner="Reading the published cohort")
def _published(clone: str) -> Loaded:
    return _loaded(read_release(Path(clone), Release.LUNGEGFR), Path(clone))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
