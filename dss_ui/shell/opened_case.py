"""The case that the address names, opened: from the demo patients or the saved cases."""

from uuid import UUID

from dss_core.case.demo_patients import demo_patient
from dss_core.case.record import CaseRecord, Keep
from dss_core.errors import DssError
from dss_ui.session import address, transitions
from dss_ui.session.current import become, forget_case, session
from dss_ui.session.state import CaseWithoutImages, Gone, last_scored

_ENDED = "This case was not saved, and it was closed or the session in which it was open has ended."
_NOT_SAVED = (
    "The case of this address is no longer here: it was closed, or the session in which it was "
    "open has ended, without saving it; or it was deleted, by hand or when its time was over."
)
_NO_ADDRESS = "This address names no case: what follows `?case=` is not the id of one."
_AGAIN = "Read its files again, or choose another case."


def meet_address(*, of_a_case: bool) -> None:
    """Open the case that the page is to show, unless it is open; no other is shown in its place.

    Parameters
    ----------
    of_a_case : bool
        As in `address.case_meant`.
    """
    state = session()
    named = address.case_meant(state, of_a_case=of_a_case)
    case = last_scored(state)
    if named is None:
        address.follow(state)
        return
    if (case is not None and str(case.id) == named) or (
        isinstance(state, Gone) and state.case_id == named
    ):
        return
    show_case(named)


def show_case(named: str) -> None:
    """Open a demo patient or a saved case by its id; says why where there is none."""
    forget_case()
    try:
        case_id = address.case_id_of(named)
        if case_id is None:
            become(transitions.lose(session(), named, _NO_ADDRESS))
            return
        found = _found(case_id)
    except DssError as refusal:
        become(transitions.lose(session(), named, f"The case cannot be opened. {refusal}"))
        return
    if found is None:
        become(transitions.lose(session(), named, f"{_reason()} {_AGAIN}"))
    else:
        become(transitions.score(session(), found))


def _found(case_id: UUID) -> CaseWithoutImages | None:
    if patient := demo_patient(case_id):
        return _opened(patient.record, None)
    from dss_ui.shell.saved_cases import store

    saved = store().find(case_id)
    return None if saved is None else _opened(saved.record, saved.version)


def _opened(record: CaseRecord, version: int | None) -> CaseWithoutImages:
    from dss_core.case.report import result_from_json

    return CaseWithoutImages(record, result_from_json(record.result), version)


def _reason() -> str:
    from dss_core.store.keeping import Keeping

    return _ENDED if Keeping.current().keep is Keep.NONE else _NOT_SAVED
