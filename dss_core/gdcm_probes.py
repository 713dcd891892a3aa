"""Keeps GDCM from taking a user's folder for a module of Python 2.

The package `python-gdcm` looks for the modules `dl` and `DLFCN`, which Python 3 does not have. A
folder of that name on the module path (the working directory of a notebook, the folder of a
script) is found in their place, and pydicom, which loads GDCM, then fails on import.
"""

import sys
from collections.abc import Sequence

_PROBES = ("dl", "DLFCN")
_PROBING = "orig_dlopen_flags"
"""A variable that `gdcm` has only while it looks for them."""


class _NoSuchModule:
    """Import hook: while GDCM probes, the modules are not there, whatever else has their name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: object | None = None
    ) -> None:
        if fullname in _PROBES and hasattr(sys.modules.get("gdcm"), _PROBING):
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def install() -> None:
    """Put the hook before every other finder; from then on GDCM can be imported anywhere."""
    sys.meta_path.insert(0, _NoSuchModule())
