"""CASE of the command line: a saved case, a demo patient, or files that are scored now."""

import argparse
from datetime import UTC, datetime

from dss_core.case.demo_patients import demo_patients
from dss_core.case.key_pictures import key_pictures
from dss_core.case.make_place import make_place, recorded_place
from dss_core.case.make_record import record_of
from dss_core.case.place_in_cohort import place_of, place_to_json
from dss_core.case.record import CaseRecord, Keep
from dss_core.decision.patient_file import bytes_of, patient_to_json, read_patient
from dss_core.decision.rule_set import guideline_rules
from dss_core.errors import InputError


def named_case(arguments: argparse.Namespace) -> CaseRecord:
    """The record that the arguments name, as it is kept.

    Raises
    ------
    DssError
        If there is no such case, or its files cannot be scored.
    """
    files = (arguments.ct, arguments.pet, arguments.roi)
    if arguments.case is not None:
        if any(files):
            raise InputError("CASE and --ct, --pet, --roi were given; give one or the other.")
        return kept_case(arguments.case)
    if not all(files):
        raise InputError(
            "A case was expected: the id of a saved case, the name of a demo patient, or --ct, "
            "--pet and --roi together. Give one."
        )
    return _scored(arguments)


def completed(record: CaseRecord, arguments: argparse.Namespace) -> CaseRecord:
    """The record with the facts and the cohort that were asked for, and its place and pictures.

    Raises
    ------
    DssError
        If a file cannot be used, or other weights made the scores of the cohort.
    """
    changes: dict[str, object] = {}
    if arguments.patient is not None:
        rules = guideline_rules()
        file = read_patient(bytes_of(arguments.patient), arguments.patient.name, rules)
        changes |= {"patient": patient_to_json(file), "decision": None}
    if arguments.cohort is not None:
        changes["place"] = _place(record, arguments)
    elif place_of(record) is None:
        changes["place"] = recorded_place(record.result)
    if not record.pictures and record.keep is Keep.IMAGES:
        from dss_core.store.case_store import CaseStore

        kept = CaseStore.open().images(record.id)
        changes["pictures"] = key_pictures(kept.images, kept.region.roi)
    return record.model_copy(update=changes)


def _place(record: CaseRecord, arguments: argparse.Namespace) -> object:
    from dss_core.cohort.cohort_of_weights import read_cohort

    known = read_cohort(arguments.cohort)
    place = make_place(record.result, known)
    if place is None and known.cohort.weights_ids != (record.result.get("weights_id"),):
        theirs = ", ".join(known.cohort.weights_ids) or "weights that it does not name"
        raise InputError(
            f"The scores of {arguments.cohort.name} were made with {theirs}, those of the case "
            f"with {record.result.get('weights_id')}; scores of different weights are not "
            "compared. Give a cohort of the same weights."
        )
    return place_to_json(place)


def kept_case(text: str) -> CaseRecord:
    """The saved case of this id or beginning of an id, or the demo patient of this name.

    Raises
    ------
    DssError
        If there is none, or several.
    """
    for patient in demo_patients():
        if text in (patient.name, str(patient.record.id)):
            return patient.record
    from dss_core.cli.case_id import saved_case_id
    from dss_core.store.case_store import CaseStore

    store = CaseStore.open()
    case_id = saved_case_id(text, store)
    if case_id is not None:
        return store.load(case_id).record
    demo = ", ".join(patient.name for patient in demo_patients())
    raise InputError(
        f"{text[:60]!r} is no saved case and no demo patient. Take an id of `cases list` or one of "
        f"{demo}."
    )


def _scored(arguments: argparse.Namespace) -> CaseRecord:
    from dss_core.case.case_files import find_case
    from dss_core.case.scoring_entry import score_series, scoring_weights
    from dss_core.cli.case import case_files

    scored = score_series(find_case(case_files(arguments)), scoring_weights(arguments.weights))
    opened = scored.opened
    return record_of(
        opened,
        scored.result,
        now=datetime.now(UTC),
        keep=Keep.NONE,
        kept_until=None,
        pictures=key_pictures(opened.images, opened.region.roi),
    )
