"""Arguments of `pacs`."""

import argparse
from pathlib import Path
from typing import Any

from dss_core.cli.arguments.handler import Handler


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `pacs`."""
    parser = subparsers.add_parser(
        "pacs", help="find, fetch and send studies: DICOMweb or DIMSE (docs/hospital.md)"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _action(actions, "echo", "whether it answers")
    found = _action(actions, "find", "studies with their series; identifiers match exactly")
    found.add_argument("--patient-id", metavar="ID")
    found.add_argument("--accession", metavar="NUMBER")
    found.add_argument("--date", metavar="YYYYMMDD[-YYYYMMDD]")
    found.add_argument("--study", metavar="UID")
    fetched = _action(actions, "fetch", "a study into a new folder: complete, or nothing")
    fetched.add_argument("study_uid", metavar="STUDY_UID")
    fetched.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to make")
    fetched.add_argument(
        "--series", action="append", metavar="UID", help="only this series; can be given repeatedly"
    )
    sent = _action(actions, "send", "store DICOM files; exit status 2 if one was not stored")
    sent.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="files or folders")
    listening = actions.add_parser("listen", help="receive what others send by DIMSE into a folder")
    listening.add_argument("--port", required=True)
    listening.add_argument("--aet", required=True, help="AE title that senders call")
    listening.add_argument("--inbox", type=Path, required=True, metavar="DIR")
    listening.add_argument(
        "--address", default="127.0.0.1", help="address to listen on; default: this machine only"
    )
    listening.add_argument(
        "--from",
        dest="sender",
        action="append",
        metavar="AET",
        help="only from this AE title; can be given repeatedly",
    )
    listening.set_defaults(run=Handler("pacs", "run_listen"))


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, help_text: str
) -> argparse.ArgumentParser:
    """An action with the options that name a PACS; its password file is named by DSS_PACS_AUTH."""
    parser = actions.add_parser(name, help=help_text)
    place = parser.add_argument_group("the PACS; default: DSS_PACS_URL ..., DSS_HOME/pacs.toml")
    place.add_argument("--url", help="DICOMweb root; DSS_PACS_AUTH names a file user:password")
    place.add_argument("--host", help="DIMSE: its name or address")
    place.add_argument("--port", help="DIMSE: its port")
    place.add_argument("--aet", help="DIMSE: its AE title")
    place.add_argument("--own-aet", metavar="AET", help="DIMSE: AE title of this program")
    place.add_argument("--own-port", metavar="PORT", help="DIMSE: where fetched objects arrive")
    parser.set_defaults(run=Handler("pacs", f"run_{name}"))
    return parser
