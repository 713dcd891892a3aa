"""Where a PACS is and by which protocol; the password is read from its file when it is needed."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from dss_core.errors import InputError
from dss_core.storage import reading

OWN_AET, OWN_PORT, TIMEOUT_S = "NSCLC_DSS", 11112, 10.0


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
