"""PACS: objects per second to and from an Orthanc, beside the client libraries' own calls.

python -m benchmarks.pacs [--smallest]

Orthanc is started in a network namespace of its own, with the measurement; Debian: `orthanc`,
`orthanc-dicomweb`. Memory is that of a process of its own, above what it has before the fetch.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom

from benchmarks._sizes import FLAG, size
from dss_core.pacs.archive import Pacs, Query, open_pacs
from dss_core.pacs.pacs_place import DicomWebPlace, DimsePlace
from dss_core.pacs.pacs_settings import pacs_place
from dss_core.reading.sources import Source, from_paths
from tests.dicom_case import write_case
from tests.orthanc.archive import (
    AET,
    OWN_AET,
    PASSWORD,
    USER,
    Orthanc,
    command_inside,
    running_orthanc,
    why_not,
)

_INSIDE = "DSS_BENCHMARK_INSIDE"
_PATIENT = "simulated"


def objects(folder: Path, n: int, side_px: int) -> list[Path]:
    """CT slices with the noise of a scanner, which no transfer makes smaller."""
    template = pydicom.dcmread(next(write_case(folder / "one").ct.iterdir()))
    template.Rows = template.Columns = side_px
    rng = np.random.default_rng(0)
    paths = [folder / f"{k:04d}.dcm" for k in range(n)]
    for k, path in enumerate(paths):
        template.SOPInstanceUID = template.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{k + 1}"
        template.PixelData = rng.integers(-1000, 1000, side_px**2).astype("<i2").tobytes()
        template.save_as(path)
    return paths


def rate(name: str, n: int, n_bytes: int, call: Callable[[], object]) -> None:
    """Print objects and megabytes per second of a call."""
    start = time.perf_counter()
    call()
    seconds = time.perf_counter() - start
    print(f"{name:44} {n / seconds:7.0f} objects/s {n_bytes / 1e6 / seconds:7.1f} MB/s")


def library_web(orthanc: Orthanc) -> "tuple[Callable[[list[Path]], None], Callable[[str], None]]":
    """Store and retrieve as dicomweb-client does."""
    from dicomweb_client.api import DICOMwebClient
    from dicomweb_client.session_utils import create_session_from_auth
    from requests.auth import HTTPBasicAuth

    session = create_session_from_auth(HTTPBasicAuth(USER.encode(), PASSWORD.encode()))
    client = DICOMwebClient(orthanc.url, session=session)

    def store(paths: list[Path]) -> None:
        for k in range(0, len(paths), 50):
            client.store_instances([pydicom.dcmread(path) for path in paths[k : k + 50]])

    def retrieve(study_uid: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for k, dataset in enumerate(client.iter_study(study_uid)):
                dataset.save_as(Path(folder) / f"{k}.dcm")

    return store, retrieve


def library_dimse(orthanc: Orthanc, paths: list[Path]) -> None:
    """Store as pynetdicom does."""
    from pynetdicom import AE, build_context

    first = pydicom.dcmread(paths[0], stop_before_pixels=True)
    ae = AE(OWN_AET)
    ae.requested_contexts = [build_context(first.SOPClassUID)]
    association = ae.associate("127.0.0.1", orthanc.dicom_port, ae_title=AET)
    for path in paths:
        association.send_c_store(path)
    association.release()


def fetch(pacs: Pacs, study_uid: str) -> None:
    """Into a folder that is removed."""
    with tempfile.TemporaryDirectory() as folder:
        pacs.fetch(study_uid, Path(folder) / "study")


def memory(study_uid: str) -> None:
    """In a process of its own, whose settings name the PACS: print what a fetch takes on top."""
    place = pacs_place()
    pacs = open_pacs(place)
    pacs.find(Query(study_uid=study_uid))
    before_kb = peak_kb()
    fetch(pacs, study_uid)
    name = f"memory of a fetch, {type(place).__name__.removesuffix('Place')}"
    print(f"{name:44} {(peak_kb() - before_kb) / 1e3:7.1f} MB")


def peak_kb() -> int:
    """Most resident memory of this process so far."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def visible(pacs: Pacs, paths: list[Path]) -> None:
    """Print the time from a finished `send` of a new study to the answer that has it."""
    dataset = pydicom.dcmread(paths[0])
    dataset.StudyInstanceUID, dataset.SOPInstanceUID = "1.2.4", "1.2.4.1"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.dcm"
        dataset.save_as(path)
        pacs.send([Source(path)])
    start = time.perf_counter()
    while not pacs.find(Query(study_uid="1.2.4")):
        continue
    print(f"{'sent until found':44} {(time.perf_counter() - start) * 1e3:7.0f} ms")


def measure(folder: Path, orthanc: Orthanc) -> None:
    """Print every figure."""
    (folder / "objects").mkdir()
    paths = objects(folder / "objects", size(600, 6), size(512, 32))
    n, n_bytes = len(paths), sum(path.stat().st_size for path in paths)
    print(f"{n} objects, {n_bytes / 1e6:.0f} MB")
    auth = folder / "auth"
    auth.write_text(f"{USER}:{PASSWORD}", encoding="utf-8")
    auth.chmod(0o600)
    web, dimse = DicomWebPlace(orthanc.url, auth), DimsePlace("127.0.0.1", orthanc.dicom_port, AET)
    store, retrieve = library_web(orthanc)
    study_uid = str(pydicom.dcmread(paths[0]).StudyInstanceUID)
    for name, call in (
        ("send, DICOMweb", lambda: open_pacs(web).send(from_paths(paths))),
        ("  dicomweb-client alone", lambda: store(paths)),
        ("send, DIMSE", lambda: open_pacs(dimse).send(from_paths(paths))),
        ("  pynetdicom alone", lambda: library_dimse(orthanc, paths)),
    ):
        orthanc.delete_everything()
        rate(name, n, n_bytes, call)
    rate("fetch, DICOMweb", n, n_bytes, lambda: fetch(open_pacs(web), study_uid))
    rate("  dicomweb-client alone", n, n_bytes, lambda: retrieve(study_uid))
    rate("fetch, DIMSE", n, n_bytes, lambda: fetch(open_pacs(dimse), study_uid))
    of_web = {"DSS_PACS_URL": web.url, "DSS_PACS_AUTH": str(auth)}
    of_dimse = {
        "DSS_PACS_HOST": dimse.host, "DSS_PACS_PORT": str(dimse.port), "DSS_PACS_AET": AET
    }  # fmt: skip
    for settings in (of_web, of_dimse):
        command = [sys.executable, "-m", "benchmarks.pacs", "--memory", study_uid]
        subprocess.run(command, check=True, env=os.environ | settings)
    visible(open_pacs(web), paths)


def main() -> None:
    """Start it inside, or be inside."""
    reason = why_not()
    if "--memory" in sys.argv:
        memory(sys.argv[-1])
    elif os.environ.get(_INSIDE):
        with tempfile.TemporaryDirectory() as name:
            with running_orthanc(Path(name)) as orthanc:
                measure(Path(name), orthanc)
    elif reason:
        print(reason)
    else:
        flags = [FLAG] if FLAG in sys.argv else []
        subprocess.run(
            command_inside([sys.executable, "-m", "benchmarks.pacs", *flags]),
            env=os.environ | {_INSIDE: "1"}, check=True, timeout=900,
        )  # fmt: skip


if __name__ == "__main__":
    main()
