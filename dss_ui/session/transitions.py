"""Every way from one state of a session to the next; nothing else makes a state.

Each takes the state that is and returns the state that follows, so nothing is left behind.
"""

from dataclasses import replace

from dss_ui.session.chosen_files import Intake
from dss_ui.session.state import (
    Aligning,
    Case,
    CaseSource,
    CaseWithoutImages,
    CtOpened,
    Empty,
    FilesRead,
    Gone,
    Marking,
    Session,
    last_scored,
    source_of,
)


def read(session: Session, intake: Intake) -> FilesRead:
    """Files were read: they take the place of whatever was open."""
    return FilesRead(intake)


def propose(session: Session, registration: Aligning) -> Aligning:
    """A registration was made for the files or the case at hand.

    Raises
    ------
    ValueError
        If it was made for others.
    """
    _same_source(session, registration.source)
    return registration


def reject(session: Session) -> Session:
    """The registration is not used, nor the images that it opened.

    Raises
    ------
    ValueError
        If none was proposed.
    """
    found = session.source if isinstance(session, Marking) else session
    if not isinstance(found, Aligning):
        raise _illegal(session, "a proposed registration")
    return found.source


def accept(session: Session) -> Marking:
    """The registration is used, and the region is to be drawn.

    Raises
    ------
    ValueError
        If none was proposed, or its region is known, so that it is to be scored.
    """
    found = session.source if isinstance(session, Marking) else session
    if not isinstance(found, Aligning) or found.region is not None:
        raise _illegal(session, "a proposed registration without a region")
    return Marking(found, found.choice, found.after, found.steps)


def mark(session: Session, opened: Marking) -> Marking:
    """Images of the files or the case at hand were opened, and the region is to be drawn.

    Raises
    ------
    ValueError
        If they are of others.
    """
    _same_source(session, source_of(opened))
    return opened


def view_ct(session: Session, opened: CtOpened) -> CtOpened:
    """A CT of the files at hand was opened without a PET.

    Raises
    ------
    ValueError
        If it is of others.
    """
    _same_source(session, opened.source)
    return opened


def leave_ct(session: Session) -> FilesRead:
    """Back to the files of a CT that was opened without a PET.

    Raises
    ------
    ValueError
        If none is open.
    """
    if not isinstance(session, CtOpened):
        raise _illegal(session, "a CT opened without a PET")
    return session.source


def score(session: Session, case: CaseWithoutImages) -> CaseWithoutImages:
    """A case was scored, or opened again: it takes the place of whatever was open."""
    return case


def amend(session: Session, case: CaseWithoutImages) -> Session:
    """What is recorded of the scored case was changed; all else stays as it is.

    Raises
    ------
    ValueError
        If another case is open.
    """
    open_case = last_scored(session)
    if open_case is None or open_case.id != case.id:
        raise ValueError("Expected a change of the open case, found one of another case.")
    match session:
        case Aligning(source) if isinstance(case, Case):
            return replace(session, source=case)
        case Marking(source) if isinstance(case, Case):
            inner = replace(source, source=case) if isinstance(source, Aligning) else case
            return replace(session, source=inner)
        case _:
            return case


def close(session: Session) -> Empty:
    """The user closed what was open; of a scored case only its id is remembered."""
    case = last_scored(session)
    return Empty(case.id if case else None)


def lose(session: Session, case_id: str, reason: str) -> Gone:
    """The case of the address is not here; what was open closes, so that nobody takes it for it."""
    return Gone(case_id, reason)


def _same_source(session: Session, source: CaseSource | None) -> None:
    if source is None or source_of(session) is not source:
        raise ValueError(
            "Expected images of the files at hand, found images of others. Open these files first."
        )


def _illegal(session: Session, expected: str) -> ValueError:
    return ValueError(f"Expected {expected}, found the state {type(session).__name__}.")
