"""`fhir`: a scored case as a FHIR R4 bundle."""

import argparse
from collections import Counter
from typing import Any

from dss_core.cli.case_document import case_document
from dss_core.cli.files import check_suffix
from dss_core.cli.named_case import completed, named_case
from dss_core.cli.series_of_case import series_of_case
from dss_core.exports.fhir.case_bundle import bundle_of_nobody, case_bundle
from dss_core.exports.fhir.resources import Bundle, DiagnosticReport
from dss_core.reading.patient_and_study import IdentityChoice
from dss_core.storage import write_whole


def run_fhir(arguments: argparse.Namespace) -> dict[str, Any]:
    """`fhir`: the bundle is whole and holds before it is written."""
    check_suffix(arguments.out, (".json",))
    bundle = _bundle(arguments)
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


def _bundle(arguments: argparse.Namespace) -> Bundle:
    subject, pdf = arguments.subject, arguments.pdf
    if arguments.identity is IdentityChoice.NONE:
        record = completed(named_case(arguments), arguments)
        return bundle_of_nobody(record, case_document(record, pdf), subject)
    with series_of_case(arguments) as case:
        record = completed(case.record, arguments)
        document, series = case_document(record, pdf), (case.ct, case.pet)
        return case_bundle(record, case.patient, document, series=series, subject=subject)
