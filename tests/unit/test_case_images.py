"""Kept images: equal arrays and digests, no UID, and every change of the file is refused."""

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dss_core.errors import InputError
from dss_core.reading.volume import digest_of
from dss_core.store.case_images import KeptImages, check_belongs, read_images, write_images
from tests.saved_case import FRAME, PET_FRAME, kept_images, opened_case, saved_record


def written(kept: KeptImages) -> bytes:
    stream = io.BytesIO()
    write_images(kept, stream)
    return stream.getvalue()


def read(content: bytes) -> KeptImages:
    return read_images(io.BytesIO(content), "The file")


def changed(content: bytes, **members: bytes) -> bytes:
    """The same archive with some members replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            key = name.partition(".")[0]
            new.writestr(name, members.get(key, old.read(name)), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def npy(values: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


@pytest.mark.parametrize("registered", [False, True])
def test_everything_but_the_uids_comes_back(registered: bool) -> None:
    opened = opened_case(registered=registered)
    kept = kept_images(opened)
    content = written(kept)
    found = read(content)
    check_belongs(found, saved_record(opened))
    for one, other in ((found.images.ct, kept.images.ct), (found.images.pet, kept.images.pet)):
        assert one.values_zyx.dtype == np.float32
        np.testing.assert_array_equal(one.values_zyx, other.values_zyx)
        assert (one.grid, one.digest, one.quantity) == (other.grid, other.digest, other.quantity)
    assert found.region.roi.mask_zyx.dtype == np.bool_
    np.testing.assert_array_equal(found.region.roi.mask_zyx, opened.region.roi.mask_zyx)
    assert (found.region.roi.name, found.region.roi.method) == ("GTV", "by threshold")
    assert found.region.roi.threshold_suv == 2.5
    assert found.region.warnings == opened.region.warnings
    assert found.images.suv == opened.images.suv
    assert found.images.warnings == opened.images.warnings
    assert found.images.alignment == opened.images.alignment
    if registered:
        assert found.images.registration is not None
        assert found.images.registration.shift_mm == 2.5
        np.testing.assert_array_equal(found.images.registration.matrix, np.eye(4))
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        everything = b"".join(bundle.read(name) for name in bundle.namelist())
    assert FRAME.encode() not in everything and PET_FRAME.encode() not in everything
    assert written(found) == content


@given(
    values=st.lists(
        st.one_of(
            st.integers(-40_000, 40_000).map(float),
            st.floats(width=32, allow_nan=False, allow_infinity=False),
            st.just(-0.0),
        ),
        min_size=8,
        max_size=8,
    )
)
def test_any_ct_comes_back_to_the_bit(values: list[float]) -> None:
    opened = opened_case(shape=(4, 5, 6))
    hu = opened.images.ct.values_zyx.copy()
    hu.reshape(-1)[:8] = values
    grid = opened.images.ct.grid
    ct = replace(opened.images.ct, values_zyx=hu, digest=digest_of(hu, grid, "HU"))
    kept = kept_images(replace(opened, images=replace(opened.images, ct=ct)))
    assert read(written(kept)).images.ct.values_zyx.tobytes() == hu.tobytes()


def test_whole_hounsfield_units_take_half_the_room() -> None:
    with zipfile.ZipFile(io.BytesIO(written(kept_images(opened_case())))) as bundle:
        assert np.load(io.BytesIO(bundle.read("ct.npy"))).dtype == np.int16


@pytest.mark.parametrize("name", ["ct", "pet", "region"])
def test_another_array_is_refused_by_its_name(name: str) -> None:
    content = written(kept_images(opened_case()))
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        values = np.load(io.BytesIO(bundle.read(f"{name}.npy")))
    other = values.copy()
    other[0, 0, 0] = not other[0, 0, 0]
    with pytest.raises(InputError, match=f"The file was altered: its {name} is not"):
        read(changed(content, **{name: npy(other)}))
    with pytest.raises(InputError, match=f"its {name} has another shape"):
        read(changed(content, **{name: npy(values[:-1])}))
    with pytest.raises(InputError, match=f"its {name} has another shape"):
        read(changed(content, **{name: npy(values.astype(np.complex64))}))
    with pytest.raises(InputError, match=f"its {name} has another length"):
        read(changed(content, **{name: npy(values)[:-1]}))
    with pytest.raises(InputError, match=f"its {name} has another length"):
        read(changed(content, **{name: npy(values) + b"more"}))


def test_an_array_of_objects_is_never_unpickled() -> None:
    content = written(kept_images(opened_case()))
    with pytest.raises(InputError):
        read(changed(content, ct=npy(np.array([{"a": 1}], dtype=object))))


def test_notes_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = written(kept_images(opened_case()))
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        notes = json.loads(bundle.read("images.json"))
    for change, said in (
        ({"format": 99}, "has format 99"),
        ({"ct_digest": "0" * 64}, "its ct is not"),
        ({"extra": 1}, "unknown field"),
        ({"ct": notes["ct"] | {"shape_zyx": [10**4, 10**4, 10**4]}}, "voxels"),
    ):
        with pytest.raises(InputError, match=said):
            read(changed(content, images=json.dumps(notes | change).encode()))


@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_damage_is_a_crash_or_another_image(at: float, bit: int) -> None:
    kept = kept_images(opened_case(shape=(4, 5, 6)))
    content = bytearray(written(kept))
    content[int(at * len(content))] ^= 1 << bit
    try:
        found = read(bytes(content))
    except InputError:
        return
    np.testing.assert_array_equal(found.images.ct.values_zyx, kept.images.ct.values_zyx)
    np.testing.assert_array_equal(found.images.pet.values_zyx, kept.images.pet.values_zyx)


def test_images_of_another_case_do_not_belong() -> None:
    record = saved_record(opened_case(1))
    with pytest.raises(InputError, match="images are not those"):
        check_belongs(kept_images(opened_case(2)), record)
    own = kept_images(opened_case(1))
    roi = replace(own.region.roi, mask_zyx=~own.region.roi.mask_zyx)
    with pytest.raises(InputError, match="region is not that"):
        check_belongs(replace(own, region=replace(own.region, roi=roi)), record)
