"""Room in memory for what files unpack to: counted for each session and for all of them.

Room is taken before the bytes are, and given back when the object that holds them is gone. What
only a ring of objects still holds is looked for before anything is refused.
"""

import gc
import threading
import weakref
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from dss_core.errors import InputError
from dss_core.reading.limits import Limits

T = TypeVar("T")

_lock = threading.RLock()  # an object may go, and give back, while the same thread counts
_held: Counter[str] = Counter()
_whose: Callable[[], str] = str


def count_for(whose: Callable[[], str]) -> None:
    """Count from now on for the session that a function names; a command is one session."""
    global _whose
    _whose = whose


def held_mb(session: str | None = None) -> float:
    """Megabytes held now, by one session or by all."""
    with _lock:
        return (_held.total() if session is None else _held[session]) / 1e6


def check_room(n_bytes: int) -> None:
    """Refuse what is too large before anything is taken.

    Raises
    ------
    InputError
        The session, or all sessions, would hold more than the limits allow.
    """
    limits, session = Limits.current(), _whose()
    mine, all_ = _with(n_bytes, session)
    if mine > limits.max_session_mb * 10**6 or all_ > limits.max_server_mb * 10**6:
        gc.collect()
        mine, all_ = _with(n_bytes, session)
    if mine > limits.max_session_mb * 10**6:
        raise InputError(
            f"This case would take {mine / 1e6:.0f} MB of memory, at most {limits.max_session_mb} "
            "MB are given to one (DSS_MAX_SESSION_MB). Give only the CT, the PET and the region."
        )
    if all_ > limits.max_server_mb * 10**6:
        raise InputError(
            f"There is no room for {n_bytes / 1e6:.0f} MB more: all cases that are open take "
            f"{(all_ - n_bytes) / 1e6:.0f} of {limits.max_server_mb} MB (DSS_MAX_SERVER_MB). Close "
            "other cases, or try again later."
        )


def hold(holder: T, n_bytes: int) -> T:
    """Count bytes for as long as the object that holds them is there; returns it.

    Parameters
    ----------
    holder : object
        An array that is not filled yet (its memory is taken as it is filled), or another object
        that can be weakly referenced.

    Raises
    ------
    InputError
        As `check_room`.
    """
    session = _whose()
    with _lock:
        check_room(n_bytes)
        _held[session] += n_bytes
    weakref.finalize(holder, _give_back, session, n_bytes).atexit = False
    return holder


def _with(n_bytes: int, session: str) -> tuple[int, int]:
    """What the session and all sessions would hold with so many bytes more."""
    with _lock:
        return _held[session] + n_bytes, _held.total() + n_bytes


def _give_back(session: str, n_bytes: int) -> None:
    with _lock:
        _held[session] -= n_bytes
        if not _held[session]:
            del _held[session]
