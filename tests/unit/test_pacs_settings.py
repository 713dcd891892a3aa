"""Where a PACS is: options before the environment, that before the file; the password in none."""

import subprocess
import sys
from pathlib import Path

import pytest

from dss_core.errors import InputError, StorageError
from dss_core.pacs.archive import Query
from dss_core.pacs.pacs_place import DicomWebPlace, DimsePlace
from dss_core.pacs.pacs_settings import KEYS, is_set_up, pacs_place


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for key in KEYS:
        monkeypatch.delenv(f"DSS_PACS_{key.upper()}", raising=False)
    monkeypatch.setenv("DSS_HOME", str(tmp_path))
    return tmp_path


def test_options_go_before_the_environment_and_that_before_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_set_up()
    with pytest.raises(InputError, match="No PACS is set up"):
        pacs_place()
    (home / "pacs.toml").write_text(
        'url = "https://file.example/dicom-web/"\nauth = "secret"\nca = "/ca.pem"\ntimeout = 4'
    )
    assert is_set_up()
    of_file = DicomWebPlace("https://file.example/dicom-web", home / "secret", Path("/ca.pem"), 4.0)
    assert pacs_place() == of_file
    # the password of one server never goes to another
    assert pacs_place({"url": "http://option.example"}) == DicomWebPlace("http://option.example")
    monkeypatch.setenv("DSS_PACS_HOST", "pacs")
    monkeypatch.setenv("DSS_PACS_PORT", "104")
    monkeypatch.setenv("DSS_PACS_AET", "ARCHIVE")
    assert pacs_place() == DimsePlace("pacs", 104, "ARCHIVE")
    assert pacs_place({"port": "11", "own_aet": "ME", "own_port": "12"}) == DimsePlace(
        "pacs", 11, "ARCHIVE", "ME", 12
    )
    monkeypatch.setenv("DSS_PACS_AUTH", "/auth")
    assert pacs_place({"url": "http://x"}) == DicomWebPlace("http://x", Path("/auth"))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"url": "http://dss:secret@pacs.example/x"}, "holds a user"),
        ({"url": "ftp://pacs.example"}, "DICOMweb root"),
        ({"url": "pacs.example"}, "DICOMweb root"),
        ({"url": "http://pacs.example:99999/"}, "DICOMweb root"),
        ({"url": "http://pacs.example/x?PatientID=secret"}, "DICOMweb root"),
        ({"url": "http://x", "host": "x"}, "one was expected"),
        ({"url": "http://x", "timeout": "never"}, "seconds"),
        ({"url": "http://x", "timeout": "nan"}, "seconds"),
        ({"host": "x", "aet": "A"}, "no port"),
        ({"host": "x", "port": "104"}, "no aet"),
        ({"host": "x", "port": "0", "aet": "A"}, "from 1 to 65535"),
        ({"host": "x", "port": "1.5", "aet": "A"}, "from 1 to 65535"),
        ({"host": "x", "port": "104", "aet": "A" * 17}, "AE title"),
        ({"host": "x", "port": "104", "aet": "A\\B"}, "AE title"),
    ],
)
def test_a_setting_that_is_not_usable_is_refused_without_its_secret(
    settings: dict[str, str | None], says: str
) -> None:
    with pytest.raises(InputError, match=says) as refused:
        pacs_place(settings)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "content", ['url = "http://x"\npassword = "hidden"', "dss:hidden", 'url = ["hidden', b"\xff"]
)
def test_a_settings_file_with_anything_else_is_refused_and_not_quoted(
    content: str | bytes, home: Path
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (home / "pacs.toml").write_bytes(data)
    with pytest.raises(InputError, match=r"pacs\.toml") as refused:
        pacs_place()
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    "content", [b"", b"dss", b"dss:", b":x", b"dss:hidden\nmore", b"\xff:hidden", b"d\x00s:hidden"]
)
def test_a_password_file_is_one_line(content: bytes, home: Path) -> None:
    (home / "auth").write_bytes(content)
    (home / "auth").chmod(0o600)
    with pytest.raises(InputError, match="user:password") as refused:
        DicomWebPlace("http://x", home / "auth").credentials()
    assert "hidden" not in str(refused.value)


def test_a_password_file_is_its_owners_alone(home: Path) -> None:
    (home / "auth").write_text("dss:hidden: with colon\r\n")
    for mode in (0o640, 0o604, 0o660):
        (home / "auth").chmod(mode)
        with pytest.raises(InputError, match="chmod 600"):
            DicomWebPlace("http://x", home / "auth").credentials()
    (home / "auth").chmod(0o400)
    found = DicomWebPlace("http://x", home / "auth").credentials()
    assert found is not None and (found.user, found.password) == ("dss", "hidden: with colon")
    with pytest.raises(StorageError, match="cannot be read"):
        DicomWebPlace("http://x", home / "none").credentials()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"patient_id": "00*"},
        {"patient_id": "1\\2"},
        {"patient_id": " "},
        {"accession": "?"},
        {"patient_id": "x" * 65},
        {"date": "20260230"},
        {"date": "20260201-20260131"},
        {"date": "2026-01-01"},
        {"date": "２０２６０１０１"},
        {"study_uid": "1.2/../3"},
        {"study_uid": "1" * 65},
    ],
)
def test_a_query_that_finds_more_or_other_than_was_meant_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InputError):
        Query(**wrong)


def test_nothing_of_a_pacs_is_imported_before_it_is_needed_and_its_absence_is_told() -> None:
    """Nor by the settings and the interface, which pages import."""
    code = (
        "import sys, dss_core.pacs.archive, dss_core.pacs.pacs_settings, dss_core.cli as cli\n"
        "cli.main(['pacs', 'find', '--url', 'http://x'])\n"
        "assert not {'requests', 'dicomweb_client', 'pynetdicom'} & set(sys.modules)\n"
        "sys.modules.update(requests=None, pynetdicom=None)\n"
        "cli.main(['pacs', 'echo', '--url', 'http://x'])\n"
        "cli.main(['pacs', 'listen', '--aet', 'X', '--port', '9', '--inbox', '/nowhere'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    query, *missing = done.stderr.splitlines()
    assert "A query names" in query and len(missing) == 2
    assert all(line.endswith("pip install 'nsclc-dss[hospital]'.") for line in missing)
