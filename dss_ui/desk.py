"""The images on the reader's desk: kept in the session while pages come and go."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dss_core.preprocessing.resample import resample_mask
from dss_core.records import Roi
from dss_ui.linked import Outlines, View, show
from dss_ui.scene import Index, Scene, scene_id, scene_of
from dss_ui.state import Case

_DESK = "dss.desk"
SCORED_COLOUR = "#00c8ff"


@dataclass
class Desk:
    """The images upright, where the viewer stands, and the scored region on them."""

    scene: Scene
    view: View
    scored: Outlines


def desk_of(case: Case) -> Desk:
    """The session's desk, laid anew for other images."""
    desk: Desk | None = st.session_state.get(_DESK)
    if desk is None or desk.scene.id != scene_id(case.images):
        scene = scene_of(case.images)
        scored = _outlined(case, scene)
        desk = Desk(scene, View(middle_of(scored.by_colour[SCORED_COLOUR])), scored)
        st.session_state[_DESK] = desk
    if desk.scored.digest != case.result.input_digest:
        desk.scored = _outlined(case, desk.scene)
    return desk


@st.fragment
def look(case: Case) -> None:
    """The viewer without marking tools, the scored region outlined."""
    desk = desk_of(case)
    show(desk.scene, desk.view, desk.scored, f"look-{desk.scene.id}")


def middle_of(roi: Roi) -> Index:
    """Slice, row and column of the voxel of a region nearest to its centre of mass."""
    slices = np.flatnonzero(roi.mask_zyx.any(axis=(1, 2)))
    inside = np.argwhere(roi.mask_zyx[slices[0] : slices[-1] + 1])
    nearest = np.abs(inside - inside.mean(axis=0)).sum(axis=1).argmin()
    k, j, i = inside[nearest].tolist()
    return int(k + slices[0]), j, i


def _outlined(case: Case, scene: Scene) -> Outlines:
    roi = resample_mask(case.region.roi, scene.ct.grid)
    return Outlines({SCORED_COLOUR: roi}, case.result.input_digest)
