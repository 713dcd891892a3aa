"""Attention of the session's case: computed once for each choice, kept with the session."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from dss_core.attention.attention_map import filters
from dss_core.attention.explanation import Explanation, ProgressCallback, explain
from dss_core.records import AttentionMethod, ChannelFilter, Task
from dss_ui.session.state import Case
from dss_ui.shell.cache import bundle

_KEPT = "dss.attention"
SLOW = (AttentionMethod.INTEGRATED_GRADIENTS, AttentionMethod.OCCLUSION)


@dataclass(frozen=True)
class Asked:
    """What is looked at."""

    task: Task
    method: AttentionMethod
    margin_mm: float


@dataclass
class _Kept:
    """Results of one case; another case starts anew."""

    digest: str
    weights_sha256: str
    found: dict[Asked, Explanation] = field(default_factory=dict)
    filters: dict[tuple[Task, float], tuple[ChannelFilter, ...]] = field(default_factory=dict)


def explanation(case: Case, asked: Asked) -> Explanation:
    """Where the network responded; slow methods show their progress.

    Raises
    ------
    DssError
        Whatever the core refuses.
    """
    kept = _kept(case)
    if asked not in kept.found:
        with _progress(asked.method) as on_step:
            kept.found[asked] = explain(
                case.images,
                case.region.roi,
                bundle(case.result.weights_id),
                asked.task,
                asked.method,
                asked.margin_mm,
                on_step,
                case.result.around,
            )
    return kept.found[asked]


def strongest_filters(case: Case, found: Explanation) -> tuple[ChannelFilter, ...]:
    """The channels that push most for and against, on the same input.

    Raises
    ------
    WeightsError
        If the network has no attention layer.
    """
    kept, key = _kept(case), (found.attention.target, found.margin_mm)
    if key not in kept.filters:
        model = bundle(case.result.weights_id).models[found.attention.target]
        kept.filters[key] = filters(found.tensor, model)
    return kept.filters[key]


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


def _kept(case: Case) -> _Kept:
    digest, sha256 = case.result.input_digest, case.result.weights_sha256
    kept: _Kept | None = st.session_state.get(_KEPT)
    if kept is None or (kept.digest, kept.weights_sha256) != (digest, sha256):
        kept = st.session_state[_KEPT] = _Kept(digest, sha256)
    return kept
