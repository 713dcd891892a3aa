"""RTSTRUCT of the simulated tumour: its outline on the CT slices and the contours of it.

References
----------
DICOM PS3.3 A.19 and C.8.8 (RT structure set).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import CTImageStorage, RTStructureSetStorage
from scipy.ndimage import map_coordinates

from dss_core.phantom.dicom_common import Study, date_of, new_object, time_of, write
from dss_core.phantom.dicom_images import WrittenSeries
from dss_core.phantom.lesion import Lesion
from dss_core.phantom.painter import Painter
from dss_core.phantom.shapes import Axes, Field
from dss_core.regions.structure_set import ImageReferences, Instance, Outline, fill_structure_set

VERTICES = 120
STEP_MM = 0.5


@dataclass(frozen=True)
class Contour:
    """A closed outline on one slice of the CT.

    Attributes
    ----------
    index : int
        Slice of the CT grid.
    points_mm : float array (n, 3)
        Vertices in order, world x, y, z; the last is not the first.
    """

    index: int
    points_mm: NDArray[np.float64]

    @property
    def area_mm2(self) -> float:
        """Enclosed area by the shoelace formula."""
        x, y = self.points_mm[:, 0], self.points_mm[:, 1]
        return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def tumour_contours(painter: Painter, lesion: Lesion, slices_mm: Field) -> list[Contour]:
    """True outline of the tumour on each slice height (mm) that it reaches.

    The surface is followed as a distance from a point inside the slice's section along 120
    directions; folds that would make it two-valued are bridged by their outermost point.
    """
    out = []
    for index, z in enumerate(slices_mm):
        if abs(float(z) - lesion.centre_mm[2]) > lesion.reach_mm:
            continue
        axes = _plane(lesion, float(z))
        inside = painter.tumour_level(axes)[0]
        if inside.max() <= 0.25:
            continue
        row, column = np.unravel_index(int(np.argmax(inside)), inside.shape)
        outline = _outline(inside, float(row), float(column))
        x = axes.x_mm[0] + STEP_MM * outline[:, 1]
        y = axes.y_mm[0] + STEP_MM * outline[:, 0]
        out.append(Contour(index, np.stack([x, y, np.full_like(x, float(z))], axis=1)))
    return out


def _plane(lesion: Lesion, z_mm: float) -> Axes:
    x, y, _ = lesion.centre_mm
    span = np.arange(-lesion.reach_mm, lesion.reach_mm, STEP_MM)
    return Axes(
        (x + span).astype(np.float32),
        (y + span).astype(np.float32),
        np.asarray([z_mm], dtype=np.float32),
    )


def _outline(level: Field, row: float, column: float) -> NDArray[np.float64]:
    """Zero crossing (row, column) farthest along each ray whose way there is inside."""
    angle = np.arange(VERTICES) * 2 * np.pi / VERTICES
    reach = np.arange(0, max(level.shape), 0.5)
    rows = row + np.sin(angle)[:, None] * reach
    columns = column + np.cos(angle)[:, None] * reach
    value = map_coordinates(level, [rows, columns], order=1, mode="constant", cval=-9.0)
    first = np.argmax(value <= 0, axis=1)
    ray = np.arange(VERTICES)
    above, below = value[ray, first - 1], value[ray, first]
    exact = reach[first - 1] + 0.5 * above / (above - below)
    return np.stack([row + np.sin(angle) * exact, column + np.cos(angle) * exact], axis=1)


def write_rtstruct(
    study: Study, path: Path, name: str, contours: list[Contour], ct: WrittenSeries
) -> None:
    """Write one region of interest that refers to the CT series."""
    ds = new_object(study, RTStructureSetStorage, "RTSTRUCT", "tumour outline")
    del ds.BodyPartExamined, ds.PatientPosition  # of images only
    ds.SOPInstanceUID = study.uid("structures")
    ds.StructureSetLabel = "SIMULATED"
    ds.StructureSetDate, ds.StructureSetTime = date_of(study.scanned), time_of(study.scanned)
    ds.ApprovalStatus = "UNAPPROVED"
    images = ImageReferences(
        study_uid=ds.StudyInstanceUID,
        series_uid=ct.series_uid,
        sop_class=CTImageStorage,
        frame_of_reference=study.frame_of_reference,
        instances=tuple(Instance(uid) for uid in ct.instances),
    )
    outlines = [Outline(c.points_mm, images.instances[c.index]) for c in contours]
    fill_structure_set(ds, name, outlines, images, algorithm="AUTOMATIC")
    write(ds, path)
