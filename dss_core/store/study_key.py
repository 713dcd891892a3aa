"""Study key: recognises a study on this installation, and means nothing anywhere else.

HMAC-SHA256 of StudyInstanceUID with a secret that is made once and lies beside the database.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from dss_core.errors import StorageError
from dss_core.settings import home
from dss_core.storage import locked, reading, whole_path

_BYTES = 32


def secret_file() -> Path:
    """Where the secret lies."""
    return home() / "store" / "study.key"


def study_key(study_uid: str) -> str:
    """Keyed hash of a StudyInstanceUID as 64 hexadecimal digits; empty for an empty one.

    Raises
    ------
    StorageError
        If the secret cannot be read or made.
    """
    return keyed_hash(study_uid) if study_uid else ""


def keyed_hash(text: str) -> str:
    """HMAC-SHA256 with this installation's secret, as 64 hexadecimal digits.

    Raises
    ------
    StorageError
        If the secret cannot be read or made.
    """
    return hmac.new(_secret(), text.encode(), hashlib.sha256).hexdigest()


def _secret() -> bytes:
    path = secret_file()
    if not path.exists():
        with locked(path):
            if not path.exists():
                write_secret(secrets.token_bytes(_BYTES))
    with reading(path):
        secret = path.read_bytes()
    if len(secret) != _BYTES:
        raise StorageError(
            f"{path} has {len(secret)} bytes; the secret of the study keys has {_BYTES}. Restore "
            "it from a backup, or delete it: studies saved before are then no longer recognised."
        )
    return secret


def write_secret(secret: bytes) -> None:
    """Put a secret in place, for this user's eyes only.

    Raises
    ------
    StorageError
    """
    with whole_path(secret_file()) as part:
        part.touch(mode=0o600)
        part.write_bytes(secret)
