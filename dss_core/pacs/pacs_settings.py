"""Settings of a PACS: where it is, by which protocol, and which file holds the password.

They come from options, else from the environment (`DSS_PACS_URL`, ...), else from the file
`pacs.toml` in DSS_HOME. A place named higher up is never combined with what a lower one says, so
that no password reaches another server than its own; only the environment's password file goes
with a URL given as an option.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dss_core.errors import InputError
from dss_core.pacs.pacs_place import (
    OWN_AET,
    OWN_PORT,
    TIMEOUT_S,
    DicomWebPlace,
    DimsePlace,
    PacsPlace,
)
from dss_core.settings import home
from dss_core.storage import reading

KEYS = ("url", "auth", "ca", "host", "port", "aet", "own_aet", "own_port", "timeout")
FILE_NAME = "pacs.toml"
_PLACES = ("url", "host")
_AET = re.compile(r"[ -\[\]-~]{1,16}")
_MAX_TIMEOUT_S = 600.0


def pacs_place(options: Mapping[str, str | None] | None = None) -> PacsPlace:
    """The PACS that options, environment or file name.

    Parameters
    ----------
    options : mapping of str to str or None
        By the names in `KEYS`; None for an option that was not given.

    Raises
    ------
    InputError
        If none is named, or a setting is not usable.
    StorageError
        If the file cannot be read.
    """
    given = {key: text for key, text in (options or {}).items() if text is not None}
    environment = _environment()
    if not (_names_a_place(given) or _names_a_place(environment)):
        from_file = _file()
        if not _names_a_place(from_file):
            raise InputError(
                "No PACS is set up. Give --url (DICOMweb) or --host, --port and --aet (DIMSE), set "
                f"DSS_PACS_URL or DSS_PACS_HOST, or write {home() / FILE_NAME}."
            )
        return _place(from_file | environment | given)
    kind = given if _names_a_place(given) else environment
    settings = environment | given
    for place in _PLACES:
        if place not in kind:
            settings.pop(place, None)
    return _place(settings)


def is_set_up() -> bool:
    """Whether environment or file name a PACS, usable or not."""
    return _names_a_place(_environment()) or (home() / FILE_NAME).is_file()


def _names_a_place(settings: Mapping[str, str]) -> bool:
    return any(settings.get(place) for place in _PLACES)


def _environment() -> dict[str, str]:
    found = {key: os.environ.get(f"DSS_PACS_{key.upper()}", "").strip() for key in KEYS}
    return {key: text for key, text in found.items() if text}


def _file() -> dict[str, str]:
    path = home() / FILE_NAME
    if not path.is_file():
        return {}
    with reading(path):
        content = path.read_bytes()
    try:
        table: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # the fault's own text may quote a line of the file
        raise InputError(
            f"{path} is not a TOML file. Correct it; docs/hospital.md has one."
        ) from None
    unknown = [key for key in table if key not in KEYS]
    if unknown:
        raise InputError(
            f"{path} has the key {unknown[0][:40]!r}; {', '.join(KEYS)} were expected. The "
            "password stands in a file of its own, which `auth` names."
        )
    settings = {key: str(value) for key, value in table.items()}
    for key in ("auth", "ca"):
        if key in settings:
            settings[key] = str(path.parent / Path(settings[key]).expanduser())
    return settings


def _place(settings: Mapping[str, str]) -> PacsPlace:
    if settings.get("url") and settings.get("host"):
        raise InputError(
            "Both a DICOMweb URL and a DIMSE host are named for the PACS; one was expected. Leave "
            "the other out."
        )
    timeout_s = _seconds(settings.get("timeout", str(TIMEOUT_S)))
    if settings.get("url"):
        return DicomWebPlace(
            _url(settings["url"]), _path(settings, "auth"), _path(settings, "ca"), timeout_s
        )
    lacking = [key for key in ("port", "aet") if not settings.get(key)]
    if lacking:
        raise InputError(
            f"The PACS has a host and no {lacking[0]}; DIMSE needs host, port and aet. Give it."
        )
    return DimsePlace(
        settings["host"],
        port_number(settings["port"]),
        ae_title(settings["aet"]),
        ae_title(settings.get("own_aet", OWN_AET)),
        port_number(settings.get("own_port", str(OWN_PORT))),
        timeout_s,
    )


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise InputError(
            "The URL of the PACS is not usable; the DICOMweb root was expected, like "
            "https://pacs.example/dicom-web, without anything after it."
        )
    if "@" in parts.netloc:
        raise InputError(
            "The URL of the PACS holds a user. Leave user and password out and name a file with "
            "`user:password` by DSS_PACS_AUTH."
        )
    return text.rstrip("/")


def ae_title(text: str) -> str:
    """An AE title as it is used.

    Raises
    ------
    InputError
        If it is none.
    """
    if not _AET.fullmatch(text) or not text.strip():
        raise InputError(
            f"{text[:40]!r} is no AE title; 1 to 16 ASCII characters without a backslash were "
            "expected. Correct it."
        )
    return text.strip()


def _path(settings: Mapping[str, str], key: str) -> Path | None:
    return Path(settings[key]).expanduser() if settings.get(key) else None


def port_number(text: str) -> int:
    """A TCP port.

    Raises
    ------
    InputError
        If it is none.
    """
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise InputError(
            f"The port is {text[:40]!r}; a whole number from 1 to 65535 was expected. Correct it."
        )
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= _MAX_TIMEOUT_S:
        raise InputError(
            f"The timeout of the PACS is {text[:40]!r}; up to {_MAX_TIMEOUT_S:.0f} seconds were "
            "expected. Correct it."
        )
    return value
