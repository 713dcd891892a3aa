"""Memory that was freed goes back to the machine."""

import os
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from dss_ui.session import memory
from dss_ui.session.memory import give_back

BLOCK, COUNT, KEPT = 60_000, 3_000, 100


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone can be asked")
def test_what_was_freed_between_blocks_that_are_still_held_goes_back() -> None:
    blocks = [bytearray(os.urandom(16)) + bytearray(BLOCK) for _ in range(COUNT)]
    held = blocks[::KEPT]
    del blocks
    before = resident()
    give_back()
    assert before - resident() > 0.5 * BLOCK * COUNT
    assert len(held) == COUNT // KEPT


def test_everything_asked_for_is_followed_by_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """One search does for all who asked before it began to wait, and the last is never left out."""
    begun, searched = [], []

    class Waiting:
        daemon = False

        def __init__(self, _: float, then: Callable[[], None]) -> None:
            begun.append(then)

        def start(self) -> None:
            pass

    monkeypatch.setattr(memory, "Timer", Waiting)
    monkeypatch.setattr(memory, "give_back", lambda: searched.append(len(begun)))
    later = memory.Later()
    later.ask()
    begun[-1]()
    assert (len(begun), searched) == (1, [1])
    for _ in range(3):
        later.ask()
    assert len(begun) == 2
    begun[-1]()
    assert len(begun) == 3  # for the two who asked while the first of them waited
    begun[-1]()
    assert (len(begun), searched) == (3, [1, 2, 3])
