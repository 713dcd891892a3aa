"""After any sequence of transitions the pages show the last scored case, and no other."""

from dataclasses import replace

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dss_ui.session import transitions
from dss_ui.session.chosen_files import Choice, Intake
from dss_ui.session.current import owners
from dss_ui.session.state import (
    Aligning,
    Case,
    CtOpened,
    Empty,
    FilesRead,
    Marking,
    Session,
    drawn_on,
    files_of,
    images_key,
    last_scored,
    source_of,
)
from tests.session_values import DRAWN, FROM_FILE, case, ct_opened, intake, opened, registration


class SessionMachine(RuleBasedStateMachine):
    """Beside the state it only remembers what was scored last, and which files wait."""

    def __init__(self) -> None:
        super().__init__()
        self.state: Session = Empty()
        self.shown: Case | None = None
        self.waiting: Intake | None = None

    @rule()
    def read_files(self) -> None:
        self.waiting, self.shown = intake(), None
        self.state = transitions.read(self.state, self.waiting)

    @rule()
    def lose_the_case_of_the_address(self) -> None:
        self.state = transitions.lose(self.state, "an id", "why")
        self.shown = self.waiting = None

    @rule()
    def close(self) -> None:
        self.state = transitions.close(self.state)
        self.shown = self.waiting = None

    @precondition(lambda self: source_of(self.state) is not None)
    @rule()
    def propose_registration(self) -> None:
        self._propose(FROM_FILE)

    @precondition(lambda self: source_of(self.state) is not None)
    @rule()
    def propose_registration_without_region(self) -> None:
        self._propose(DRAWN)

    @precondition(lambda self: isinstance(self.state, Aligning))
    @rule()
    def reject_registration(self) -> None:
        self.state = transitions.reject(self.state)

    @precondition(lambda self: isinstance(self.state, Aligning) and self.state.region is None)
    @rule()
    def accept_registration(self) -> None:
        self.state = transitions.accept(self.state)

    @precondition(lambda self: source_of(self.state) is not None)
    @rule()
    def open_images(self) -> None:
        source = source_of(self.state)
        assert source is not None
        self.state = transitions.mark(self.state, opened(source))

    @precondition(lambda self: isinstance(source_of(self.state), FilesRead))
    @rule()
    def view_a_ct_alone(self) -> None:
        source = source_of(self.state)
        assert isinstance(source, FilesRead)
        self.state = transitions.view_ct(self.state, ct_opened(source))

    @precondition(lambda self: isinstance(self.state, CtOpened))
    @rule()
    def leave_the_ct(self) -> None:
        self.state = transitions.leave_ct(self.state)

    @rule()
    def score_what_waits(self) -> None:
        source = source_of(self.state)
        self.shown, self.waiting = case(files_of(source) if source else None), None
        self.state = transitions.score(self.state, self.shown)

    @precondition(lambda self: self.shown is not None)
    @rule()
    def score_the_shown_case_again(self) -> None:
        assert self.shown is not None
        self.shown, self.waiting = case(files_of(self.shown)), None
        self.state = transitions.score(self.state, self.shown)

    @precondition(lambda self: self.shown is not None)
    @rule()
    def change_what_is_recorded(self) -> None:
        assert self.shown is not None
        self.shown = replace(self.shown, version=(self.shown.version or 0) + 1)
        self.state = transitions.amend(self.state, self.shown)

    @invariant()
    def no_page_shows_another_case(self) -> None:
        assert last_scored(self.state) is self.shown
        on_region_page = drawn_on(self.state)
        assert isinstance(on_region_page, Marking) or on_region_page is self.shown

    @invariant()
    def the_case_page_shows_what_waits_else_the_case(self) -> None:
        source = source_of(self.state)
        if self.waiting is None:
            assert source is self.shown
        else:
            assert isinstance(source, FilesRead) and source.intake is self.waiting

    @invariant()
    def nothing_is_kept_of_a_case_that_is_gone(self) -> None:
        source = source_of(self.state)
        expected = set() if source is None else {files_of(source).key}
        if isinstance(self.state, Marking | CtOpened):
            expected.add(images_key(self.state.images))
        if self.shown is not None:
            expected |= {images_key(self.shown.images.aligned), self.shown.result_key}
        assert owners(self.state) == expected

    def _propose(self, choice: Choice) -> None:
        source = source_of(self.state)
        assert source is not None
        self.state = transitions.propose(self.state, registration(source, choice))


TestSession = SessionMachine.TestCase
TestSession.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
