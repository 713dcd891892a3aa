"""Memory that was freed goes back to the machine."""

import os
import platform
from pathlib import Path

import pytest

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
