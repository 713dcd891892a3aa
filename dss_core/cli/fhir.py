"""`fhir`: a scored case as a FHIR R4 bundle."""

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

from dss_core.case.record import CaseRecord
from dss_core.cli.case_document import case_document
from dss_core.cli.files import check_suffix
from dss_core.cli.named_case import completed, named_case
from dss_core.cli.series_of_case import series_of_case
from dss_core.exports.fhir.case_bundle import case_bundle
from dss_core.exports.fhir.resources import Bundle, DiagnosticReport
from dss_core.reading.patient_and_study import IdentityChoice, PatientAndStudy, of_nobody
from dss_core.regions.structure_set import ImageReferences
from dss_core.storage import write_whole


def run_fhir(arguments: argparse.Namespace) -> dict[str, Any]:
    """`fhir`: the bundle is whole and holds before it is written.

    Without identity no header is asked for: the study is named after the images' digest, as in
    the DICOM objects of a saved case.
    """
    check_suffix(arguments.out, (".json",))
    if arguments.identity is IdentityChoice.SOURCE:
        with series_of_case(arguments) as case:
            bundle = _bundle(arguments, case.record, case.patient, (case.ct, case.pet))
    else:
        record = named_case(arguments)
        bundle = _bundle(arguments, record, of_nobody(record.source.images_digest), ())
    write_whole(arguments.out, bundle.to_json())
    kinds = Counter(entry.resource.resource_type for entry in bundle.entry)
    return {
        "out": str(arguments.out),
        "resources": dict(kinds),
        "identity": str(arguments.identity),
        "status": next(
            entry.resource.status
            for entry in bundle.entry
            if isinstance(entry.resource, DiagnosticReport)
        ),
    }


def _bundle(
    arguments: argparse.Namespace,
    record: CaseRecord,
    source: PatientAndStudy,
    series: Sequence[ImageReferences],
) -> Bundle:
    record = completed(record, arguments)
    document = case_document(record, arguments.pdf)
    return case_bundle(record, source, document, series=series, subject=arguments.subject)
