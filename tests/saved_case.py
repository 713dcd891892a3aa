"""A small scored case built in code, to be saved and found again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from dss_core.case.make_record import record_of
from dss_core.case.open_case import OpenedCase, Region
from dss_core.case.record import CaseRecord, Keep
from dss_core.geometry import Grid
from dss_core.reading.volume import digest_of
from dss_core.records import CaseWarning, Quantity, Roi, SuvRecord, Volume
from dss_core.spatial.alignment import AlignedImages
from dss_core.spatial.registration import Registration
from dss_core.store.case_images import KeptImages, without_frames

FRAME, PET_FRAME = "1.2.826.0.1.3680043.8.498.1", "1.2.826.0.1.3680043.8.498.2"
NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)


def opened_case(
    seed: int = 0, shape: tuple[int, int, int] = (5, 9, 8), registered: bool = False
) -> OpenedCase:
    """Whole HU on one grid, SUV on another, a box as region."""
    rng = np.random.default_rng(seed)
    ct_grid = Grid(shape, (0.9765625, 0.9765625, 2.5), (-4.0, 3.25, 1.0 / 3.0))
    ct_grid = replace(ct_grid, frame_of_reference=FRAME)
    pet_grid = replace(ct_grid, spacing_mm=(1.1, 1.1, 2.4))
    hu = rng.integers(-1024, 1500, shape).astype(np.float32)
    suv = (rng.integers(0, 4000, shape) * np.float32(1.7e-3)).astype(np.float32)
    mask = np.zeros(shape, dtype=np.bool_)
    mask[1:-1, 2:-2, 3:-1] = True
    moved = Registration(np.eye(4), 2.5, 0.1, 0.3, 0.4, 0.9, FRAME, PET_FRAME)
    images = AlignedImages(
        Volume(hu, ct_grid, Quantity.HU, digest_of(hu, ct_grid, "HU")),
        Volume(suv, pet_grid, Quantity.SUVBW, digest_of(suv, pet_grid, "SUVbw")),
        SuvRecord("SUVbw", "series_time", "11:00:00", (CaseWarning("code", "SUV."),)),
        (CaseWarning("lossy_compression", "Images were lossy-compressed."),),
        moved if registered else None,
    )
    roi = Roi("GTV", mask, ct_grid, "by threshold", 2.5)
    return OpenedCase(images, Region(roi, (CaseWarning("several_regions", "Two."),)))


def kept_images(opened: OpenedCase) -> KeptImages:
    """What is kept of its images."""
    return without_frames(opened.images, opened.region)


def saved_record(
    opened: OpenedCase, keep: Keep = Keep.IMAGES, days: int = 30, **given: Any
) -> CaseRecord:
    """Its record, as it is after scoring."""
    result = {
        "weights_id": "demo",
        "egfr": {"dls": 0.25},
        "pdl1": {"dls": None, "group": "withheld"},
        "withheld": {"code": "unusual_images", "reason": "Unlike."},
    }
    values: dict[str, Any] = {"now": NOW, "kept_until": NOW + timedelta(days=days)} | given
    return record_of(opened, result, keep=keep, **values)
