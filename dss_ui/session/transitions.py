"""Every way from one state of a session to the next; nothing else makes a state.

Each takes the state that is and returns the state that follows, so nothing is left behind.
"""

from dataclasses import replace

from dss_ui.session.state import (
    Aligning,
    Case,
    CaseSource,
    CaseWithoutImages,
    Empty,
    FilesRead,
    Fresh,
    Intake,
    Marking,
    Session,
    last_scored,
    source_of,
)


def read(session: Session, intake: Intake) -> FilesRead:
    """Files were read; the case scored before stays until they are scored."""
    return FilesRead(intake, last_scored(session))


def discard(session: Session) -> Session:
    """The uploaded files were taken away, with all that was made of them."""
    return session if isinstance(session, Fresh) else last_scored(session) or Empty()


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


def score(session: Session, case: CaseWithoutImages) -> Session:
    """A case was scored: it takes the place of its files and of the case before.

    Other files that wait, and a registration or images of them, go on waiting.
    """
    match session:
        case FilesRead(intake) if not _is_of(case, intake):
            return FilesRead(intake, case)
        case Aligning(source):
            after = score(source, case)
            return replace(session, source=after) if isinstance(after, FilesRead) else after
        case Marking(source):
            after = score(source, case)
            if isinstance(after, FilesRead | Aligning):
                return replace(session, source=after)
            return after
        case _:
            return case


def _is_of(case: CaseWithoutImages, intake: Intake) -> bool:
    files = case.files if isinstance(case, Case) else None
    return files is not None and files.intake.key == intake.key


def close(session: Session) -> Empty:
    """The user closed what was open."""
    return Empty()


def _same_source(session: Session, source: CaseSource | None) -> None:
    if source is None or source_of(session) is not source:
        raise ValueError(
            "Expected images of the files at hand, found images of others. Open these files first."
        )


def _illegal(session: Session, expected: str) -> ValueError:
    return ValueError(f"Expected {expected}, found the state {type(session).__name__}.")
