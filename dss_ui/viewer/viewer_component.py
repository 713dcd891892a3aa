"""The linked viewer on a page: mounts it, hears what the browser asks, sends planes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dss_core.records import Roi
from dss_ui.viewer.frontend_bundle import page_file, script
from dss_ui.viewer.scene import Axis, Index, Scene, message

_MOST_PLANES = 4
Editor = Callable[[Mapping[str, Any]], None]


@dataclass
class View:
    """Where a viewer stands in this session; kept over reruns and pages.

    Attributes
    ----------
    at : Index
        Slice, row and column of the crosshair.
    jumps : int
        How often the server has moved the crosshair.
    edited : int
        Number of the last edit taken.
    answered : list
        The word of the browser that was answered last.
    """

    at: Index
    jumps: int = 0
    edited: int = 0
    answered: list[Any] | None = None

    def jump(self, at: Index) -> None:
        """Move the crosshair in the browser too."""
        self.at = at
        self.jumps += 1


@dataclass(frozen=True)
class Outlines:
    """The regions drawn over the images.

    Attributes
    ----------
    by_colour : mapping of str to Roi
        On the scene's CT grid; the first lies on top.
    digest : str
        Changes whenever a region does; the browser keeps the regions it has.
    """

    by_colour: Mapping[str, Roi]
    digest: str


def show(
    scene: Scene,
    view: View,
    outlines: Outlines,
    key: str,
    *,
    edit: Editor | None = None,
    state: Mapping[str, Any] | None = None,
) -> None:
    """Mount the viewer; call it in a fragment, because every plane asked for is a rerun of it.

    Parameters
    ----------
    edit : callable, optional
        Takes each edit once, in order. Without it the viewer has no marking tools.
    state : mapping, optional
        For the marking tools.
    """

    def hear() -> None:
        said = st.session_state[key].get("say")
        if isinstance(said, Mapping):
            _listen(said, scene, view, edit)

    said = st.session_state.get(key, {}).get("say") or {}
    wanted = _wanted(said, scene, view)
    view.answered = said.get("n")
    data = message(
        scene,
        wanted.planes,
        with_mip=wanted.mip,
        regions=None if said.get("held") == outlines.digest else outlines.by_colour,
        state={
            "marking": edit is not None,
            "said": said.get("n"),
            "edited": view.edited,
            "regions": outlines.digest,
            "jump": [view.jumps, view.at[::-1]],
            **(state or {}),
        },
    )
    _component()(key=key, data=data, on_say_change=hear)


@dataclass(frozen=True)
class _Wanted:
    planes: tuple[tuple[Axis, int], ...]
    mip: bool


def _wanted(said: Mapping[str, Any], scene: Scene, view: View) -> _Wanted:
    """What to send: all planes at the crosshair to a new viewer, else what it asked for."""
    if not said:
        return _Wanted(tuple(zip(Axis, view.at, strict=True)), mip=True)
    if said.get("n") == view.answered:
        return _Wanted((), mip=False)
    planes, mip = [], False
    for kind, index in said.get("want", [])[:_MOST_PLANES]:
        if kind == "mip":
            mip = True
        else:
            axis = Axis(kind)
            last = scene.ct.grid.shape_zyx[list(Axis).index(axis)] - 1
            planes.append((axis, min(max(int(index), 0), last)))
    return _Wanted(tuple(planes), mip)


def _listen(said: Mapping[str, Any], scene: Scene, view: View, edit: Editor | None) -> None:
    i, j, k = (int(v) for v in said["at"])
    top = scene.ct.grid.shape_zyx
    view.at = (min(max(k, 0), top[0] - 1), min(max(j, 0), top[1] - 1), min(max(i, 0), top[2] - 1))
    for one in said.get("edits", []):
        if edit is not None and one["id"] > view.edited:
            view.edited = one["id"]
            edit(one)


def _component() -> Any:
    return st.components.v2.component(
        "linked_viewer",
        html=page_file("viewer.html"),
        css=page_file("viewer.css"),
        js=script(),
    )
