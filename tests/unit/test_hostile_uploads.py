"""Archives and headers made to harm: bombs, paths, links, floods, declared sizes."""

import io
import stat
import zipfile
import zlib
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from dss_core.errors import InputError
from dss_core.reading.inventory import take_inventory
from dss_core.reading.series_choice import propose_series
from dss_core.reading.sources import from_paths, from_uploads
from dss_core.reading.volume import read_ct
from tests.dicom_case import write_case


def archive(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as bundle:
        for name, content in entries.items():
            bundle.writestr(name, content)
    return stream.getvalue()


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = archive({"zeros": bytes(50_000_000)})
    with pytest.raises(InputError, match=r"unpacks to 50 MB from 0\.\d MB; .*DSS_MAX_RATIO"):
        from_uploads([bomb])


def test_bomb_of_nested_archives_is_refused_by_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSS_MAX_UNPACKED_MB", "5")
    part = archive({"noise": bytes(range(256)) * 4096}, zipfile.ZIP_STORED)
    with pytest.raises(InputError, match="at most 5 MB in all"):
        from_uploads([archive({str(k): part for k in range(4)}, zipfile.ZIP_STORED)])


def test_archives_nested_too_deep_are_refused() -> None:
    blob = archive({"a": b"x"})
    for _ in range(4):
        blob = archive({"a.zip": blob})
    with pytest.raises(InputError, match="nested more than 3 deep"):
        from_uploads([blob])


def test_archive_of_a_hundred_thousand_entries_is_refused() -> None:
    blob = archive({str(k): b"" for k in range(100_000)}, zipfile.ZIP_STORED)
    with pytest.raises(InputError, match="has 100000 entries; at most 20000 files"):
        from_uploads([blob])


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSS_MAX_FILES", "3")
    with pytest.raises(InputError, match=r"more than 3 files \(DSS_MAX_FILES\)"):
        from_uploads([b"x"] * 4)


def test_limit_that_is_not_a_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSS_MAX_FILES", "many")
    with pytest.raises(InputError, match="DSS_MAX_FILES is 'many'"):
        from_uploads([b"x"])


@pytest.mark.parametrize("name", ["../../evil.dcm", "/etc/evil.dcm", "C:\\evil.dcm", "a/../../b"])
def test_names_in_an_archive_are_never_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (found,) = from_uploads([archive({name: b"content"})])
    assert found.head(99) == b"content"
    assert list(tmp_path.rglob("*")) == []


def test_links_in_an_archive_are_left_out() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as bundle:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        bundle.writestr(link, "/etc/passwd")
        bundle.writestr("file", b"content")
    assert [s.head(99) for s in from_uploads([stream.getvalue()])] == [b"content"]


def test_links_in_a_folder_lead_to_no_file_twice_nor_round_in_circles(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [s.head(99) for s in from_paths([tmp_path])] == [b"content"]


def test_broken_archive_is_refused() -> None:
    blob = bytearray(archive({"a": b"content" * 50}))
    blob[35] ^= 0xFF
    with pytest.raises(InputError, match="could not be unpacked; it is damaged, encrypted"):
        from_uploads([bytes(blob)])[0].open().read()


def test_encrypted_archive_is_refused() -> None:
    blob = bytearray(archive({"a": b"content"}))
    blob[6] |= 1
    blob[blob.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InputError, match="Make it again without a password"):
        from_uploads([bytes(blob)])


def test_damage_deep_in_an_archived_image_is_a_refusal(tmp_path: Path) -> None:
    """Packed files are unpacked when they are read, so damage may show only then."""
    case = write_case(tmp_path, with_pet=False, with_region=False)
    paths = sorted(case.ct.iterdir())
    blob = bytearray(archive({p.name: p.read_bytes() for p in paths}))
    with zipfile.ZipFile(io.BytesIO(blob)) as bundle:
        last = bundle.infolist()[-1]
    middle = last.header_offset + 30 + len(last.filename) + last.compress_size - 30
    blob[middle : middle + 20] = bytes(20)
    with pytest.raises(InputError, match="could not be unpacked"):
        read_ct(propose_series(take_inventory(from_uploads([bytes(blob)])), "CT"))


def test_deflated_dicom_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = next(write_case(tmp_path, with_pet=False, with_region=False).ct.iterdir())
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    content = path.read_bytes()
    start = 144 + int.from_bytes(content[140:144], "little")
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = packer.compress(bytes(3_000_000)) + packer.flush()
    monkeypatch.setenv("DSS_MAX_INFLATED_MB", "2")
    with pytest.raises(InputError, match=r"inflates to more than 2 MB \(DSS_MAX_INFLATED_MB\)"):
        take_inventory(from_uploads([content[:start] + bomb]))


def test_huge_declared_image_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    folder = write_case(tmp_path, with_pet=False, with_region=False).ct
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.Rows = dataset.Columns = 65535
        dataset.save_as(path)
    with pytest.raises(InputError, match=r"declares 12 x 65535 x 65535 voxels.*DSS_MAX_VOXELS"):
        read_ct(propose_series(take_inventory(from_paths([folder])), "CT"))
