"""Structured report of a case, read by highdicom: numbers of the result, codes of the standard."""

import io
from pathlib import Path

import highdicom as hd
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes as standard

from dss_core.case.record import CaseRecord
from dss_core.exports.dicom import codes
from dss_core.exports.dicom.dicom_objects import ObjectName
from dss_core.records import Task
from tests.dicom_objects import Source, objects_of, record_named, written_source

SCORED = ["egfr-high", "both-low", "pdl1-high", "indeterminate"]
OWN = "99NSCLCDSS"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return written_source(tmp_path_factory.mktemp("source"))


def report(source: Source, record: CaseRecord) -> hd.sr.Comprehensive3DSR:
    content = objects_of(source.case(record), ObjectName.SR)[ObjectName.SR]
    return hd.sr.srread(io.BytesIO(content))


def group_of(
    document: hd.sr.Comprehensive3DSR,
) -> hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations:
    (group,) = document.content.get_volumetric_roi_measurement_groups()
    return group


def numbers(document: hd.sr.Comprehensive3DSR) -> dict[tuple[str, str], tuple[float, str]]:
    """Value and unit by code value of name and of derivation."""
    found = {}
    for one in group_of(document).get_measurements():
        how = one.derivation.value if one.derivation is not None else ""
        found[(one.name.value, how)] = (one.value, one.unit.value)
    return found


def walk(item: Dataset) -> list[Dataset]:
    inside = item.get("ContentSequence", [])
    return [item, *(one for child in inside for one in walk(child))]


def texts(document: Dataset, value: str) -> list[str]:
    return [
        item.TextValue
        for item in walk(document)
        if item.get("ValueType") == "TEXT" and item.ConceptNameCodeSequence[0].CodeValue == value
    ]


@pytest.mark.parametrize("name", SCORED)
def test_every_number_is_that_of_the_result_to_the_last_bit(source: Source, name: str) -> None:
    record = record_named(name)
    m, found = record.result["measures"], numbers(report(source, record))
    expected = {
        ("118565006", ""): (m["volume_ml"], "ml"),
        ("L0JK", ""): (m["diameter_3d_mm"], "mm"),
        ("103339001", ""): (m["diameter_axial_mm"], "mm"),
        ("112031", "373098007"): (m["hu_mean"], "[hnsf'U]"),
        ("126401", "56851009"): (m["suv_max"], "g/ml{SUVbw}"),
        ("126401", "126031"): (m["suv_peak"], "g/ml{SUVbw}"),
        ("126401", "373098007"): (m["suv_mean"], "g/ml{SUVbw}"),
        ("126032", ""): (m["mtv_ml"], "ml"),
        ("MTV-THRESHOLD", ""): (m["mtv_threshold_suv"], "g/ml{SUVbw}"),
        ("126033", ""): (m["tlg_g"], "g"),
    }
    for task, code in (("egfr", "EGFR-DLS"), ("pdl1", "PDL1-DLS")):
        score = record.result[task]
        low, high = score["interval"]
        for suffix, value in (
            ("", score["dls"]), ("-LOW", low), ("-HIGH", high),
            ("-LEVEL", score["interval_level"]), ("-CUTOFF", score["cutoff"]),
        ):  # fmt: skip
            expected[(code + suffix, "")] = (value, "1")
    assert found == expected


@pytest.mark.parametrize("name", SCORED)
def test_groups_are_those_of_the_result(source: Source, name: str) -> None:
    record = record_named(name)
    group = group_of(report(source, record))
    said = {e.name.value: e.value.value for e in group.get_qualitative_evaluations()}
    words = {"high": "HIGH", "low": "LOW", "between": "INDETERMINATE"}
    for task, code in (("egfr", "EGFR-DLS-GROUP"), ("pdl1", "PDL1-DLS-GROUP")):
        assert said[code] == words[record.result[task]["group"]]


def test_withheld_score_is_no_number_but_a_code_with_its_reason(source: Source) -> None:
    record = record_named("withheld")
    document = report(source, record)
    assert not [name for name, _ in numbers(document) if "DLS" in name]
    said = {e.name.value: e.value.value for e in group_of(document).get_qualitative_evaluations()}
    assert said == {"EGFR-DLS-GROUP": "WITHHELD", "PDL1-DLS-GROUP": "WITHHELD"}
    assert texts(document, "WITHHELD-REASON") == [record.result["withheld"]["reason"]]


def test_report_is_preliminary_and_says_so_in_words(source: Source) -> None:
    record = record_named("withheld")
    document = report(source, record)
    assert (document.CompletionFlag, document.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
    assert document.PreliminaryFlag == "PRELIMINARY"
    assert texts(document, "121106") == ["Research use only. Not a medical device."]
    assert texts(document, "WARNING") == [w["message"] for w in record.result["warnings"]]


def test_items_stand_beside_each_other_and_are_no_narrative(source: Source) -> None:
    containers = [
        i for i in walk(report(source, record_named("withheld"))) if i.ValueType == "CONTAINER"
    ]
    assert len(containers) >= 3
    assert {item.ContinuityOfContent for item in containers} == {"SEPARATE"}


def test_scores_name_weights_digest_and_the_segmentation_they_are_of(source: Source) -> None:
    record = record_named("egfr-high")
    made = objects_of(source.case(record), ObjectName.SEG, ObjectName.SR)
    seg = hd.seg.segread(io.BytesIO(made[ObjectName.SEG]))
    document = hd.sr.srread(io.BytesIO(made[ObjectName.SR]))
    reference = group_of(document).referenced_segment
    assert reference.referenced_sop_instance_uid == seg.SOPInstanceUID
    assert texts(document, "111001") == ["nsclc-dss weights demo"] * 2
    assert texts(document, "111003") == [record.result["weights_sha256"]] * 2
    assert texts(document, "111002") == [f"input digest {record.result['input_digest']}"] * 2
    listed = {uid for *_, uid, _ in document.get_evidence(current_procedure_only=True)}
    images = [*source.files.ct.iterdir(), *source.files.pet.iterdir()]
    assert len(listed) == 1 + len(images) and seg.SOPInstanceUID in listed


def test_own_codes_name_who_is_responsible_and_are_short_enough(source: Source) -> None:
    document = report(source, record_named("egfr-high"))
    (scheme,) = document.CodingSchemeIdentificationSequence
    assert scheme.CodingSchemeDesignator == OWN
    assert scheme.CodingSchemeResponsibleOrganization
    for item in document.iterall():
        if item.keyword == "CodeValue":
            assert len(item.value) <= 16
        if item.keyword == "CodeMeaning":
            assert len(item.value) <= 64


def test_score_borrows_no_code_of_a_gene_or_a_protein(source: Source) -> None:
    for name in ("egfr-high", "withheld"):
        for item in walk(report(source, record_named(name))):
            for sequence in ("ConceptNameCodeSequence", "ConceptCodeSequence"):
                for code in item.get(sequence, []):
                    says = code.CodeMeaning.lower()
                    if "egfr" in says or "pd-l1" in says or "pdl1" in says:
                        assert code.CodingSchemeDesignator == OWN
                        assert "mutation" not in says and "expression" not in says


def test_codes_of_others_are_those_of_the_standard() -> None:
    # By the keywords of pydicom's dictionary, which is made from the tables of PS3.16.
    expected = {
        "volume_ml": standard.SCT.Volume,
        "diameter_3d_mm": standard.IBSI.Maximum3DDiameterOfAMesh,
        "diameter_axial_mm": standard.SCT.LongAxis,
        "hu_mean": standard.DCM.AttenuationCoefficient,
        "suv_max": standard.DCM.Suvbw,
        "suv_peak": standard.DCM.Suvbw,
        "suv_mean": standard.DCM.Suvbw,
        "mtv_ml": standard.DCM.MetabolicVolume,
        "tlg_g": standard.DCM.TotalLesionGlycolysis,
    }
    derivations = {
        "hu_mean": standard.SCT.Mean,
        "suv_max": standard.SCT.Maximum,
        "suv_peak": standard.DCM.PeakValueWithinROI,
        "suv_mean": standard.SCT.Mean,
    }
    for measure in codes.MEASURES:
        if measure.name.scheme_designator != OWN:
            assert measure.name == expected[measure.key]
            assert measure.name.meaning == expected[measure.key].meaning
        assert measure.derivation == derivations.get(measure.key)
    assert codes.SUVBW == standard.UCUM.StandardizedUptakeValueBodyWeight
    assert codes.FINDING == standard.SCT.Neoplasm
    assert codes.PROCEDURES == (
        standard.LN.PETUnspecifiedBodyRegion,
        standard.LN.CTUnspecifiedBodyRegion,
    )


def test_every_code_is_in_the_document() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "hospital.md").read_text()
    for measure in codes.MEASURES:
        parts = [measure.name] + ([measure.derivation] if measure.derivation else [])
        cells = [f'({c.value}, {c.scheme_designator}, "{c.meaning}")' for c in parts]
        cells += [""] * (2 - len(cells)) + [measure.unit.value]
        row = "| " + " | ".join(cell for cell in cells) + " |"
        assert row.replace("|  |", "| |") in text, measure.key
    egfr = codes.SCORES[Task.EGFR]
    for code in (egfr.low, egfr.high, egfr.level, egfr.cutoff, egfr.origin, egfr.group):
        assert code.value in text
    for code in (egfr.score, codes.REASON, codes.WARNING, codes.COMMENT, codes.FINDING):
        assert f'({code.value}, {code.scheme_designator}, "{code.meaning}")' in text
