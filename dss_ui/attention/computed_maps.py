"""Attention of the session's case: computed once for each choice, kept with the session."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dss_core.attention.attention_map import strongest_channels as channels_of
from dss_core.attention.attention_result import ChannelMap
from dss_core.attention.explanation import Explanation, ProgressCallback, explain
from dss_core.records import AttentionMethod, Task
from dss_ui.session.current import keep, kept
from dss_ui.session.state import Case
from dss_ui.shell.cache import bundle_of

_MAPS = "attention"


@dataclass(frozen=True)
class Asked:
    """What is looked at."""

    task: Task
    method: AttentionMethod
    margin_mm: float


@dataclass
class _Maps:
    """Maps of one result."""

    found: dict[Asked, Explanation] = field(default_factory=dict)
    channels: dict[tuple[Task, float], tuple[ChannelMap, ...]] = field(default_factory=dict)


def explanation(case: Case, asked: Asked, cancel: Callable[[], None] | None = None) -> Explanation:
    """Where the network responded; while it is computed, how far it is.

    Parameters
    ----------
    cancel : callable, optional
        What to do when somebody cancels; without it nobody can.

    Raises
    ------
    DssError
        Whatever the core refuses.
    """
    maps = _maps(case)
    if asked not in maps.found:
        with _progress(asked.method, cancel) as on_step:
            maps.found[asked] = explain(
                case.images.aligned,
                case.images.region.roi,
                bundle_of(case),
                asked.task,
                asked.method,
                asked.margin_mm,
                on_step,
                case.images.around,
                _known_score(case, asked),
            )
    return maps.found[asked]


def strongest_channels(case: Case, found: Explanation) -> tuple[ChannelMap, ...]:
    """The channels that contribute most for and against, on the same input.

    Raises
    ------
    WeightsError
        If the network has no attention layer.
    """
    maps, key = _maps(case), (found.attention.target, found.margin_mm)
    if key not in maps.channels:
        model = bundle_of(case).models[found.attention.target]
        maps.channels[key] = channels_of(found.tensor, model)
    return maps.channels[key]


def _known_score(case: Case, asked: Asked) -> float | None:
    """The case's own score where the network is shown the same images again."""
    if asked.margin_mm != case.result.preprocessing.margin_mm:
        return None
    return next(score.dls for score in case.result.scores if score.task is asked.task)


@contextmanager
def _progress(
    method: AttentionMethod, cancel: Callable[[], None] | None
) -> Iterator[ProgressCallback]:
    """A bar while it lasts; a click on Cancel ends the run at the next step of the bar."""
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, METHODS[method])
        if cancel is not None:
            st.button(
                "Cancel", icon=":material/close:", on_click=cancel, key=f"attention-cancel-{method}"
            )
    try:
        yield partial(_show, bar, METHODS[method])
    finally:
        place.empty()


def _show(bar: DeltaGenerator, name: str, done: int, total: int) -> None:
    bar.progress(done / total, f"{name}: {done} of {total}")


METHODS = {
    AttentionMethod.GRADCAM: "Grad-CAM",
    AttentionMethod.GRADCAM_PLUS_PLUS: "Grad-CAM++",
    AttentionMethod.INTEGRATED_GRADIENTS: "Integrated gradients",
    AttentionMethod.OCCLUSION: "Occlusion",
}


def _maps(case: Case) -> _Maps:
    maps: _Maps | None = kept(_MAPS, case.result_key)
    if maps is None:
        maps = _Maps()
        keep(_MAPS, case.result_key, maps)
    return maps
