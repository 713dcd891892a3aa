"""The states of a session and every way from one to the next."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dss_ui.session import transitions
from dss_ui.session.current import owners
from dss_ui.session.state import (
    Aligning,
    Case,
    CtOpened,
    Empty,
    FilesRead,
    Gone,
    Marking,
    Session,
    drawn_on,
    files_of,
    images_key,
    last_scored,
    registration_of,
    source_of,
)
from tests.session_values import (
    DRAWN,
    FROM_FILE,
    case,
    ct_opened,
    images,
    intake,
    opened,
    registration,
    without_images,
)

SCORED = case()
BARE = without_images(case())
FILES = FilesRead(intake())
ALIGNING, TO_DRAW = registration(FILES), registration(FILES, DRAWN)
OPENED, ACCEPTED = opened(FILES), Marking(TO_DRAW, DRAWN, TO_DRAW.after, ())
OF_CASE = (registration(SCORED), opened(SCORED))
STATES: dict[str, Session] = {
    "empty": Empty(),
    "gone": Gone("an id", "why"),
    "scored": SCORED,
    "scored, without images": BARE,
    "files": FILES,
    "aligning": ALIGNING,
    "aligning, to draw": TO_DRAW,
    "marking": OPENED,
    "CT alone": ct_opened(FILES),
    "marking after registration": ACCEPTED,
    "aligning of the case": OF_CASE[0],
    "marking of the case": OF_CASE[1],
}
every_state = pytest.mark.parametrize("state", STATES.values(), ids=STATES)
OF_SCORED = {"scored", "aligning of the case", "marking of the case"}


@every_state
def test_new_files_take_the_place_of_whatever_was_open(state: Session) -> None:
    files = intake()
    after = transitions.read(state, files)
    assert after == FilesRead(files) and last_scored(after) is None


def test_the_open_case_is_known_in_every_state() -> None:
    found = {name for name, state in STATES.items() if last_scored(state) is SCORED}
    assert found == OF_SCORED
    assert last_scored(BARE) is BARE
    others = set(STATES) - found - {"scored, without images"}
    assert all(last_scored(STATES[name]) is None for name in others)


@every_state
def test_a_case_that_is_not_here_leaves_no_other_open(state: Session) -> None:
    after = transitions.lose(state, "an id", "why")
    assert after == Gone("an id", "why")
    assert last_scored(after) is None and source_of(after) is None and drawn_on(after) is None


@every_state
def test_a_change_of_the_record_leaves_all_else_as_it_is(state: Session) -> None:
    before = last_scored(state)
    if before is None:
        with pytest.raises(ValueError, match="of another case"):
            transitions.amend(state, SCORED)
        return
    changed = replace(before, version=7)
    after = transitions.amend(state, changed)
    assert type(after) is type(state) and last_scored(after) is changed
    with pytest.raises(ValueError, match="of another case"):
        transitions.amend(state, case())


@every_state
def test_a_closed_session_is_empty(state: Session) -> None:
    case = last_scored(state)
    assert transitions.close(state) == Empty(case.id if case else None)


@every_state
def test_the_scored_case_takes_the_place_of_its_own_files(state: Session) -> None:
    source = source_of(state)
    scored = case(files_of(source) if source else None)
    assert transitions.score(state, scored) is scored


@every_state
def test_a_registration_is_proposed_for_what_is_at_hand_only(state: Session) -> None:
    source = source_of(state)
    if source is not None:
        proposal = registration(source)
        assert transitions.propose(state, proposal) is proposal
    with pytest.raises(ValueError, match="images of others"):
        transitions.propose(state, registration(FilesRead(intake())))


@every_state
def test_images_are_opened_of_what_is_at_hand_only(state: Session) -> None:
    source = source_of(state)
    if source is not None:
        images_at_hand = opened(source)
        assert transitions.mark(state, images_at_hand) is images_at_hand
    with pytest.raises(ValueError, match="images of others"):
        transitions.mark(state, opened(FilesRead(intake())))


@every_state
def test_a_rejected_registration_gives_way_to_what_it_was_made_for(state: Session) -> None:
    aligning = state.source if isinstance(state, Marking) else state
    if isinstance(aligning, Aligning):
        assert transitions.reject(state) is aligning.source
        return
    with pytest.raises(ValueError, match=f"found the state {type(state).__name__}"):
        transitions.reject(state)


@every_state
def test_only_a_registration_without_a_region_is_accepted_for_drawing(state: Session) -> None:
    if state in (TO_DRAW, ACCEPTED):
        after = transitions.accept(state)
        assert after.source is TO_DRAW and after.images is TO_DRAW.after
        assert drawn_on(after) is after
        return
    with pytest.raises(ValueError, match="registration without a region"):
        transitions.accept(state)


def test_a_registration_counts_for_its_own_choice_only() -> None:
    assert registration_of(ALIGNING, FROM_FILE) is ALIGNING
    assert registration_of(ALIGNING, replace(FROM_FILE, ct_uid="another")) is None
    assert registration_of(ACCEPTED, DRAWN) is TO_DRAW
    assert registration_of(OPENED, DRAWN) is None and registration_of(SCORED, FROM_FILE) is None


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: replace(ALIGNING, after=images()), "Expected registered images"),
        (lambda: replace(ALIGNING, region=None), "Expected a region exactly when"),
        (lambda: replace(TO_DRAW, region=ALIGNING.region), "Expected a region exactly when"),
        (lambda: replace(OPENED, choice=FROM_FILE), "Expected a region to be drawn"),
    ],
)
def test_a_state_that_contradicts_itself_cannot_be_made(
    make: Callable[[], Session], what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        make()


@every_state
def test_what_pages_keep_belongs_to_the_images_and_the_result_of_the_state(state: Session) -> None:
    source = source_of(state)
    expected = set() if source is None else {files_of(source).key}
    if isinstance(state, Marking | CtOpened):
        expected.add(images_key(state.images))
    scored = last_scored(state)
    if scored is not None:
        expected.add(scored.result_key)
    if isinstance(scored, Case):
        expected.add(images_key(scored.images.aligned))
    assert owners(state) == expected


def test_a_ct_alone_is_of_the_files_at_hand_and_leads_back_to_them() -> None:
    opened_ct = transitions.view_ct(FILES, ct_opened(FILES))
    assert transitions.leave_ct(opened_ct) is FILES
    with pytest.raises(ValueError, match="images of others"):
        transitions.view_ct(FilesRead(intake()), opened_ct)
    with pytest.raises(ValueError, match="a CT opened without a PET"):
        transitions.leave_ct(FILES)
