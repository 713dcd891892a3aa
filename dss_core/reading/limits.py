"""Upload limits: bounds against hostile or damaged files.

Each can be set by an environment variable (whole numbers; see `Limits`).
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

from dss_core.errors import InputError


@dataclass(frozen=True)
class Limits:
    """Bounds on what is read; the variable of `max_files` is DSS_MAX_FILES, and so on.

    Attributes
    ----------
    max_files : int
        Files of one upload, archives' entries included.
    max_unpacked_mb : int
        Size of all that archives unpack to.
    max_ratio : int
        Unpacked over packed size of one archive.
    max_depth : int
        Archives in archives.
    max_voxels : int
        Voxels of one volume as its header declares them, checked before memory is taken.
    max_inflated_mb : int
        Size of one compressed volume file or deflated DICOM file once inflated.
    max_session_mb : int
        All that the files of one session, or of one command, take unpacked at a time.
    max_server_mb : int
        The same of all sessions; by default four fifths of the machine's memory.
    """

    max_files: int = 20_000
    max_unpacked_mb: int = 6_000
    max_ratio: int = 250
    max_depth: int = 3
    max_voxels: int = 1_000_000_000
    max_inflated_mb: int = 4_000
    max_session_mb: int = 12_000
    max_server_mb: int = field(default_factory=lambda: _machine_mb() * 4 // 5)

    @classmethod
    def current(cls) -> "Limits":
        """The defaults, with what the environment sets.

        Raises
        ------
        InputError
            If a variable is not a positive whole number.
        """
        found: dict[str, int] = {}
        for limit in fields(cls):
            name = f"DSS_{limit.name.upper()}"
            stated = os.environ.get(name)
            if stated is None:
                continue
            readable = stated.isascii() and stated.isdigit() and len(stated) < 16
            if not readable or int(stated) == 0:
                raise InputError(
                    f"The environment variable {name} is {stated[:40]!r}; a positive whole number "
                    "was expected. Correct or unset it."
                )
            found[limit.name] = int(stated)
        return cls(**found)


def _machine_mb() -> int:
    """Memory of this machine or its container, whichever is less; 16 GB where neither is known."""
    found = []
    with suppress(AttributeError, ValueError, OSError):
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(ValueError, OSError):  # "max" is no number
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min(found, default=16 * 10**9) // 10**6


def check_voxels(shape: tuple[int, ...], what: str) -> None:
    """Refuse a declared size before any memory is taken for it.

    Raises
    ------
    InputError
    """
    limit, count = Limits.current().max_voxels, 1
    for n in shape:
        count *= n
    if min(shape) < 1 or count > limit:
        raise InputError(
            f"{what} declares {' x '.join(map(str, shape))} voxels; between 1 and {limit} in all "
            "are read. Export a smaller series, or set DSS_MAX_VOXELS."
        )
