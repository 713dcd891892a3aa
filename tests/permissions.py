"""Permissions as they bind somebody who is not root, also where root runs the tests.

Root passes them over by two capabilities of its own, which a thread can lay down and take up again.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder and all in it may be looked at, and not changed, by this thread and its own."""
    everything = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    for path, mode in everything.items():
        path.chmod(mode & 0o555)
    try:
        with bound_by_permissions():
            yield
    finally:
        for path, mode in everything.items():
            path.chmod(mode)


@contextmanager
def bound_by_permissions() -> Iterator[None]:
    """Permissions bind this thread, and those it starts, as they bind others."""
    if sys.platform != "linux":
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    effective = sets[0]
    sets[0] = effective & ~(_DAC_OVERRIDE | _DAC_READ_SEARCH)
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = effective
        assert libc.capset(header, sets) == 0
