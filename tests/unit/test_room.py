"""Room for unpacked bytes: counted before they are there, given back when they are gone."""

import gc
import gzip
import io
import subprocess
import sys
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dss_core.errors import InputError
from dss_core.reading import room
from dss_core.reading.inflating import Inflating
from dss_core.reading.room import check_room, held_mb, hold
from dss_core.reading.sources import Source, from_uploads
from dss_core.reading.volume_files import VolumeFile, read_volume_file
from dss_core.reading.volume_roles import Role, look_inside
from dss_core.regions.label_masks import read_label_masks


@pytest.fixture(autouse=True)
def own_session(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_whose", lambda: request.node.name)


def nifti(values: np.ndarray, path: Path) -> Source:
    nib.save(nib.Nifti1Image(values, np.diag([2.0, 2.0, 3.0, 1.0])), path)
    return Source(path)


@given(
    content=st.binary(max_size=3000), times=st.integers(1, 50), sizes=st.integers(1, 700),
    kind=st.sampled_from([gzip.compress, zlib.compress]),
)  # fmt: skip
def test_a_stream_inflates_to_what_was_packed(content, times, sizes, kind):
    whole = content * times
    plain = io.BufferedReader(Inflating(io.BytesIO(kind(whole)), len(whole)), buffer_size=sizes)
    found = b""
    while piece := plain.read(sizes):
        found += piece
    assert found == whole


@given(content=st.binary(min_size=2, max_size=500), cut=st.integers(1, 200))
def test_a_stream_over_its_limit_or_cut_short_gives_no_more(content, cut):
    packed = gzip.compress(content)
    with pytest.raises(InputError, match="inflates to more than"):
        io.BufferedReader(Inflating(io.BytesIO(packed), len(content) - 1)).read()
    short = io.BufferedReader(Inflating(io.BytesIO(packed[: -min(cut, 60)]), len(content)))
    try:
        assert content.startswith(short.read())
    except InputError as refusal:
        assert "damaged" in str(refusal)


def test_room_is_refused_to_one_session_and_to_all_and_given_back(monkeypatch):
    monkeypatch.setenv("DSS_MAX_SESSION_MB", "3")
    monkeypatch.setattr(room, "_whose", lambda: "first")
    before = held_mb()
    mine = hold(np.empty(2_000_000, np.uint8), 2_000_000)
    with pytest.raises(InputError, match=r"4 MB of memory, at most 3 MB .*DSS_MAX_SESSION_MB"):
        check_room(2_000_000)
    monkeypatch.setattr(room, "_whose", lambda: "second")
    check_room(2_000_000)  # another session has its own
    monkeypatch.setenv("DSS_MAX_SERVER_MB", str(round(before) + 3))
    with pytest.raises(InputError, match="DSS_MAX_SERVER_MB"):
        check_room(2_000_000)
    assert held_mb("first") == 2.0 and held_mb("second") == 0.0
    view = mine[1::2]
    del mine
    assert held_mb("first") == 2.0  # a part of it is still in use
    del view
    assert held_mb("first") == 0.0


def test_what_only_a_ring_holds_makes_room(monkeypatch):
    monkeypatch.setenv("DSS_MAX_SESSION_MB", "3")
    ring = [hold(np.empty(2_000_000, np.uint8), 2_000_000)]
    ring.append(ring)
    with pytest.raises(InputError, match="4 MB of memory"):
        check_room(2_000_000)
    gc.disable()
    try:
        del ring
        check_room(2_000_000)
    finally:
        gc.enable()


def test_a_refused_upload_gives_back_all_it_took(tmp_path, monkeypatch):
    monkeypatch.setenv("DSS_MAX_SESSION_MB", "2")
    large = nifti(np.zeros((100, 100, 100), np.int16), tmp_path / "a.nii.gz").content.read_bytes()
    assert len(large) < 10_000
    session = room._whose()
    sources = from_uploads([large, b"x" * 500_000])
    assert held_mb(session) == pytest.approx((len(large) + 500_000) / 1e6)
    with pytest.raises(InputError, match="DSS_MAX_SESSION_MB"):
        read_volume_file(VolumeFile(sources[0]))
    del sources
    assert held_mb(session) == 0.0


def test_a_header_that_declares_too_much_is_refused_before_anything_is_inflated(
    tmp_path, monkeypatch
):
    source = nifti(np.zeros((100, 100, 150), np.int16), tmp_path / "a.nii.gz")
    monkeypatch.setenv("DSS_MAX_INFLATED_MB", "2")
    monkeypatch.setattr("dss_core.reading.volume_files._fill", lambda *_: pytest.fail("inflated"))
    with pytest.raises(InputError, match=r"inflates to 3 MB, at most 2 MB are read"):
        read_volume_file(VolumeFile(source))


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_labels_of_every_kind_become_the_same_masks(kind, tmp_path):
    drawn = np.zeros((9, 8, 7), kind)
    drawn[1:3, 2:5, 3] = 7
    drawn[5, 5, 5] = 300 if kind not in (np.uint8,) else 200
    source = nifti(drawn, tmp_path / "m.nii.gz")
    found = read_label_masks(VolumeFile(source))
    assert [m.name for m in found] == ["label 7", f"label {drawn.max():.0f}"]
    assert [int(m.roi.mask_zyx.sum()) for m in found] == [6, 1]
    assert look_inside(VolumeFile(source)).role is Role.REGION
    drawn[0, 0, 0] = 5
    assert len(read_label_masks(VolumeFile(nifti(drawn, tmp_path / "n.nii.gz")))) == 3


def test_many_labels_need_room_for_each(tmp_path, monkeypatch):
    drawn = (np.arange(100 * 100 * 100) % 90).astype(np.uint8).reshape(100, 100, 100)
    source = nifti(drawn, tmp_path / "m.nii.gz")
    monkeypatch.setenv("DSS_MAX_SESSION_MB", "50")
    with pytest.raises(InputError, match="DSS_MAX_SESSION_MB"):
        read_label_masks(VolumeFile(source))


_PEAK = """
import resource, sys
from dss_core.errors import InputError
from dss_core.reading.sources import Source
from dss_core.reading.volume_files import VolumeFile
from dss_core.reading.volume_roles import look_inside
from dss_core.regions.label_masks import read_label_masks
from pathlib import Path
file = VolumeFile(Source(Path(sys.argv[1])))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
look_inside(file)
try:
    read_label_masks(file)
except InputError as refusal:
    assert "0 everywhere" in str(refusal)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux only")
def test_a_small_file_that_becomes_large_is_held_once(tmp_path):
    side = 384
    source = nifti(np.zeros((side,) * 3, np.float32), tmp_path / "large.nii.gz")
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(source.content)], capture_output=True, text=True
    )
    once = side**3 * 4 / 2**20
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 1.3 * once
