"""Attention of the session's case: computed once for each choice, kept with the session."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from dss_core.attention.attention_map import filters
from dss_core.attention.explanation import Explanation, ProgressCallback, explain
from dss_core.records import AttentionMethod, ChannelFilter, Task
from dss_ui.session.current import keep, kept
from dss_ui.session.state import Case
from dss_ui.shell.cache import bundle_of

_MAPS = "attention"
SLOW = (AttentionMethod.INTEGRATED_GRADIENTS, AttentionMethod.OCCLUSION)


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
    filters: dict[tuple[Task, float], tuple[ChannelFilter, ...]] = field(default_factory=dict)


def explanation(case: Case, asked: Asked) -> Explanation:
    """Where the network responded; slow methods show their progress.

    Raises
    ------
    DssError
        Whatever the core refuses.
    """
    maps = _maps(case)
    if asked not in maps.found:
        with _progress(asked.method) as on_step:
            maps.found[asked] = explain(
                case.images.aligned,
                case.images.region.roi,
                bundle_of(case),
                asked.task,
                asked.method,
                asked.margin_mm,
                on_step,
                case.images.around,
            )
    return maps.found[asked]


def strongest_filters(case: Case, found: Explanation) -> tuple[ChannelFilter, ...]:
    """The channels that push most for and against, on the same input.

    Raises
    ------
    WeightsError
        If the network has no attention layer.
    """
    maps, key = _maps(case), (found.attention.target, found.margin_mm)
    if key not in maps.filters:
        model = bundle_of(case).models[found.attention.target]
        maps.filters[key] = filters(found.tensor, model)
    return maps.filters[key]


@contextmanager
def _progress(method: AttentionMethod) -> Iterator[ProgressCallback | None]:
    """A bar for the slow methods; the fast ones leave the page as it is."""
    if method not in SLOW:
        yield None
        return
    place = st.empty()
    bar = place.progress(0.0, METHODS[method])
    try:

        def on_step(done: int, total: int) -> None:
            bar.progress(done / total, f"{METHODS[method]}: slice {done} of {total}")

        yield on_step
    finally:
        place.empty()


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
