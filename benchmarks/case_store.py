"""Saved cases: time to save and open again, the list of many cases, room on the disk.

python -m benchmarks.case_store [--smallest]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from dss_core.case.make_record import record_of
from dss_core.case.open_case import OpenedCase, Region
from dss_core.case.record import Keep
from dss_core.geometry import Grid
from dss_core.reading.volume import digest_of
from dss_core.records import Quantity, Roi, SuvRecord, Volume
from dss_core.settings import home
from dss_core.spatial.alignment import AlignedImages
from dss_core.store.case_rows import columns_of
from dss_core.store.case_store import CaseStore
from dss_core.store.keep_case import NewCase, keep_case
from dss_core.store.keeping import Keeping
from dss_core.store.tables import CASES


def noisy_case(n_slices: int, ct_px: int, pet_px: int) -> OpenedCase:
    """A body of tissue with the noise of a scanner, which decides how far it can be compressed."""
    rng = np.random.default_rng(0)
    ct_grid = Grid((n_slices, ct_px, ct_px), (500 / ct_px, 500 / ct_px, 3.0), (0.0, 0.0, 0.0))
    pet_grid = Grid((n_slices, pet_px, pet_px), (500 / pet_px, 500 / pet_px, 3.0), (0.0, 0.0, 0.0))
    y, x = np.mgrid[-1 : 1 : ct_px * 1j, -1 : 1 : ct_px * 1j]
    body = np.hypot(x / 0.8, y / 0.6) < 1
    noise = rng.normal(0.0, 15.0, ct_grid.shape_zyx)
    hu = np.where(body, 40.0 + noise, -1000.0 + 0.3 * noise).round().astype(np.float32)
    counts = rng.poisson(200.0, pet_grid.shape_zyx)
    suv = (counts * np.float32(0.005)).astype(np.float32)
    mask = np.zeros(ct_grid.shape_zyx, dtype=np.bool_)
    mask[n_slices // 3 : n_slices // 2, ct_px // 3 : ct_px // 2, ct_px // 3 : ct_px // 2] = True
    images = AlignedImages(
        Volume(hu, ct_grid, Quantity.HU, digest_of(hu, ct_grid, "HU")),
        Volume(suv, pet_grid, Quantity.SUVBW, digest_of(suv, pet_grid, "SUVbw")),
        SuvRecord("SUVbw", "series_time", "11:00:00"),
    )
    return OpenedCase(images, Region(Roi("GTV", mask, ct_grid)))


def seconds(call: Callable[[], object]) -> float:
    """Wall time of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def many_cases(store: CaseStore, opened: OpenedCase, n: int) -> None:
    """Rows as saving would write them, in one change."""
    now = datetime.now(UTC)
    base = record_of(
        opened, {"weights_id": "demo"}, now=now, keep=Keep.RECORD, kept_until=now, label="x"
    )
    rows = []
    for k in range(n):
        record = record_of(
            opened, {"weights_id": "demo", "egfr": {"dls": 0.5}}, now=now - timedelta(minutes=k),
            keep=Keep.RECORD, kept_until=base.kept_until,
        )  # fmt: skip
        rows.append(columns_of(record, now) | {"version": 1})
    with store.database.change() as connection:
        connection.execute(CASES.insert(), rows)


def main() -> None:
    """Print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smallest", action="store_true")
    smallest = parser.parse_args().smallest
    n_slices, ct_px, pet_px, n = (8, 64, 32, 50) if smallest else (150, 512, 168, 10_000)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DSS_HOME"] = folder
        os.environ.pop("DSS_DATABASE_URL", None)
        opened = noisy_case(n_slices, ct_px, pet_px)
        small = noisy_case(4, 16, 16)
        store, new = CaseStore.open(), NewCase(opened, {"weights_id": "demo"})
        for keep in (Keep.RECORD, Keep.IMAGES):
            now = datetime.now(UTC)
            start = time.perf_counter()
            record = keep_case(store, new, Keeping(keep), now).record
            saved = time.perf_counter() - start
            again = CaseStore.open()
            opening = again.load if keep is Keep.RECORD else again.images
            print(f"{keep}: saved in {saved:.2f} s, opened in {_opened(opening, record.id):.2f} s")
        print(f"room of a case with images: {_room(home() / 'cases') / 1e6:.1f} MB")
        many_cases(store, small, n)
        print(f"list of {n + 2} cases: {1000 * min(_lists(store)):.0f} ms")
        size = _room(home() / "store")
        print(f"room of a record in the database: {size / (n + 2) / 1e3:.1f} kB")


def _opened(call: Callable[..., object], case_id: object) -> float:
    return seconds(lambda: call(case_id))


def _lists(store: CaseStore) -> list[float]:
    return [seconds(store.list) for _ in range(5)]


def _room(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
