"""A real archive: what is stored is found, fetched and scored as the files were."""

import json
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest

from dss_core.errors import PacsError
from dss_core.pacs.archive import Pacs, Query, Transferred, open_pacs
from dss_core.pacs.inbox import Inbox
from dss_core.pacs.pacs_place import DimsePlace
from dss_core.pacs.pacs_settings import pacs_place
from dss_core.reading.inventory import take_inventory
from dss_core.reading.sources import from_paths
from tests.dicom_case import WrittenCase
from tests.faulty_sockets import cutting
from tests.orthanc.archive import AET, OWN_AET, OWN_PORT, Orthanc
from tests.orthanc.conftest import ISSUER, PATIENT, Run

DIMSE = ["--host", "127.0.0.1", "--port", "4242", "--aet", AET]
NAMES = {
    "GB18030": "王^小东",
    "ISO_IR 192": "Müller^Zoë",
    "ISO 2022 IR 87": "Yamada^Tarou=山田^太郎",
    "ISO_IR 100": "Nuñez^Íñigo",
}


@pytest.mark.parametrize("words", [[], DIMSE], ids=["DICOMweb", "DIMSE"])
def test_a_case_goes_there_is_found_and_comes_back(
    words: list[str], case: WrittenCase, tmp_path: Path, run: Run
) -> None:
    assert run("pacs", "echo", *words)["ok"] is True
    assert run("pacs", "send", case.ct, case.pet, case.region, *words) == {"sent": 25, "failed": []}
    (study,) = run("pacs", "find", "--patient-id", PATIENT, *words)["studies"]
    assert (study["patient_id"], study["patient_name"]) == (PATIENT, "王^小东")
    assert (study["date"], study["accession"], study["issuer"]) == ("20200101", "A-1", ISSUER)
    assert study["modalities"] == ["CT", "PT", "RTSTRUCT"]
    assert sorted(s["instances"] for s in study["series"]) == [1, 12, 12]
    for question in (["--accession", "A-1"], ["--date", "20191231-20200101"]):
        assert run("pacs", "find", *question, *words)["studies"] == [study]
    for question in (["--patient-id", "42"], ["--date", "20200102-20300101"]):
        assert run("pacs", "find", *question, *words)["studies"] == []
    told = run("pacs", "fetch", study["study_uid"], "--out", tmp_path / "fetched", *words)
    assert told["objects"] == 25
    there, back = (
        {str(d.SOPInstanceUID): d for d in map(pydicom.dcmread, paths)}
        for paths in (case.files(), (tmp_path / "fetched").iterdir())
    )
    assert there == back


def test_what_came_back_has_the_same_scores_and_its_objects_join_the_study(
    case: WrittenCase, orthanc: Orthanc, tmp_path: Path, run: Run
) -> None:
    run("pacs", "send", case.ct, case.pet, case.region)
    study_uid = str(pydicom.dcmread(case.region).StudyInstanceUID)
    fetched = tmp_path / "fetched"
    run("pacs", "fetch", study_uid, "--out", fetched)
    saved = run("score", "--ct", case.ct, "--pet", case.pet, "--roi", case.region, "--save")
    again = run("score", "--ct", fetched, "--pet", fetched, "--roi", fetched)
    assert again.items() <= saved.items() and again["input_digest"]

    objects = tmp_path / "objects"
    source = ["--ct", fetched, "--pet", fetched, "--identity", "source"]
    run("dicom", saved["case_id"], *source, "--out", objects)
    for words in ([], [], DIMSE):
        assert run("pacs", "send", objects, *words) == {"sent": 4, "failed": []}
        (study,) = run("pacs", "find", "--study", study_uid, *words)["studies"]
        assert study["modalities"] == ["CT", "DOC", "OT", "PT", "RTSTRUCT", "SEG", "SR"]
        counted = [
            len(orthanc.ask(kind)) for kind in ("patients", "studies", "series", "instances")
        ]
        assert counted == [1, 1, 7, 29]

    run("dicom", saved["case_id"], "--out", tmp_path / "nobody's", "--only", "seg")
    assert "PatientID" in run("pacs", "send", tmp_path / "nobody's", status=2)


@pytest.mark.parametrize("words", [[], DIMSE], ids=["DICOMweb", "DIMSE"])
def test_names_come_out_in_every_character_set(
    words: list[str], case: WrittenCase, tmp_path: Path, run: Run
) -> None:
    dataset = pydicom.dcmread(next(case.ct.iterdir()))
    for number, (character_set, name) in enumerate(NAMES.items()):
        dataset.SpecificCharacterSet = character_set
        if character_set == "ISO 2022 IR 87":
            dataset.SpecificCharacterSet = ["", character_set]
        dataset.PatientName, dataset.PatientID = name, f"00{number}"
        dataset.StudyInstanceUID, dataset.SOPInstanceUID = f"1.2.3.{number}", f"1.2.3.4.{number}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.SeriesInstanceUID = f"1.2.3.5.{number}"
        dataset.save_as(tmp_path / f"{number}.dcm")
    dataset.PatientID, dataset.IssuerOfPatientID = "000", "another hospital"
    dataset.StudyInstanceUID, dataset.SOPInstanceUID = "1.2.3.9", "1.2.3.4.9"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(tmp_path / "another issuer.dcm")
    assert run("pacs", "send", tmp_path, *words)["sent"] == len(NAMES) + 1
    found = run("pacs", "find", "--date", "20200101", *words)["studies"]
    assert {s["study_uid"]: s["patient_name"] for s in found if s["study_uid"] != "1.2.3.9"} == {
        f"1.2.3.{number}": name for number, name in enumerate(NAMES.values())
    }
    two = run("pacs", "find", "--patient-id", "000", *words)["studies"]
    assert {s["issuer"] for s in two} == {ISSUER, "another hospital"}
    assert run("pacs", "find", "--patient-id", "0", *words)["studies"] == []


def test_pages_are_put_together(
    case: WrittenCase, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("pacs", "send", case.ct, case.pet)
    whole = run("pacs", "find", "--patient-id", PATIENT)
    monkeypatch.setattr("dss_core.pacs.dicomweb._PAGE", 1)
    assert run("pacs", "find", "--patient-id", PATIENT) == whole
    monkeypatch.setattr("dss_core.pacs.dicomweb._PAGE", 5)
    study = whole["studies"][0]["study_uid"]
    assert run("pacs", "fetch", study, "--out", tmp_path / "paged")["objects"] == 24


def test_a_fetch_can_be_of_some_series(case: WrittenCase, tmp_path: Path, run: Run) -> None:
    run("pacs", "send", case.pet, case.region)
    (study,) = run("pacs", "find", "--patient-id", PATIENT)["studies"]
    assert study["modalities"] == ["PT", "RTSTRUCT"]
    pet = next(s["series_uid"] for s in study["series"] if s["modality"] == "PT")
    for out, words in (("web", []), ("dimse", DIMSE)):
        told = run(
            "pacs", "fetch", study["study_uid"], "--out", tmp_path / out, "--series", pet, *words
        )
        assert told["objects"] == 12
    fetched = [
        sorted(p.read_bytes()[-64:] for p in (tmp_path / o).iterdir()) for o in ("web", "dimse")
    ]
    assert fetched[0] == fetched[1]
    only = tmp_path / "web"
    assert "CT" in run("score", "--ct", only, "--pet", only, "--roi", only, status=2)


def test_who_is_not_known_is_told_so(
    case: WrittenCase, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("pacs", "send", case.region)
    study = str(pydicom.dcmread(case.region).StudyInstanceUID)
    there = ["--host", "127.0.0.1", "--port", "4242"]
    assert "AE title" in run("pacs", "echo", *there, "--aet", "WRONG", status=2)
    assert "NOBODY" in run(
        "pacs", "find", "--study", study, *DIMSE, "--own-aet", "NOBODY", status=2
    )
    out = tmp_path / "out"
    wrong_port = [*DIMSE, "--own-port", "11113"]
    assert "refuses to send" in run("pacs", "fetch", study, "--out", out, *wrong_port, status=2)
    taken = [*DIMSE, "--own-port", "4242"]
    assert "cannot be listened on" in run("pacs", "fetch", study, "--out", out, *taken, status=2)
    wrong = tmp_path / "wrong"
    wrong.write_text("dss:wrong")
    wrong.chmod(0o600)
    monkeypatch.setenv("DSS_PACS_AUTH", str(wrong))
    for words in (["echo"], ["fetch", study, "--out", out], ["send", case.region]):
        assert "HTTP 401" in run("pacs", *words, status=2)
    monkeypatch.delenv("DSS_PACS_AUTH")
    assert "HTTP 401" in run("pacs", "echo", status=2)
    assert not out.exists()


def test_a_connection_that_is_cut_in_mid_series_leaves_nothing(
    case: WrittenCase, orthanc: Orthanc, tmp_path: Path, run: Run
) -> None:
    run("pacs", "send", case.ct)
    study = str(pydicom.dcmread(case.region).StudyInstanceUID)
    inside = tmp_path / "inside"
    inside.mkdir()
    with cutting(orthanc.http_port, 60_000) as port:
        way = ["--url", f"http://127.0.0.1:{port}/dicom-web"]
        told = run("pacs", "fetch", study, "--out", inside / "study", *way, status=2)
    assert "broke off" in told and list(inside.iterdir()) == []


def test_an_association_that_is_cut_leaves_nothing_and_what_was_stored_is_told(
    case: WrittenCase, orthanc: Orthanc, tmp_path: Path
) -> None:
    with cutting(orthanc.dicom_port, 1000) as port:
        pacs = open_pacs(DimsePlace("127.0.0.1", port, AET, timeout_s=5.0))
        sent = pacs.send(from_paths([case.ct]))
        assert 0 < len(sent.stored) < 12 == len(sent.stored) + len(sent.failed)
        assert len(orthanc.ask("instances")) - len(sent.stored) in (0, 1)  # one without its answer
        with pytest.raises(PacsError):
            pacs.fetch(str(pydicom.dcmread(case.region).StudyInstanceUID), tmp_path / "study")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["web", "dimse"])
def test_a_fetch_that_is_cancelled_leaves_nothing(
    kind: str, case: WrittenCase, tmp_path: Path, run: Run
) -> None:
    run("pacs", "send", case.ct)
    study = str(pydicom.dcmread(case.region).StudyInstanceUID)
    place = pacs_place() if kind == "web" else DimsePlace("127.0.0.1", 4242, AET)
    pacs: Pacs = open_pacs(place)

    def cancel(done: Transferred) -> None:
        raise ValueError("cancelled")

    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(ValueError, match="cancelled"):
        pacs.fetch(study, inside / "study", cancel)
    assert list(inside.iterdir()) == []
    assert pacs.fetch(study, inside / "study").objects == 12


def test_what_is_not_stored_is_told_of_each_object(case: WrittenCase, tmp_path: Path) -> None:
    dataset = pydicom.dcmread(case.region)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.826.0.1.3680043.8.498.9"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    dataset.save_as(tmp_path / "of no kind.dcm")
    pacs = open_pacs(DimsePlace("127.0.0.1", 4242, AET))
    sent = pacs.send(from_paths([tmp_path / "of no kind.dcm", case.region]))
    assert len(sent.stored) == 1
    assert [(o.sop_instance_uid, o.reason) for o in sent.failed] == [
        ("1.2.3.4", "kind of object not supported (0x0122)")
    ]


def test_a_study_that_is_gone(case: WrittenCase, tmp_path: Path, run: Run) -> None:
    for words in ([], DIMSE):
        told = run("pacs", "fetch", "1.2.3.4", "--out", tmp_path / "x", *words, status=2)
        assert "no such study" in told
    with pytest.raises(PacsError, match="no such series"):
        run("pacs", "send", case.region)
        study = str(pydicom.dcmread(case.region).StudyInstanceUID)
        open_pacs(pacs_place()).fetch(study, tmp_path / "x", series=["1.2.3"])
    assert open_pacs(pacs_place()).find(Query(study_uid="1.2.3")) == ()


def test_an_inbox_takes_what_is_whole_and_new_from_those_who_may_send(
    case: WrittenCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "inbox"
    pacs = open_pacs(DimsePlace("127.0.0.1", 11115, "INBOX"))
    changed = pydicom.dcmread(case.region)
    changed.StructureSetLabel = "changed"
    changed.save_as(tmp_path / "changed.dcm")
    inbox = Inbox(folder)
    with inbox.open("INBOX", "127.0.0.1", 11115, ["NSCLC_DSS"]):
        for _ in range(2):
            assert len(pacs.send(from_paths([case.pet, case.region])).stored) == 13
        (failed,) = pacs.send(from_paths([tmp_path / "changed.dcm"])).failed
        assert failed.reason == "already there (0x0111)"
        for place in (
            DimsePlace("127.0.0.1", 11115, "INBOX", own_aet="SOMEBODY"),
            DimsePlace("127.0.0.1", 11115, "OTHER"),
        ):
            with pytest.raises(PacsError, match="AE title"):
                open_pacs(place).send(from_paths([case.region]))
    study_uid = str(changed.StudyInstanceUID)
    assert (inbox.objects, inbox.refused) == ({study_uid: 13}, 1)
    monkeypatch.setenv("DSS_MAX_FILES", "14")
    again = Inbox(folder)
    with again.open("INBOX", "127.0.0.1", 11115):
        sent = pacs.send(from_paths([case.ct]))
    assert (len(sent.stored), len(sent.failed), again.refused) == (1, 11, 11)
    assert {p.suffix for p in (folder / study_uid).iterdir()} == {".dcm"}
    assert list(folder.iterdir()) == [folder / study_uid]
    assert len(take_inventory(from_paths([folder])).of_modality("PT")[0].slices) == 12


def test_what_the_archive_sends_of_itself_is_received(
    case: WrittenCase, orthanc: Orthanc, tmp_path: Path, run: Run
) -> None:
    run("pacs", "send", case.ct, case.region)
    listen = [sys.executable, "-m", "dss_core", "pacs", "listen", "--port", str(OWN_PORT)]
    process = subprocess.Popen(
        [*listen, "--aet", OWN_AET, "--inbox", tmp_path / "inbox", "--from", AET],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None and "listens" in process.stderr.readline()
        orthanc.send_all_to("dss")
    finally:
        process.terminate()
        out, err = process.communicate(timeout=30)
    (study,) = json.loads(out)["studies"]
    assert study["objects"] == 13 and err == "" and process.returncode == 0
