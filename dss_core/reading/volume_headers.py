"""NIfTI, NRRD and MHA headers: size, number format, position in space, start of data.

All three say the same things in other words; after this module there is one header.

References
----------
NIfTI-1 and -2 (read by nibabel); NRRD 5 (teem.sourceforge.net/nrrd/format.html); MetaImage
(itk.org/Wiki/MetaIO/Documentation).
"""

import io
import re
from dataclasses import dataclass

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from dss_core.errors import GeometryError, InputError
from dss_core.records import CaseWarning

HEAD_BYTES = 65_536
SAME_PLACE_MM = 1.0
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SPACES = {
    "left-posterior-superior": (1.0, 1.0), "lps": (1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0), "ras": (-1.0, -1.0),
    "left-anterior-superior": (1.0, -1.0), "las": (1.0, -1.0),
}  # fmt: skip
_NRRD_TYPES = {
    "i1": "signed char|int8|int8_t", "u1": "uchar|unsigned char|uint8|uint8_t",
    "i2": "short|short int|signed short|signed short int|int16|int16_t",
    "u2": "ushort|unsigned short|unsigned short int|uint16|uint16_t",
    "i4": "int|signed int|int32|int32_t", "u4": "uint|unsigned int|uint32|uint32_t",
    "f4": "float", "f8": "double",
}  # fmt: skip
_MHA_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4",
    "MET_UINT": "u4", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip


@dataclass(frozen=True)
class VolumeHeader:
    """What a volume file says of itself.

    Attributes
    ----------
    kind : {"NIfTI", "NRRD", "MHA"}
    shape_ijk : tuple of int
        Fastest axis first.
    dtype : numpy dtype
        With byte order.
    affine : float64 array (4, 4)
        From index (i, j, k) to DICOM LPS millimetres.
    data_offset : int
    packed : bool
        True when the data are deflated (zlib or gzip) from data_offset on.
    slope, intercept : float
    names : tuple of (label, name)
        Names the file gives to labels.
    warnings : tuple of CaseWarning
        What the file states twice and differently.
    """

    kind: str
    shape_ijk: tuple[int, ...]
    dtype: np.dtype[np.generic]
    affine: NDArray[np.float64]
    data_offset: int
    packed: bool = False
    slope: float = 1.0
    intercept: float = 0.0
    names: tuple[tuple[int, str], ...] = ()
    warnings: tuple[CaseWarning, ...] = ()


def parse_header(head: bytes) -> VolumeHeader | None:
    """The header at the start of a file, None for a file of another kind.

    Raises
    ------
    InputError, GeometryError
        If the file is of a known kind but cannot be used.
    """
    for marked, kind, parse in (
        (head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] == b"n+2\0", "NIfTI", _nifti),
        (head[:7] == b"NRRD000", "NRRD", _nrrd),
        (head[:10] == b"ObjectType" or head[:5] == b"NDims", "MHA", _mha),
    ):
        if marked:
            try:
                return parse(head)
            except (ValueError, KeyError, IndexError, TypeError, OverflowError, EOFError) as wrong:
                raise InputError(f"The {kind} header is damaged; write the file again.") from wrong
            except (nib.spatialimages.HeaderDataError, nib.wrapstruct.WrapStructError) as wrong:
                raise InputError(f"The {kind} header is damaged; write the file again.") from wrong
    return None


def _nifti(head: bytes) -> VolumeHeader:
    if head[344:348] == b"ni1\0":
        raise InputError(
            "The NIfTI file is a header with detached data (.hdr/.img); save it as one .nii file."
        )
    kind = nib.Nifti2Header if head[4:8] == b"n+2\0" else nib.Nifti1Header
    header = kind.from_fileobj(io.BytesIO(head), check=False)
    unit = header.get_xyzt_units()[0]
    if unit not in ("mm", "unknown"):
        raise GeometryError(f"The NIfTI file is in {unit}; millimetres are needed. Convert it.")
    if not (int(header["sform_code"]) or int(header["qform_code"])):
        raise GeometryError(
            "The NIfTI file has neither sform nor qform, so its position in the patient is "
            "unknown. "
            "Convert it again from the original images."
        )
    slope, intercept = header.get_slope_inter()
    shape = tuple(int(n) for n in header.get_data_shape())
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    return VolumeHeader(
        kind="NIfTI",
        shape_ijk=shape,
        dtype=header.get_data_dtype(),
        affine=np.asarray(_RAS_TO_LPS @ header.get_best_affine(), dtype=np.float64),
        data_offset=int(header["vox_offset"]),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if intercept is None else float(intercept),
        warnings=_places_differ(header, shape),
    )


def _places_differ(header: nib.Nifti1Header, shape: tuple[int, ...]) -> tuple[CaseWarning, ...]:
    """A warning where qform, voxel size and sform put a corner at places 1 mm or more apart.

    A flip moves every corner by the size of the image. The sform is used where there is one.
    """
    if not int(header["sform_code"]) or len(shape) != 3:
        return ()
    used = header.get_sform()
    corners = np.stack(np.meshgrid(*((0, n - 1) for n in shape), indexing="ij"), -1).reshape(-1, 3)
    if int(header["qform_code"]):
        other = header.get_qform()
        apart = corners @ (used - other)[:3, :3].T + (used - other)[:3, 3]
        off_mm = float(np.linalg.norm(apart, axis=1).max())
    else:
        sizes = np.linalg.norm(used[:3, :3], axis=0)
        off_mm = float((np.abs(sizes - header.get_zooms()[:3]) * (np.array(shape) - 1)).max())
    if off_mm <= SAME_PLACE_MM:
        return ()
    message = (
        f"The NIfTI file states its place twice: qform or voxel size lie {off_mm:.0f} mm off "
        "the sform, which was used. Check that it lies on the images."
    )
    return (CaseWarning("nifti_places_differ", message),)


def _nrrd(head: bytes) -> VolumeHeader:
    end = re.search(rb"\r?\n\r?\n", head)
    if end is None:
        raise InputError("The NRRD header has no end; write the file again as one .nrrd file.")
    lines = head[: end.start()].decode("latin-1").splitlines()[1:]
    fields = {
        k.strip().lower(): v.strip()
        for k, _, v in (x.partition(":") for x in lines if x[:1] != "#")
    }
    if "data file" in fields or "datafile" in fields:
        raise InputError("The NRRD file keeps its data in another file; save it as one .nrrd.")
    encoding, space = fields["encoding"].lower(), fields.get("space", "").lower()
    if encoding not in ("raw", "gzip", "gz") or any(
        fields.get(f"{u} skip", "0") != "0" for u in ("line", "byte")
    ):
        raise InputError(f"The NRRD encoding is {encoding!r}; save it as raw or gzip.")
    if space not in _SPACES:
        raise GeometryError(
            f"The NRRD space is {space!r}; left-posterior-superior or right-anterior-superior is "
            "needed to know its position in the patient. Save it with its orientation."
        )
    vectors = re.findall(r"\(([^)]*)\)", fields["space directions"])
    axes = np.array([[float(x) for x in v.split(",")] for v in vectors])
    origin = [float(x) for x in fields["space origin"].strip("()").split(",")]
    to_lps = np.array([*_SPACES[space], 1.0])
    stated = fields["type"].lower()
    code = next((c for c, names in _NRRD_TYPES.items() if stated in names.split("|")), None)
    if code is None:
        raise InputError(f"The NRRD type {stated!r} is not read; save it as short or float.")
    order = ">" if fields.get("endian", "little").lower() == "big" else "<"
    shape = tuple(int(n) for n in fields["sizes"].split())
    if len(shape) != 3 or axes.shape != (3, 3):
        axes = np.eye(3)
    return VolumeHeader(
        kind="NRRD",
        shape_ijk=shape,
        dtype=np.dtype(order + code),
        affine=_affine(axes.T * to_lps[:, None], np.array(origin) * to_lps),
        data_offset=end.end(),
        packed=encoding != "raw",
        names=_segment_names(fields),
    )


def _segment_names(fields: dict[str, str]) -> tuple[tuple[int, str], ...]:
    """Label names as 3D Slicer writes them (SegmentN_Name:=, SegmentN_LabelValue:=)."""
    names = {k[:-5]: v.lstrip("=") for k, v in fields.items() if re.match(r"segment\d+_name$", k)}
    labels = {k: fields.get(f"{k}_labelvalue", "").lstrip("=") for k in names}
    return tuple((int(labels[k]), n) for k, n in names.items() if labels[k].isdigit())


def _mha(head: bytes) -> VolumeHeader:
    end = re.search(rb"(?m)^ElementDataFile\s*=\s*([^\r\n]*)\r?\n", head)
    if end is None or end.group(1).strip() != b"LOCAL":
        raise InputError("The MetaImage keeps its data in another file; save it as one .mha.")
    lines = head[: end.start()].decode("latin-1").splitlines()
    fields = {k.strip(): v.strip() for k, _, v in (x.partition("=") for x in lines)}
    shape = tuple(int(n) for n in fields["DimSize"].split())
    n_channels = fields.get("ElementNumberOfChannels", "1")
    if fields["ElementType"] not in _MHA_TYPES or n_channels != "1":
        raise InputError(
            f"The MHA element type {fields['ElementType']} with {n_channels} channel(s) is not "
            "read; save it as short or float."
        )
    spacing = [float(x) for x in fields.get("ElementSpacing", "").split()]
    matrix = [float(x) for x in fields.get("TransformMatrix", "").split()]
    offset = [float(x) for x in fields.get("Offset", fields.get("Position", "")).split()]
    if len(shape) == 3 and (len(spacing), len(matrix), len(offset)) != (3, 9, 3):
        raise GeometryError(
            "The MHA file lacks ElementSpacing, TransformMatrix or Offset, so its position in the "
            "patient is unknown. Save it with its orientation."
        )
    axes = np.eye(3) if len(shape) != 3 else np.reshape(matrix, (3, 3)).T * np.array(spacing)
    big = "true" in (
        fields.get("BinaryDataByteOrderMSB", "").lower(),
        fields.get("ElementByteOrderMSB", "").lower(),
    )
    return VolumeHeader(
        kind="MHA",
        shape_ijk=shape,
        dtype=np.dtype((">" if big else "<") + _MHA_TYPES[fields["ElementType"]]),
        affine=_affine(axes, np.array(offset[:3] if len(shape) == 3 else [0.0] * 3)),
        data_offset=end.end(),
        packed=fields.get("CompressedData", "").lower() == "true",
    )


def _affine(axes: NDArray[np.float64], origin: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = axes, origin
    return matrix
