"""`pacs`: find, fetch and send studies by DICOMweb or DIMSE."""

import argparse
import signal
import sys
import threading
from dataclasses import asdict
from typing import Any

from dss_core.cli.partly_done import PartlyDone
from dss_core.pacs.archive import Pacs, Query, StudyFound, Transferred, extra_installed, open_pacs
from dss_core.pacs.pacs_settings import KEYS, ae_title, pacs_place, port_number
from dss_core.reading.sources import from_paths


def run_echo(arguments: argparse.Namespace) -> dict[str, Any]:
    """`pacs echo`."""
    return {"ok": True, "server": _pacs(arguments).echo()}


def run_find(arguments: argparse.Namespace) -> dict[str, Any]:
    """`pacs find`."""
    query = Query(
        patient_id=arguments.patient_id or "",
        accession=arguments.accession or "",
        date=arguments.date or "",
        study_uid=arguments.study or "",
    )
    return {"studies": [_told(study) for study in _pacs(arguments).find(query)]}


def run_fetch(arguments: argparse.Namespace) -> dict[str, Any]:
    """`pacs fetch`: the study complete, or nothing."""
    done = _pacs(arguments).fetch(
        arguments.study_uid, arguments.out, _Line("fetched"), arguments.series or ()
    )
    return {
        "study_uid": done.study_uid,
        "out": str(done.folder),
        "objects": done.objects,
        "bytes": done.n_bytes,
    }


def run_send(arguments: argparse.Namespace) -> dict[str, Any] | PartlyDone:
    """`pacs send`: every object is told, and one that was not stored is an error."""
    sent = _pacs(arguments).send(from_paths(arguments.paths), _Line("sent"))
    answer = {"sent": len(sent.stored), "failed": [asdict(each) for each in sent.failed]}
    if not sent.failed:
        return answer
    total = len(sent.stored) + len(sent.failed)
    return PartlyDone(
        answer,
        f"The PACS has not stored {len(sent.failed)} of {total} objects: {sent.failed[0].reason}. "
        "The answer names each; send them again when that is corrected.",
    )


def run_listen(arguments: argparse.Namespace) -> dict[str, Any]:
    """`pacs listen`: until it is interrupted or terminated."""
    ended = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: ended.set())
    with extra_installed():
        from dss_core.pacs.inbox import Inbox
    aet, port = ae_title(arguments.aet), port_number(arguments.port)
    senders = [ae_title(text) for text in arguments.sender or ()]
    inbox = Inbox(arguments.inbox)
    with inbox.open(aet, arguments.address, port, senders):
        print(f"{aet} listens on {arguments.address}:{port}", file=sys.stderr, flush=True)
        ended.wait()
    studies = [{"study_uid": uid, "objects": n} for uid, n in sorted(inbox.objects.items())]
    return {"inbox": str(arguments.inbox), "studies": studies, "refused": inbox.refused}


def _pacs(arguments: argparse.Namespace) -> Pacs:
    return open_pacs(pacs_place({key: getattr(arguments, key, None) for key in KEYS}))


def _told(study: StudyFound) -> dict[str, Any]:
    return {
        "study_uid": study.study_uid,
        "date": study.date,
        "modalities": list(study.modalities),
        "series": [asdict(series) for series in study.series],
        "patient_id": study.patient_id,
        "issuer": study.issuer,
        "patient_name": study.patient_name,
        "accession": study.accession,
    }


class _Line:
    """Progress on one line of the standard error, where somebody looks at it."""

    def __init__(self, verb: str) -> None:
        self._verb = verb

    def __call__(self, done: Transferred) -> None:
        if not sys.stderr.isatty():
            return
        ended = done.objects == done.of
        line = f"\r{done.objects} of {done.of} objects {self._verb}, {done.n_bytes / 1e6:.0f} MB"
        print(line, end="\n" if ended else "", file=sys.stderr, flush=True)
