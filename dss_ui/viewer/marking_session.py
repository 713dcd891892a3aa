"""The lesions drawn on the images of a case, and where the viewer stands.

Lives in the session, so that nothing drawn is lost when slices, windows or pages change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import numpy as np

from dss_core.case.case_result import ScoredCase
from dss_core.errors import DssError, InputError
from dss_core.geometry import Grid
from dss_core.records import Roi, Volume
from dss_core.regions.crop import carried
from dss_core.regions.delineation import (
    Box,
    LiverReference,
    PetTool,
    delineate,
    liver_reference,
)
from dss_core.regions.region_edits import Area, Lesion, Outline
from dss_core.spatial.alignment import AlignedImages, CtAlone
from dss_ui.session.current import keep, kept
from dss_ui.session.state import Case, CtOpened, Marking, images_key, images_of
from dss_ui.viewer.marked_region import MarkedRegion
from dss_ui.viewer.scene import Index, Scene, scene_of
from dss_ui.viewer.viewer_component import Outlines, View

COLOURS = {
    ":blue[●]": "#1fb6ff",
    ":orange[●]": "#ff9f1c",
    ":green[●]": "#7ddf64",
    ":violet[●]": "#b28dff",
    ":red[●]": "#ff5a5f",
    ":yellow[●]": "#ffe14d",
    ":gray[●]": "#f4f1de",
}
"""Of the lesions in order: the mark beside the name, the outline on the images."""
MAX_LESIONS = len(COLOURS)
_SESSION = "marking session"
_FAR_MM = 1e6
_MAX_POINTS = 20_000


@dataclass
class MarkingSession:
    """The images upright, and the lesions on them.

    Attributes
    ----------
    lesions : list of Lesion
        Never empty.
    current : int
        The one that edits go to.
    liver : LiverReference, optional
        For the PERCIST threshold.
    note : str
        What came of the last edit: why it was refused, or the liver reference.
    refused : bool
        The last edit changed nothing.
    edited : bool
        The page has not been drawn since the last edit.
    scores : dict of str to ScoredCase
        By input digest and weights: what was scored stays known while the images are here.
    """

    images: AlignedImages | CtAlone
    scene: Scene
    view: View
    lesions: list[Lesion]
    current: int = 0
    liver: LiverReference | None = None
    note: str = ""
    refused: bool = False
    edited: bool = False
    scores: dict[str, ScoredCase] = field(default_factory=dict)
    _token: str = field(default_factory=lambda: uuid4().hex)
    _regions: list[tuple[Lesion, MarkedRegion]] = field(default_factory=list)

    @property
    def lesion(self) -> Lesion:
        """The lesion that edits go to."""
        return self.lesions[self.current]

    @lesion.setter
    def lesion(self, lesion: Lesion) -> None:
        self.lesions[self.current] = lesion

    @property
    def pet(self) -> Volume:
        """The PET, for what is measured and segmented on it.

        Raises
        ------
        InputError
            If there is only a CT.
        """
        if isinstance(self.images, CtAlone):
            raise InputError(
                "PET tools need a PET; found a CT alone. Draw by hand, or add the PET."
            )
        return self.images.pet

    @property
    def grid(self) -> Grid:
        """The grid that is marked on."""
        return self.scene.ct.grid

    def marked(self, lesion: Lesion) -> MarkedRegion:
        """The region of a lesion; made once for each state of it."""
        for known, region in self._regions:
            if known is lesion:
                return region
        region = MarkedRegion(lesion.region(self.grid), self.images)
        self._regions = [(k, r) for k, r in self._regions if any(k is one for one in self.lesions)]
        self._regions.append((lesion, region))
        return region

    def outlines(self) -> Outlines:
        """All lesions as outlines, the current one on top."""
        order = sorted(range(len(self.lesions)), key=lambda n: n != self.current)
        outline = list(COLOURS.values())
        regions = {outline[n]: self.marked(self.lesions[n]) for n in order}
        parts = "".join(region.id for region in regions.values())
        by_colour = {colour: region.roi for colour, region in regions.items()}
        return Outlines(by_colour, f"{self._token}{parts}")

    def choose(self, number: int) -> None:
        """Make a lesion the current one and go there."""
        self.current = number
        roi = self.marked(self.lesion).roi
        if roi.mask_zyx.any():
            self.view.jump(middle_of(roi))

    def new_lesion(self) -> None:
        """One more lesion, still empty."""
        names = {lesion.name for lesion in self.lesions}
        name = next(f"Lesion {n}" for n in range(1, 99) if f"Lesion {n}" not in names)
        self.lesions.append(Lesion(name))
        self.current = len(self.lesions) - 1

    def rename(self, name: str) -> None:
        """Another name for the current lesion.

        Raises
        ------
        InputError
            If it is empty or another lesion has it.
        """
        name = name.strip()
        taken = {lesion.name for lesion in self.lesions if lesion is not self.lesion}
        if not name or name in taken:
            raise InputError(
                f"Lesion names must be unique and not empty; found {name!r}. Enter another name."
            )
        self.lesion = replace(self.lesion, name=name)

    def remove_lesion(self) -> None:
        """Remove the current lesion; the last one is emptied instead."""
        del self.lesions[self.current]
        if not self.lesions:
            self.lesions.append(Lesion("Lesion 1"))
        self.current = min(self.current, len(self.lesions) - 1)

    def start_from(self, roi: Roi) -> None:
        """Add an imported region to the current lesion; one without any begins with it.

        Undo stops at the region that a lesion began with.

        Raises
        ------
        GeometryError
            If it does not meet the images.
        """
        area, lesion = Area(carried(roi, self.grid)), self.lesion
        begins = lesion.start is None and not lesion.edits
        self.lesion = replace(lesion, start=area, undone=()) if begins else lesion.add(area)

    def take(self, edit: Mapping[str, Any]) -> None:
        """One edit of the browser; a refusal becomes `note`."""
        self.note, self.refused, self.edited = "", False, True
        try:
            self._take(edit)
        except DssError as refusal:
            self.note, self.refused = str(refusal), True

    def _take(self, edit: Mapping[str, Any]) -> None:
        what, erase = edit.get("do"), edit.get("erase") is True
        if what == "undo":
            self.lesion = self.lesion.undo()
        elif what == "redo":
            self.lesion = self.lesion.redo()
        elif what == "draw":
            self.lesion = self.lesion.add(_shape(edit, self.grid, erase))
        elif what == "liver":
            self.liver = liver_reference(self.pet, _point(edit["seed"]))
            self.note = _liver_text(self.liver)
        elif what == "grow":
            found = delineate(
                self.pet,
                _point(edit["seed"]),
                PetTool(edit["tool"]),
                box=_box(edit.get("box")),
                liver=self.liver,
            )
            self.lesion = self.lesion.add(Area(carried(found.roi, self.grid), erase))


def kept_marking_session(case: Case | Marking | CtOpened) -> MarkingSession | None:
    """What was drawn on these images, None if they were not looked at yet."""
    marking_session: MarkingSession | None = kept(_SESSION, images_key(images_of(case)))
    return marking_session


def marking_session_of(case: Case | Marking | CtOpened) -> MarkingSession:
    """What was drawn on these images, begun where nothing was."""
    marking_session = kept_marking_session(case)
    if marking_session is None:
        marking_session = _begun(case)
        keep(_SESSION, images_key(images_of(case)), marking_session)
    return marking_session


def _begun(case: Case | Marking | CtOpened) -> MarkingSession:
    """The scored region as the first lesion, or an empty one."""
    scene = scene_of(images_of(case))
    nz, ny, nx = scene.ct.grid.shape_zyx
    marking_session = MarkingSession(
        images_of(case), scene, View((nz // 2, ny // 2, nx // 2)), [Lesion("Lesion 1")]
    )
    if isinstance(case, Case):
        roi = case.images.region.roi
        marking_session.lesion = Lesion(roi.name)
        marking_session.start_from(replace(roi, method=roi.method or "as imported"))
        marking_session.choose(0)
        marking_session.scores[case.result_key] = ScoredCase(case.images, case.result)
    return marking_session


def middle_of(roi: Roi) -> Index:
    """Slice, row and column of the voxel of a region nearest to its centre of mass."""
    slices = np.flatnonzero(roi.mask_zyx.any(axis=(1, 2)))
    inside = np.argwhere(roi.mask_zyx[slices[0] : slices[-1] + 1])
    nearest = np.abs(inside - inside.mean(axis=0)).sum(axis=1).argmin()
    k, j, i = inside[nearest].tolist()
    return int(k + slices[0]), j, i


def _liver_text(liver: LiverReference) -> str:
    """The liver reference in words, with what is unusual about it."""
    found = (
        f"Liver SUVmean {liver.mean:.2f} (SD {liver.sd:.2f}); PERCIST threshold "
        f"{liver.threshold_suv:.2f}. Next: choose PET threshold and click the tumour."
    )
    return " ".join([found, *(caution.message for caution in liver.warnings)])


def _shape(edit: Mapping[str, Any], grid: Grid, erase: bool) -> Outline:
    k, points = int(edit["slice"]), edit["points"]
    if not (0 <= k < grid.shape_zyx[0] and 3 <= len(points) <= _MAX_POINTS):
        raise InputError("An outline needs three points or more on one slice. Draw it again.")
    corners = tuple((float(x), float(y)) for x, y in points)
    if not np.isfinite(corners).all():
        raise InputError("Invalid outline coordinates; redraw it.")
    return Outline(k, corners, erase)


def _point(seed: Any) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in seed)
    if not np.isfinite([x, y, z]).all():
        raise InputError("Invalid click position; click on the image.")
    return x, y, z


def _box(limits: Any) -> Box | None:
    """The bounding box; an axis without limits is open."""
    if not limits:
        return None
    pairs = [(-_FAR_MM, _FAR_MM) if pair is None else pair for pair in limits]
    return Box(_point([low for low, _ in pairs]), _point([high for _, high in pairs]))
