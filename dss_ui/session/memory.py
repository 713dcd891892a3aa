"""Memory of cases that were let go, given back to the machine.

What only a ring of objects still holds is found by a search of all memory, which takes a third of
a second: no reader waits for it. What is freed stays with the process: glibc keeps it for each
thread that ever asked, and every run of a page is a thread of its own.
"""

import ctypes
import gc
import sys
from threading import Lock, Timer

_SETTLED_S = 5.0
"""By then the run that let go of the case has ended, whose variables still name it."""


class Later:
    """One search at a time for all who ask: after each of them, and at most twice `_SETTLED_S`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting = self._asked_again = False

    def ask(self) -> None:
        with self._lock:
            self._asked_again = self._waiting
            if not self._waiting:
                self._wait()

    def _wait(self) -> None:
        self._waiting = True
        timer = Timer(_SETTLED_S, self._settled)
        timer.daemon = True
        timer.start()

    def _settled(self) -> None:
        give_back()
        with self._lock:
            self._waiting = False
            if self._asked_again:
                self._asked_again = False
                self._wait()


_LATER = Later()


def give_back_soon() -> None:
    """`give_back`, once the page that asks has been drawn."""
    _LATER.ask()


def give_back() -> None:
    """Collect what nobody can reach any more, and give free memory back where the C library can."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own; musl has none
        if trim is not None:
            trim(0)
