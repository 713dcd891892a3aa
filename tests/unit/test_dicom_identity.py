"""Whose DICOM objects are: the source's patient and study unchanged, or nobody's."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from dss_core.case.case_files import ImageFiles, find_images
from dss_core.case.open_case import open_images
from dss_core.case.record import CaseRecord
from dss_core.errors import InputError
from dss_core.exports.dicom.dicom_objects import ObjectName
from dss_core.reading.patient_and_study import IdentityChoice
from dss_core.reading.series_choice import count_patients
from tests.dicom_objects import (
    SOURCE_TAGS,
    Source,
    objects_of,
    read,
    record_named,
    validator_errors,
    written_source,
)

RECORD = record_named("egfr-high")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return written_source(tmp_path_factory.mktemp("source"))


def changed(record: CaseRecord, **result: object) -> CaseRecord:
    return record.model_copy(update={"result": record.result | result})


def test_source_copies_patient_and_study_unchanged(source: Source) -> None:
    study = {read(p.read_bytes()).StudyInstanceUID for p in source.files.ct.iterdir()}
    for content in objects_of(source.case(RECORD)).values():
        ds = read(content)
        assert {ds.StudyInstanceUID} == study
        assert ds.SpecificCharacterSet == "ISO_IR 192"
        for keyword, value in SOURCE_TAGS.items():
            assert str(ds[keyword].value) == value.strip(), keyword
        assert b"00123 " in content and b"00123  " not in content
        assert "PatientIdentityRemoved" not in ds


def test_none_names_nobody_and_meets_no_other_study(source: Source) -> None:
    header = read(next(source.files.ct.iterdir()).read_bytes())
    found = [read(c) for c in objects_of(source.case(RECORD, IdentityChoice.NONE)).values()]
    (study,) = {ds.StudyInstanceUID for ds in found}
    assert study != header.StudyInstanceUID and study.startswith("2.25.")
    for ds in found:
        assert ds.PatientIdentityRemoved == "YES"
        said = {str(element.value) for element in ds.iterall()}
        for keyword, value in SOURCE_TAGS.items():
            assert keyword not in ds or ds[keyword].value in ("", None), keyword
            assert value.strip() not in said or len(value.strip()) < 2, keyword


def test_none_does_not_name_the_patient_in_the_region_either(source: Source) -> None:
    roi = replace(source.roi(), name="GTV XiaoDong Wang")
    for content in objects_of(source.case(RECORD, IdentityChoice.NONE, roi)).values():
        assert b"Wang" not in content and b"XiaoDong" not in content


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("GB18030", "Wang^XiaoDong=王^小东=王^小東"),
        ("GBK", "Wang^XiaoDong=王^小东"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        (["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
        (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
        ("ISO_IR 192", "Łukasz^Žofie=王^小东"),
        ("ISO_IR 100", "Müller^Jörg"),
        ("ISO_IR 144", "Люксембург"),
    ],
)
def test_names_of_every_character_set_are_the_same_afterwards(
    tmp_path: Path, charset: str | list[str], name: str
) -> None:
    source = written_source(tmp_path)
    source.set(charset=charset, PatientName=name, ReferringPhysicianName=name)
    header = read(next(source.files.ct.iterdir()).read_bytes())
    assert header.PatientName == name
    for content in objects_of(source.case(RECORD)).values():
        ds = read(content)
        assert ds.PatientName == name and ds.ReferringPhysicianName == name
        assert validator_errors(content, tmp_path) == []


@pytest.mark.filterwarnings("ignore:Unknown encoding", "ignore:Failed to decode")
@pytest.mark.parametrize("charset", [b"", b"ISO_IR 192", b"KLINGON "])
def test_name_that_is_not_in_its_character_set_is_refused_and_not_guessed(
    tmp_path: Path, charset: bytes
) -> None:
    source = written_source(tmp_path)
    source.set(charset="GB18030", PatientName="Wang=王^小东")
    for path in source.files.ct.iterdir():
        before = b"CS\x08\x00GB18030 "
        content = path.read_bytes()
        assert content.count(before) == 1
        after = b"CS" + len(charset).to_bytes(2, "little") + charset
        path.write_bytes(content.replace(before, after))
    with pytest.raises(InputError, match=r"PatientName \(0010,0010\) is not written in"):
        source.case(RECORD)
    assert source.case(RECORD, IdentityChoice.NONE).patient.identity is IdentityChoice.NONE


def test_second_export_is_the_same_to_the_byte_and_another_result_is_not(source: Source) -> None:
    first = objects_of(source.case(RECORD))
    assert objects_of(source.case(RECORD)) == first
    later = RECORD.model_copy(update={"created": RECORD.created.replace(year=2027)})
    other_uids = {
        "later": objects_of(source.case(later)),
        "result": objects_of(source.case(changed(RECORD, weights_sha256="0" * 64))),
        "nobody": objects_of(source.case(RECORD, IdentityChoice.NONE)),
    }
    uid = {name: read(content).SOPInstanceUID for name, content in first.items()}
    assert len(set(uid.values())) == len(ObjectName)
    for name in ObjectName:
        assert read(other_uids["later"][name]).SOPInstanceUID == uid[name]
        same = read(other_uids["result"][name]).SOPInstanceUID == uid[name]
        assert same is (name is ObjectName.SEG)
        assert read(other_uids["nobody"][name]).SOPInstanceUID != uid[name]
        assert read(first[name]).ContentDate == RECORD.created.astimezone().strftime("%Y%m%d")


def test_times_are_in_the_zone_that_the_source_states(tmp_path: Path) -> None:
    source = written_source(tmp_path)
    source.set(TimezoneOffsetFromUTC="-0930")
    ds = read(objects_of(source.case(RECORD), ObjectName.SR)[ObjectName.SR])
    assert ds.TimezoneOffsetFromUTC == "-0930"
    moment = datetime.strptime(f"{ds.ContentDate}{ds.ContentTime}-0930", "%Y%m%d%H%M%S.%f%z")
    assert moment == RECORD.created


def test_one_number_by_two_issuers_is_of_two_patients(tmp_path: Path) -> None:
    source = written_source(tmp_path)
    first = source.case(RECORD)
    source.set(IssuerOfPatientID="Hospital B")
    second = source.case(RECORD)
    for case, issuer in ((first, "Hospital A"), (second, "Hospital B")):
        for content in objects_of(case).values():
            assert b"00123 " in content and read(content).IssuerOfPatientID == issuer
    uids = [
        {read(content).SOPInstanceUID for content in objects_of(case).values()}
        for case in (first, second)
    ]
    assert uids[0].isdisjoint(uids[1])

    series = find_images(ImageFiles(source.files.ct, source.files.pet))
    assert count_patients((series.ct, series.pet)) == 1
    source.set(source.files.pet, IssuerOfPatientID="Hospital A")
    with pytest.raises(InputError, match="or IssuerOfPatientID"):
        open_images(find_images(ImageFiles(source.files.ct, source.files.pet)))
    source.set(source.files.pet, IssuerOfPatientID=None)
    series = find_images(ImageFiles(source.files.ct, source.files.pet))
    assert count_patients((series.ct, series.pet)) == 1
