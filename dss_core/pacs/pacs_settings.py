"""Settings of a PACS: where it is, by which protocol, and which file holds the password.

They come from options, else from the environment (`DSS_PACS_URL`, ...), else from the file
`pacs.toml` in DSS_HOME. A place named higher up is never combined with what a lower one says, so
that no password reaches another server than its own; only the environment's password file goes
with a URL given as an option.
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dss_core.errors import InputError
from dss_core.settings import home
from dss_core.storage import reading

KEYS = ("url", "auth", "ca", "host", "port", "aet", "own_aet", "own_port", "timeout")
FILE_NAME = "pacs.toml"
OWN_AET, OWN_PORT, TIMEOUT_S = "NSCLC_DSS", 11112, 10.0
_PLACES = ("url", "host")
_AET = re.compile(r"[ -\[\]-~]{1,16}")
_MAX_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Credentials:
    """User and password; no text of this object shows them."""

    user: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True)
class DicomWebPlace:
    """A DICOMweb service.

    Attributes
    ----------
    url : str
        Its root, e.g. "https://pacs.example/dicom-web"; without user, password and query.
    auth_file : Path or None
        File with `user:password`.
    ca_file : Path or None
        Certificates to trust instead of the machine's.
    timeout_s : float
        How long it may be silent.
    """

    url: str
    auth_file: Path | None = None
    ca_file: Path | None = None
    timeout_s: float = TIMEOUT_S

    @property
    def name(self) -> str:
        """As messages name it."""
        return self.url

    def credentials(self) -> Credentials | None:
        """User and password, read anew; None where no file is named.

        Raises
        ------
        InputError
            If the file is not `user:password`, or others may read it.
        StorageError
            If it cannot be read.
        """
        if self.auth_file is None:
            return None
        with reading(self.auth_file):
            mode = self.auth_file.stat().st_mode
            content = self.auth_file.read_bytes()
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise InputError(
                f"{self.auth_file} can be read by others (mode {mode & 0o777:03o}); a password "
                "file is its owner's alone. Run chmod 600 on it."
            )
        try:
            user, colon, password = content.decode("utf-8").rstrip("\r\n").partition(":")
        except UnicodeDecodeError:
            user, colon, password = "", "", ""
        if (
            not (user and colon and password)
            or "\n" in password
            or user + password != "".join(c for c in user + password if c.isprintable())
        ):
            raise InputError(
                f"{self.auth_file} is not one line `user:password` in UTF-8. Write it anew."
            )
        return Credentials(user, password)


@dataclass(frozen=True)
class DimsePlace:
    """A DIMSE service (C-ECHO, C-FIND, C-MOVE, C-STORE).

    Attributes
    ----------
    host, port, aet
        Of the PACS; `aet` is its AE title.
    own_aet : str
        AE title of this program, as the PACS knows it.
    own_port : int
        Where this program receives what it fetches, as the PACS knows it.
    timeout_s : float
        How long it may be silent.
    """

    host: str
    port: int
    aet: str
    own_aet: str = OWN_AET
    own_port: int = OWN_PORT
    timeout_s: float = TIMEOUT_S

    @property
    def name(self) -> str:
        """As messages name it."""
        return f"{self.aet} at {self.host}:{self.port}"


PacsPlace = DicomWebPlace | DimsePlace


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
    timeout_s = _number(settings, "timeout", TIMEOUT_S, _MAX_TIMEOUT_S)
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
        int(_number(settings, "port", 0, 65535)),
        _aet(settings["aet"]),
        _aet(settings.get("own_aet", OWN_AET)),
        int(_number(settings, "own_port", OWN_PORT, 65535)),
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


def _aet(text: str) -> str:
    if not _AET.fullmatch(text) or not text.strip():
        raise InputError(
            f"{text[:40]!r} is no AE title; 1 to 16 ASCII characters without a backslash were "
            "expected. Correct it."
        )
    return text.strip()


def _path(settings: Mapping[str, str], key: str) -> Path | None:
    return Path(settings[key]).expanduser() if settings.get(key) else None


def _number(settings: Mapping[str, str], key: str, default: float, most: float) -> float:
    text = settings.get(key)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    whole = key == "timeout" or value.is_integer()
    if not 0 < value <= most or not whole:
        raise InputError(
            f"The setting {key} of the PACS is {text[:40]!r}; a number up to {most:.0f} was "
            "expected. Correct it."
        )
    return value
