"""Memory of a closed case, given back to the machine.

What is freed stays with the process: glibc keeps it for each thread that ever asked, and every run
of a page is a thread of its own.
"""

import ctypes
import gc
import sys
from threading import Timer

_SETTLED_S = 5.0
"""By then the run that closed the case has ended, whose variables still name it."""


def give_back_soon() -> None:
    """`give_back`, once the page that asks has been drawn."""
    timer = Timer(_SETTLED_S, give_back)
    timer.daemon = True
    timer.start()


def give_back() -> None:
    """Collect what nobody can reach any more, and give free memory back where the C library can."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own; musl has none
        if trim is not None:
            trim(0)
