"""What all slices of one stack share: size, pixel distance, orientation, frame of reference.

Numbers are compared as numbers, so that "2.00000" is "2.0".

References
----------
DICOM PS3.3 C.7.6.2.1.1 (position, orientation).
"""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dss_core.errors import GeometryError
from dss_core.reading.inventory import Slice
from dss_core.reading.tags import shown, tag_name, text, vector, whole, written

SPACING_TOLERANCE = 1e-4
"""Of PixelSpacing between slices: 0.05 mm over half a metre."""


class SharedGeometry:
    """What all slices of one stack must share, taken from the first and asked of each."""

    def __init__(self, modality: str, first: Slice) -> None:
        self._modality = modality
        self._first = first.header
        self.spacing = self._vector(first.header, "PixelSpacing", "(0028,0030)", 2)
        self.orientation = self._vector(first.header, "ImageOrientationPatient", "(0020,0037)", 6)
        self.rows, self.columns = whole(self._first, "Rows"), whole(self._first, "Columns")
        self.frame_of_reference = text(self._first, "FrameOfReferenceUID")
        if min(self.spacing) <= 0.0:
            raise GeometryError(
                f"PixelSpacing (0028,0030) of the {modality} series is {self.spacing}; positive "
                "millimetres were expected. Export the original series."
            )

    def position_of(self, item: Slice) -> NDArray[np.float64]:
        """Position of a slice, which must be like the first in everything else."""
        header, modality = item.header, self._modality
        position = self._vector(header, "ImagePositionPatient", "(0020,0032)", 3)
        orientation = self._vector(header, "ImageOrientationPatient", "(0020,0037)", 6)
        spacing = self._vector(header, "PixelSpacing", "(0028,0030)", 2)
        same = {
            "Rows": whole(header, "Rows") == self.rows,
            "Columns": whole(header, "Columns") == self.columns,
            "PixelSpacing": np.allclose(spacing, self.spacing, rtol=SPACING_TOLERANCE, atol=0.0),
            "FrameOfReferenceUID": self.frame_of_reference == text(header, "FrameOfReferenceUID"),
        }
        for keyword in (k for k, equal in same.items() if not equal):
            raise GeometryError(
                f"The images of the {modality} series differ in {keyword} "
                f"({shown(self._first, keyword)} and {shown(header, keyword)}); one regular stack "
                "is needed. Export one series."
            )
        if not np.allclose(orientation, self.orientation, atol=1e-3):
            raise GeometryError(
                f"The images of the {modality} series differ in ImageOrientationPatient "
                f"(0020,0037) ({shown(self._first, 'ImageOrientationPatient')} and "
                f"{shown(header, 'ImageOrientationPatient')}); one parallel stack is needed. "
                "Export the axial series alone."
            )
        return np.array(position)

    def axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Unit directions of rows, columns and their normal.

        Raises
        ------
        GeometryError
            If the two of the header are not perpendicular unit vectors.
        """
        cosines = np.array(self.orientation)
        row_axis, column_axis = cosines[:3], cosines[3:]
        lengths = np.linalg.norm(row_axis), np.linalg.norm(column_axis)
        if not np.allclose(lengths, 1.0, atol=1e-2) or abs(float(row_axis @ column_axis)) > 1e-2:
            raise GeometryError(
                f"ImageOrientationPatient (0020,0037) is {cosines.tolist()}, not two perpendicular "
                "unit vectors. Export the series again."
            )
        row_axis = row_axis / lengths[0]
        column_axis = column_axis - (column_axis @ row_axis) * row_axis
        column_axis = column_axis / np.linalg.norm(column_axis)
        return row_axis, column_axis, np.cross(row_axis, column_axis)

    def _vector(self, header: Dataset, keyword: str, tag: str, length: int) -> list[float]:
        found = vector(header, keyword, length)
        if found is None and not written(header, keyword):
            raise GeometryError(
                f"A {self._modality} image has no {keyword} {tag}, so its position in the patient "
                "is unknown. Export the original axial series."
            )
        if found is None:
            raise GeometryError(
                f"{tag_name(keyword)} of a {self._modality} image is {shown(header, keyword)}, not "
                f"{length} numbers written with a decimal point. Export the series again."
            )
        return found
