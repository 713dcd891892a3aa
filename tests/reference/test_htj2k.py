"""High-throughput JPEG 2000: streams of another encoder, pixels by formula (htj2k/README.md)."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL

from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths
from dss_core.reading.volume import read_ct
from tests.dicom_case import write_case

STREAMS = Path(__file__).with_name("htj2k")
ROW, COLUMN = np.mgrid[0:24, 0:32]
SHARP = (37 * ROW**2 + 11 * COLUMN**2 + 5 * ROW * COLUMN) % 4096
SMOOTH = np.round(800 + 300 * np.sin(ROW / 5) * np.cos(COLUMN / 6))


@pytest.mark.parametrize(
    ("stream", "syntax", "expected", "largest"),
    [
        ("lossless.j2c", HTJ2KLossless, SHARP, 0),
        ("rpcl.j2c", HTJ2KLosslessRPCL, SHARP, 0),
        ("lossy.j2c", HTJ2K, SMOOTH, 1),
    ],
)
def test_htj2k_gives_the_pixels_that_were_encoded(
    tmp_path: Path,
    stream: str,
    syntax: pydicom.uid.UID,
    expected: NDArray[np.float64],
    largest: float,
) -> None:
    folder = write_case(tmp_path, with_pet=False, with_region=False).ct
    for path in folder.iterdir():
        image = pydicom.dcmread(path)
        image.Rows, image.Columns = expected.shape
        image.PixelRepresentation, image.BitsStored, image.HighBit = 0, 16, 15
        image.PixelData = encapsulate([(STREAMS / stream).read_bytes()])
        image.file_meta.TransferSyntaxUID = syntax
        image.save_as(path)
    ct, _ = read_ct(propose_series(take_inventory(from_paths([folder])), "CT"))
    first = pydicom.dcmread(next(folder.iterdir()))
    hu = expected * float(first.RescaleSlope) + float(first.RescaleIntercept)
    assert np.abs(ct.values_zyx - hu).max() <= largest
