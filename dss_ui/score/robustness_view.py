"""Robustness to the outline: variants of the region, other readers, reader agreement."""

import json
from collections.abc import Callable
from functools import partial

import streamlit as st

from dss_core.case.open_case import Region, take_region
from dss_core.case.robustness import (
    Pair,
    Reading,
    TaskOutlineVariation,
    compare,
    read_again,
    vary_outline,
)
from dss_core.cohort.tables import read_bytes
from dss_core.errors import DssError
from dss_core.evaluation.reader_agreement import Agreement, agreement, agreement_record
from dss_core.records import Task
from dss_core.regions.outline_variation import SYSTEMATIC
from dss_core.regions.region_choice import labels
from dss_core.scoring.score_text import cutoff_text, shown
from dss_core.survival.result_text import limits
from dss_ui.score.robustness_charts import (
    bland_altman_plot,
    outline_variation_lines,
    readers_scatter,
)
from dss_ui.score.score_cards import score_badges
from dss_ui.session.current import keep, kept
from dss_ui.session.state import Case
from dss_ui.shell.cache import bundle_of
from dss_ui.shell.messages import page_part, plain, show_error, show_errors
from dss_ui.shell.words import TASKS, signed
from dss_ui.viewer.marking_session import kept_marking_session

_VARIATION, _READINGS = "outline variation", "readings"
_NO_TOOLS = {"displayModeBar": False}


def robustness(case: Case) -> None:
    """The three comparisons in tabs."""
    varied, regions, cases = st.tabs(["Vary the outline", "Compare readers", "Reader agreement"])
    with varied, show_errors():
        _outline_variation(case)
    with regions, show_errors():
        _regions(case)
    with cases, show_errors():
        _cases()


def _outline_variation(case: Case) -> None:
    """No part of its own: a part that is drawn alone cannot be interrupted."""
    if case.result.withheld:
        st.info(plain(case.result.withheld.reason), icon=":material/block:")
        return
    found_for: tuple[TaskOutlineVariation, ...] | None = kept(_VARIATION, case.result_key)
    if found_for is None:
        st.markdown(
            f"Re-scores {len(SYSTEMATIC)} variants of the region: expanded, contracted or shifted "
            "by 1 to 5 mm."
        )
        start = st.empty()
        if not start.button("Score the variants", icon=":material/transform:"):
            return
        with start.container(horizontal=True, vertical_alignment="center"):
            bar = st.progress(0.0, text=f"Variant 0 of {len(SYSTEMATIC)}")
            st.button("Cancel", icon=":material/close:", key="cancel-variants")  # ends this run
        varied = vary_outline(
            case.images.aligned,
            case.images.region.roi,
            bundle_of(case),
            progress=lambda n, of: _show(bar, n, of),
        )
        keep(_VARIATION, case.result_key, varied)
        st.rerun()
    for found in found_for:
        with st.container():
            title = TASKS[found.task].title
            small, large = found.span(2.0), found.span()
            st.markdown(f"**{title}** {shown(found.dls, found.cutoff)} for the original outline")
            st.plotly_chart(
                outline_variation_lines(found), key=f"jitter-{found.task}", config=_NO_TOOLS,
                alt=f"{title} against the outline variation in mm, with the cut-off",
            )  # fmt: skip
            st.markdown(
                f"Up to 2 mm: **{small[0]:.2f} to {small[1]:.2f}**. "
                f"Up to 5 mm: **{large[0]:.2f} to {large[1]:.2f}**. "
                f"{found.other_side} of {len(found.scores)} variants cross the cut-off "
                f"{cutoff_text(found.cutoff)}."
            )
            lost = sum(s.dls is None for s in found.scores)
            if lost:
                st.caption(f"{lost} variants not scored: empty region or uniform image.")
    score_badges(case.result)


def _show(bar: "st.delta_generator.DeltaGenerator", done: int, of: int) -> None:
    bar.progress(done / of, text=f"Variant {done} of {of}")


def _candidates(case: Case) -> dict[str, Callable[[], Region]]:
    """Regions that can be compared: the scored one, those of the files, those drawn here."""
    found: dict[str, Callable[[], Region]] = {
        f"{case.images.region.roi.name} (scored)": lambda: case.images.region
    }
    regions = case.files.intake.regions if case.files else ()
    for place, (other, name) in enumerate(zip(regions, labels(regions), strict=True)):
        if case.files and place != case.files.choice.region_index and not other.is_empty:
            found[f"{place + 1}: {name} (file)"] = partial(
                take_region, (other,), other.name, case.images.aligned
            )
    marking_session = kept_marking_session(case)
    if marking_session is None:
        return found
    for lesion in marking_session.lesions:
        region = marking_session.marked(lesion)
        if region.roi.mask_zyx.any() and region.digest != case.result.input_digest:
            found[f"{lesion.name} (drawn here)"] = partial(Region, region.on_ct, ())
    return found


def _regions(case: Case) -> None:
    candidates = _candidates(case)
    if len(candidates) < 2:
        st.info(
            "Only one region. Add a second reader's file on the Images page, or draw the tumour "
            "again as a new lesion on the Images page.",
            icon=":material/group_add:",
        )
        st.page_link("pages/images.py", label="Draw a region", icon=":material/draw:")
        return
    chosen = st.multiselect(
        "Regions of the same tumour", list(candidates), default=list(candidates)[:2]
    )
    name = "|".join((_READINGS, *chosen))
    if len(chosen) >= 2 and st.button("Score and compare", icon=":material/compare_arrows:"):
        with st.spinner("Scoring"):
            again = read_again(
                case.images.aligned, [(n, candidates[n]()) for n in chosen], bundle_of(case)
            )
        keep(name, case.result_key, again)
    readings: tuple[Reading, ...] | None = kept(name, case.result_key)
    if readings is None:
        return
    st.dataframe([_reading(r) for r in readings], hide_index=True, width="stretch")
    st.dataframe([_pair(p) for p in compare(readings)], hide_index=True, width="stretch")
    st.caption("Dice: 1 is the same region, 0 no overlap. Difference: first minus second.")


def _reading(reading: Reading) -> dict[str, str]:
    row = {"Region": reading.reader, "Volume (mL)": f"{reading.result.roi.volume_ml:.1f}"}
    scores = {score.task: score for score in reading.result.scores}
    for task, words in TASKS.items():
        score = scores.get(task)
        row[words.title] = shown(score.dls, score.cutoff) if score else "withheld"
    return row


def _pair(pair: Pair) -> dict[str, str]:
    row = {"First": pair.first, "Second": pair.second, "Dice": f"{pair.dice:.2f}"}
    for task, value in pair.differences:
        row[f"{TASKS[task].title} difference"] = "" if value is None else signed(value)
    return row


@page_part
def _cases() -> None:
    st.markdown(
        "A CSV with one row per case and reader: `case`, `reader`, `egfr_dls`, `pdl1_dls`. Every "
        "reader must have read every case. `python -m dss_core robustness --readings` also scores "
        "the regions of a list of files."
    )
    upload = st.file_uploader("Table of readings", type=["csv", "parquet"], key="readings")
    if upload is None:
        return
    try:
        found = agreement(read_bytes(upload.getvalue(), upload.name))
    except DssError as refusal:
        show_error(str(refusal))
        return
    for one in found:
        _agreement(one)
    st.download_button(
        "Download as JSON",
        json.dumps({a.score: agreement_record(a) for a in found}, indent=2, allow_nan=False),
        file_name="reader-agreement.json",
        mime="application/json",
        icon=":material/download:",
    )


def _agreement(found: Agreement) -> None:
    icc, title = found.icc, TASKS[Task(found.score.removesuffix("_dls"))].title
    st.markdown(
        f"**{title}**: ICC(2,1) **{icc.estimate:.2f}** {limits(icc)}, "
        f"{len(found.cases)} cases, {len(found.readers)} readers."
    )
    names = [f"{p.first} and {p.second}" for p in found.pairs]
    number = 0
    if len(names) > 1:
        number = st.selectbox(
            "Two readers", range(len(names)), format_func=lambda n: plain(names[n]),
            key=f"pair-{found.score}",
        )  # fmt: skip
    pair = found.pairs[number]
    st.plotly_chart(
        bland_altman_plot(found, pair), key=f"bland-{found.score}", config=_NO_TOOLS,
        alt=f"Bland-Altman plot of {title} by two readers",
    )  # fmt: skip
    st.plotly_chart(
        readers_scatter(found), key=f"scatter-{found.score}", config=_NO_TOOLS,
        alt=f"{title} of every case by its readers",
    )  # fmt: skip
    st.caption(
        f"Mean difference {signed(pair.bias.estimate)} {limits(pair.bias, signed)}; "
        f"95% limits of agreement {signed(pair.lower_limit.estimate)} "
        f"to {signed(pair.upper_limit.estimate)}. Bands: 95% CI."
    )
