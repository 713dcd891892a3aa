"""Structured report of a scored case: its measures and scores after TID 1500.

Numbers are those of the record, to the last bit: each stands as a decimal string and, as that has
16 characters only, as a floating point value beside it. A withheld score is no number but a code
and its reason. The report is preliminary and unverified: nobody has signed it.

References
----------
DICOM PS3.3 A.35.13 (Comprehensive 3D SR); PS3.16 TID 1500, 1411, 1419, 4019.
"""

import math
from collections.abc import Iterator

from highdicom import sr
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import Comprehensive3DSRStorage

from dss_core.case.case_result import CaseResult
from dss_core.case.report import result_from_json
from dss_core.errors import InputError
from dss_core.exports.dicom import codes
from dss_core.exports.dicom.source_case import SourceCase
from dss_core.reading.derived_uid import derived_uid
from dss_core.reading.new_dicom_object import MAKER, ObjectKind, dicom_bytes, fill_object
from dss_core.records import Task, TaskScore
from dss_core.regions.structure_set import ImageReferences

REPORT = ObjectKind(Comprehensive3DSRStorage, "SR", 9303, "Measures and scores, research use only")
_DEVICE_UID = derived_uid("device", MAKER)
_ENGLISH = Code("en-GB", "RFC5646", "English (United Kingdom)")
_LONGEST_IDENTIFIER = 64


def structured_report(case: SourceCase, segmentation: Dataset) -> bytes:
    """The report as a DICOM file.

    Parameters
    ----------
    case : SourceCase
    segmentation : Dataset
        The segmentation of the region, which every measure refers to.

    Raises
    ------
    InputError
        If CT and PET are of two studies, or a number is not finite.
    """
    if case.ct.study_uid != case.pet.study_uid:
        raise InputError(
            "CT and PET are of different studies (StudyInstanceUID (0020,000D)); a structured "
            "report is of one. Leave it out with --only."
        )
    result = result_from_json(case.record.result)
    report = sr.MeasurementReport(
        observation_context=_observer(),
        language_of_content_item_and_descendants=sr.LanguageOfContentItemAndDescendants(
            sr.CodedConcept.from_code(_ENGLISH)
        ),
        procedure_reported=list(codes.PROCEDURES),
        imaging_measurements=[_group(case, result, segmentation)],
    )
    ds = sr.Comprehensive3DSR(
        evidence=_evidence(case, segmentation),
        content=report[0],
        series_instance_uid=_DEVICE_UID,
        series_number=REPORT.series_number,
        sop_instance_uid=_DEVICE_UID,
        instance_number=1,
        is_complete=True,
        is_final=False,
        is_verified=False,
    )
    plain = Dataset(dict(ds.items()))
    fill_object(plain, REPORT, case.making, case.result_digest, str(segmentation.SOPInstanceUID))
    plain.ContentDate, plain.ContentTime = case.making.date, case.making.time
    for library in plain.ContributingEquipmentSequence:
        library.ContributionDateTime = f"{case.making.date}{case.making.time}"
    plain.CodingSchemeIdentificationSequence = codes.scheme_identification()
    _list_items(plain)
    return dicom_bytes(plain)


def _list_items(item: Dataset) -> None:
    """Items beside each other with their names; a viewer shows CONTINUOUS ones as a narrative."""
    if item.ValueType == "CONTAINER":
        item.ContinuityOfContent = "SEPARATE"
    for inner in item.get("ContentSequence", []):
        _list_items(inner)


def _observer() -> sr.ObservationContext:
    device = sr.DeviceObserverIdentifyingAttributes(
        uid=_DEVICE_UID, name=MAKER, manufacturer_name=codes.ORGANISATION
    )
    kind = sr.CodedConcept("121007", "DCM", "Device")
    context = sr.ObserverContext(observer_type=kind, observer_identifying_attributes=device)
    return sr.ObservationContext(observer_device_context=context)


def _group(
    case: SourceCase, result: CaseResult, segmentation: Dataset
) -> sr.VolumetricROIMeasurementsAndQualitativeEvaluations:
    """The measurement group of the one region: measures, scores, words."""
    tracking = sr.TrackingIdentifier(
        identifier=case.roi.name[:_LONGEST_IDENTIFIER],
        uid=derived_uid("region", case.record.source.images_digest, case.record.region.digest),
    )
    region = sr.ReferencedSegment(
        sop_class_uid=segmentation.SOPClassUID,
        sop_instance_uid=segmentation.SOPInstanceUID,
        segment_number=1,
        source_series=sr.SourceSeriesForSegmentation(case.ct.series_uid),
    )
    group = sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking,
        referenced_segment=region,
        finding_type=codes.FINDING,
        measurements=[*_measures(result), *_scores(result)],
        qualitative_evaluations=list(_groups(result)),
    )
    group[0].ContentSequence.extend(_words(case, result))
    return group


def _measures(result: CaseResult) -> Iterator[sr.Measurement]:
    for code in codes.MEASURES:
        value = _finite(getattr(result.measures, code.key), code.key)
        yield sr.Measurement(code.name, value, code.unit, derivation=code.derivation)


def _scores(result: CaseResult) -> Iterator[sr.Measurement]:
    algorithm = sr.AlgorithmIdentification(
        name=f"{MAKER} weights {result.weights_id}",
        version=result.weights_sha256,
        parameters=[f"input digest {result.input_digest}"],
        manufacturer=codes.ORGANISATION,
    )
    for score in result.scores:
        for code, value in _numbers(score):
            named = algorithm if code is codes.SCORES[score.task].score else None
            value = _finite(value, code.meaning)
            yield sr.Measurement(code, value, codes.NO_UNITS, algorithm_id=named)


def _numbers(score: TaskScore) -> Iterator[tuple[Code, float]]:
    of = codes.SCORES[score.task]
    yield of.score, score.dls
    yield of.low, score.interval.low
    yield of.high, score.interval.high
    yield of.level, score.interval.level
    yield of.cutoff, score.cutoff


def _groups(result: CaseResult) -> Iterator[sr.QualitativeEvaluation]:
    for score in result.scores:
        name = codes.SCORES[score.task].group
        yield sr.QualitativeEvaluation(name, codes.GROUPS[score.group])
    for task in result.withheld.tasks if result.withheld else ():
        yield sr.QualitativeEvaluation(codes.SCORES[Task(task)].group, codes.WITHHELD)


def _words(case: SourceCase, result: CaseResult) -> Iterator[sr.TextContentItem]:
    """Where cut-offs come from, why scores are withheld, warnings, and the notice."""
    words = [(codes.SCORES[s.task].origin, s.cutoff_origin) for s in result.scores]
    if result.withheld:
        words.append((codes.REASON, result.withheld.reason))
    words += [(codes.WARNING, warning.message) for warning in result.warnings]
    words.append((codes.COMMENT, str(case.record.result["notice"])))
    for name, text in words:
        if text:
            yield sr.TextContentItem(name, text, sr.RelationshipTypeValues.CONTAINS)


def _evidence(case: SourceCase, segmentation: Dataset) -> list[Dataset]:
    """The segmentation, and every image of CT and PET; patient and study are filled in later."""
    first = _instance(
        case.patient.study_uid,
        str(segmentation.SeriesInstanceUID),
        str(segmentation.SOPClassUID),
        str(segmentation.SOPInstanceUID),
    )
    for keyword in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex",
                    "AccessionNumber", "StudyID", "StudyDate", "StudyTime"):  # fmt: skip
        setattr(first, keyword, None)
    return [first, *_instances(case.ct), *_instances(case.pet)]


def _instances(images: ImageReferences) -> Iterator[Dataset]:
    for uid in dict.fromkeys(i.uid for i in images.instances):
        yield _instance(images.study_uid, images.series_uid, images.sop_class, uid)


def _instance(study_uid: str, series_uid: str, sop_class: str, uid: str) -> Dataset:
    item = Dataset()
    item.StudyInstanceUID, item.SeriesInstanceUID = study_uid, series_uid
    item.SOPClassUID, item.SOPInstanceUID = sop_class, uid
    return item


def _finite(value: float, name: str) -> float:
    if not math.isfinite(value):
        raise InputError(
            f"{name} of the result is {value}; a finite number was expected. Score the case again."
        )
    return float(value)
