"""A case that lives: saved, listed, found by another session, changed, and deleted."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dss_core.case.demo_patients import demo_patients
from dss_core.store.case_store import CaseStore
from dss_ui.shell.navigation import EVIDENCE, OF_A_CASE, PRODUCT
from tests.app.conftest import ROOT
from tests.app.pages import (
    all_text,
    case_bar,
    follow,
    links,
    press,
    sentences,
    shown_scores,
    staying,
    upload_case,
)
from tests.app.session import open_case
from tests.app.shown_numbers import (
    TITLES,
    case_bar_is,
    command_line,
    numbers,
    score,
    score_cards_are,
)
from tests.dicom_case import WrittenCase, write_case
from tests.permissions import read_only

SCORES = set(TITLES.values())
PATIENT = "Simulated^Case"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Saved:
    """A case that a session has scored, and where it is kept."""

    home: Path
    case_id: str
    files: WrittenCase


def session(case_id: str | None = None, page: str = "pages/score.py") -> AppTest:
    """A new session at the address of a case."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    if case_id is not None:
        app.query_params["case"] = case_id
    return app.switch_page(page).run()


def score_upload(files: WrittenCase) -> AppTest:
    """A session that has scored an upload."""
    return press(upload_case(session(page="app.py"), files), "Score case")


@pytest.fixture(scope="module")
def scored_once(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """A case scored once for all tests of this file."""
    home = tmp_path_factory.mktemp("store")
    files = write_case(tmp_path_factory.mktemp("files"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DSS_HOME", str(home))
        app = score_upload(files)
        assert not app.exception and not app.error
        return Saved(home, app.query_params["case"], files)


@pytest.fixture
def saved(scored_once: Saved, home: Path) -> Saved:
    """The same, in the store of one test."""
    shutil.copytree(scored_once.home, home, dirs_exist_ok=True)
    return Saved(home, scored_once.case_id, scored_once.files)


def shown_by_command(saved: Saved) -> dict[str, Any]:
    """What `cases show` says of it."""
    found: dict[str, Any] = command_line("cases", "show", saved.case_id)[0]
    return found


def images_of(saved: Saved) -> list[Path]:
    return list((saved.home / "cases").rglob("*.npz"))


def keep(app: AppTest, words: str) -> AppTest:
    (radio,) = (r for r in app.radio if r.label == "Keep on this server")
    return staying(radio.set_value(next(o for o in radio.options if o == words)).run())


def rename(app: AppTest, label: str) -> AppTest:
    (box,) = (t for t in app.text_input if t.label == "Label")
    box.set_value(label)
    return press(app, "Rename")


def test_an_empty_installation_shows_the_demo_patients_as_the_command_line_lists_them() -> None:
    app = session(page="app.py")
    assert not app.exception and not app.error
    assert "None yet." in all_text(app) and not app.dataframe
    assert len(app.file_uploader) == 2 and not shown_scores(app)
    listed = command_line("demo", "--list")[0]
    assert links(app, "Open") == [
        ("pages/score.py", f"case={patient.record.id}") for patient in demo_patients()
    ]
    cards = [m.value for m in app.main.markdown]
    assert len(listed) == len(demo_patients()) == 6
    for one, patient in zip(listed, demo_patients(), strict=True):
        at = cards.index(f"**{one['title']}**")
        assert cards[at + 1] == one["story"]
        for task, title in TITLES.items():
            found = {key: patient.record.result[task].get(key) for key in ("dls", "group")}
            assert found == {key: one[task][key] for key in ("dls", "group")}
            if one[task]["dls"] is None:
                assert cards[at + 2] == "Scores **withheld**"
                continue
            number = score(one[task]["dls"], patient.record.result[task]["cutoff"])[0]
            group = "indeterminate" if one[task]["group"] == "between" else one[task]["group"]
            assert f"{title} **{number}** ({group})" in cards[at + 2]


def test_every_demo_patient_opens_with_its_own_scores() -> None:
    for n, one in enumerate(command_line("demo", "--list")[0]):
        app = session(page="app.py")
        staying(follow(app, links(app, "Open")[n]).run())
        assert not app.exception and [t.value for t in app.title] == ["Score"]
        assert one["title"] in case_bar(app) and "Simulated patient" in case_bar(app)
        if one["egfr"]["dls"] is None:
            assert not SCORES & shown_scores(app).keys()
            assert "withheld" in sentences(app)[0] and "withheld" in case_bar(app)
            continue
        record = open_case(app).record
        score_cards_are(app, record.result)
        case_bar_is(app, record.result)
        assert record.result["egfr"]["dls"] == one["egfr"]["dls"]
        assert record.result["pdl1"]["dls"] == one["pdl1"]["dls"]


@pytest.mark.parametrize("page", ["pages/images.py", "pages/score.py", "pages/board.py"])
@pytest.mark.parametrize(
    ("named", "said"),
    [
        (NOWHERE, "The case of this address is no longer here"),
        ("no id <b>", "This address names no case"),
        ("../../etc", "This address names no case"),
    ],
)
def test_an_address_of_no_case_says_so_and_shows_no_number(
    page: str, named: str, said: str
) -> None:
    app = session(named, page)
    assert not app.exception and not app.error
    assert said in app.warning[0].value.replace("\\", "")
    assert not app.metric and not app.get("html")[1:] and not case_bar(app)
    assert not SCORES & set(all_text(app).split())


def test_the_case_of_another_address_takes_the_place_of_the_open_one(saved: Saved) -> None:
    app = session(saved.case_id)
    assert shown_scores(app)
    app.query_params["case"] = NOWHERE
    app.run()
    assert not app.exception and not app.metric and not case_bar(app)
    app.query_params["case"] = saved.case_id
    app.run()
    assert open_case(app).id.hex == saved.case_id.replace("-", "") and shown_scores(app)


def test_a_scored_upload_is_listed_with_its_scores(saved: Saved) -> None:
    app = session(page="app.py")
    (listed,) = command_line("cases", "list")[0]["cases"]
    assert listed["id"] == saved.case_id
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["Label"], row["EGFR-DLS"], row["PDL1-DLS"], row["Weights"]) == (
        listed["label"],
        listed["egfr"],
        listed["pdl1"],
        listed["weights_id"],
    )
    assert (row["State"], row["Kept"], row["Assessment"]) == (
        "scored",
        "record and images",
        "none",
    )
    assert row["Kept until"].isoformat() == listed["kept_until"]
    app.text_input(key="cases-search").set_value("not this one").run()
    assert not app.dataframe and "No saved case has this label or id." in all_text(app)


def test_a_second_session_opens_the_saved_case_with_the_same_numbers(saved: Saved) -> None:
    told = shown_by_command(saved)
    app = session(saved.case_id)
    assert not app.exception and not app.error
    score_cards_are(app, told["result"])
    case_bar_is(app, told["result"])
    assert told["label"] in case_bar(app) and "Saved until" in case_bar(app)
    metrics = shown_scores(app)
    assert numbers(metrics["SUVmax"]) == [f"{told['result']['suv']['max']:.2f}"]
    assert numbers(metrics["Volume (mL)"]) == [f"{told['result']['roi']['volume_ml']:.1f}"]
    app.switch_page("pages/images.py").run()
    assert not app.exception and not app.error
    row = next(line for line in all_text(app).splitlines() if "(active)" in line)
    assert f"{told['result']['roi']['volume_ml']:.1f}" in row


def test_a_case_is_renamed_but_not_by_the_patients_name(saved: Saved) -> None:
    app = score_upload(saved.files)
    assert "The same CT and PET are saved as" in all_text(app)
    case_id = app.query_params["case"]
    before = command_line("cases", "show", case_id)[0]["label"]
    rename(app, f"Lobe of {PATIENT}")
    assert "The label holds a name" in sentences(app)[0] and PATIENT not in sentences(app)[0]
    assert command_line("cases", "show", case_id)[0]["label"] == before
    rename(app, "Left lower lobe")
    assert not app.exception and not app.error
    assert "Left lower lobe" in case_bar(app)
    assert command_line("cases", "show", case_id)[0]["label"] == "Left lower lobe"
    home = session(page="app.py")
    assert sorted(home.dataframe[0].value["Label"]) == sorted(["Left lower lobe", _label(saved)])


def _label(saved: Saved) -> str:
    return str(shown_by_command(saved)["label"])


def test_a_region_of_other_images_is_refused_by_the_reopened_case(
    saved: Saved, tmp_path: Path
) -> None:
    """No UID of the images is kept, only a key of their frame of reference."""
    foreign = write_case(tmp_path / "other", region_same_frame=False).region

    def imported(region: Path) -> AppTest:
        app = session(saved.case_id, "pages/images.py")
        (uploader,) = (u for u in app.file_uploader if u.label.startswith("RTSTRUCT"))
        return uploader.set_value(("region.dcm", region.read_bytes(), "application/dicom")).run()

    refused = imported(foreign)
    assert "is drawn in another frame of reference" in sentences(refused)[0]
    assert not [b for b in refused.button if b.label.startswith("Add to")]
    own = imported(saved.files.region)
    assert not own.error and not own.exception
    assert not [w for w in own.warning if "cannot be checked" in w.value]
    assert [b for b in own.button if b.label.startswith("Add to")]


def test_of_a_case_kept_as_record_only_the_images_are_gone(saved: Saved) -> None:
    assert len(images_of(saved)) == 1
    app = keep(session(saved.case_id), "Record only")
    assert not app.exception and not app.error and "Record saved until" in case_bar(app)
    assert not images_of(saved) and shown_by_command(saved)["kept"] == "record"
    other = session(saved.case_id)
    assert not other.exception and not other.error
    score_cards_are(other, shown_by_command(saved)["result"])
    assert any("images of this case are not kept" in i.value for i in other.info)
    other.switch_page("pages/images.py").run()
    assert "images of this case are not kept" in sentences(other)[0]
    keep(other.switch_page("pages/score.py").run(), "Record and images")
    assert "not at hand" in sentences(other)[0]
    assert shown_by_command(saved)["kept"] == "record"


def test_a_deleted_case_is_gone_with_its_images_for_every_session(saved: Saved) -> None:
    app, other = session(saved.case_id), session(saved.case_id)
    (sure,) = (c for c in app.checkbox if c.label.startswith("Delete this case"))
    assert next(b for b in app.button if b.label == "Delete now").disabled
    sure.check().run()
    press(app, "Delete now")
    assert not app.exception and [t.value for t in app.title] == [PRODUCT]
    assert "its record and 1 file of images" in app.success[0].value
    assert "None yet." in all_text(app) and "case" not in app.query_params
    assert not images_of(saved) and command_line("cases", "list")[0] == {"cases": []}
    assert "Deleted from this server" in case_bar(other.run())
    rename(other, "Too late")
    assert "was deleted since you opened it" in sentences(other)[0]
    late = session(saved.case_id)
    assert "no longer here" in late.warning[0].value and not late.metric


def test_facts_and_an_assessment_are_there_in_the_next_session(saved: Saved) -> None:
    app = session(saved.case_id, "pages/decision.py")
    app.selectbox(key="decision_in_histology").set_value("squamous").run()
    app.selectbox(key="decision_in_ecog_ps").set_value(1).run()
    app.get("button_group")[0].set_value("disagree")
    app.text_area(key="decision_reason").input("Frail beyond the PS.")
    press(app, "Save assessment")
    assert not app.exception and not app.error
    told = shown_by_command(saved)
    assert told["patient"]["histology"] == "squamous" and told["patient"]["ecog_ps"] == 1
    assert told["decision"]["imaging"]["egfr"]["dls"] == told["result"]["egfr"]["dls"]
    (given,) = told["verdicts"]
    assert (given["opinion"], given["reason"]) == ("disagree", "Frail beyond the PS.")
    other = session(saved.case_id, "pages/decision.py")
    assert not other.exception and not other.error
    assert other.selectbox(key="decision_in_histology").value == "squamous"
    assert other.selectbox(key="decision_in_ecog_ps").value == 1
    (row,) = other.dataframe[0].value.to_dict("records")
    assert (row["Assessment"], row["Reason"]) == ("Disagree", "Frail beyond the PS.")
    assert row["Guideline"] == given["guideline_node"]
    assert shown_by_command(saved)["version"] == told["version"]  # looking changes nothing
    assert session(page="app.py").dataframe[0].value["Assessment"].tolist() == ["disagreed"]
    assert command_line("cases", "list")[0]["cases"][0]["verdict"] == "disagree"


def test_the_second_of_two_sessions_is_told_who_saved_when(saved: Saved) -> None:
    first, second = session(saved.case_id), session(saved.case_id)
    rename(first, "First")
    rename(second, "Second")
    told = shown_by_command(saved)
    assert told["label"] == "First"
    when = told["updated"][:19].replace("T", " ")
    assert f"was saved by local user at {when} UTC, after you opened it" in sentences(second)[0]
    second.switch_page("pages/decision.py").run()
    second.selectbox(key="decision_in_histology").set_value("squamous").run()
    assert "after you opened it" in sentences(second)[0]
    assert "histology" not in shown_by_command(saved)["patient"]


def test_where_nothing_is_kept_the_case_ends_with_its_session(
    saved: Saved, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSS_KEEP", "none")
    app = score_upload(saved.files)
    assert not app.exception and not app.error
    case_id = app.query_params["case"]
    assert case_id != saved.case_id and "Not saved: gone when this session ends" in case_bar(app)
    app.switch_page("pages/score.py").run()
    score_cards_are(app, open_case(app).record.result)
    assert [c["id"] for c in command_line("cases", "list")[0]["cases"]] == [saved.case_id]
    other = session(case_id)
    assert not other.exception and not other.metric
    said = other.warning[0].value.replace("\\", "")
    assert "it was closed or the session in which it was open has ended" in said
    assert "Read its files again" in said
    (link,) = (link for link in other.main.get("page_link"))
    assert link.proto.label == "Open a case"
    assert len(other.switch_page("app.py").run().file_uploader) == 2
    keep(app, "Record only")
    assert not app.exception and not app.error and "Record saved until" in case_bar(app)
    after = command_line("cases", "show", case_id)[0]
    assert after["kept"] == "record"
    assert after["source"]["study_key"] == shown_by_command(saved)["source"]["study_key"] != ""
    # the page of a closed case, to which the back button leads, shows it again if it is saved
    assert case_bar(session(page="pages/score.py")) == ""
    keep(app, "Do not keep")
    press(app, "Close case")
    assert [t.value for t in app.title] == [PRODUCT] and "case" not in app.query_params
    app.switch_page("pages/images.py").run()
    assert not app.file_uploader and "This case was not saved" in app.warning[0].value


def test_a_case_whose_weights_are_gone_shows_its_record_and_why_it_is_not_scored_again(
    saved: Saved, home: Path
) -> None:
    own = home / "weights" / "own"
    shutil.copytree(ROOT / "weights" / "demo", own)
    (own / "card.json").write_bytes((own / "card.json").read_bytes() + b"\n")
    files = ("--ct", saved.files.ct, "--pet", saved.files.pet, "--roi", saved.files.region)
    told = command_line("score", *map(str, files), "--weights", "own", "--save")[0]
    shutil.rmtree(own)
    why = command_line("cases", "show", told["case_id"])[0]["not_rescored"]
    assert "The weights 'own' of this case are no longer installed" in why
    app = session(told["case_id"])
    assert not app.exception and not app.error
    score_cards_are(app, told)
    case_bar_is(app, told)
    press(app, "Open the images")
    press(app, "Score the variants")
    assert sentences(app) == [why]
    app.switch_page("pages/attention.py").run()
    assert not app.exception and sentences(app) == [why]
    app.switch_page("pages/weights.py").run()
    press(app, "Score with these weights")
    assert not app.exception and not app.error
    after = command_line("cases", "show", told["case_id"])[0]
    assert after["result"]["weights_id"] == "demo" and after["not_rescored"] is None
    score_cards_are(app, after["result"])


@pytest.mark.parametrize("fault", ["home below a file", "damaged database"])
def test_a_store_that_cannot_be_used_is_one_sentence_and_the_upload_is_scored(
    saved: Saved, home: Path, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "damaged database":
        (home / "store" / "cases.sqlite").write_bytes(b"no database" * 1000)
    else:
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv("DSS_HOME", str(tmp_path / "file" / "home"))
    app = session(page="app.py")
    assert not app.exception and len(sentences(app)) == 1
    assert len(links(app, "Open")) == 6
    reason = sentences(app)[0]
    press(upload_case(app, saved.files), "Score case")
    assert not app.exception and not app.error
    said = app.warning[0].value.replace("\\", "")
    assert said == f"This case is not saved. {reason}"
    assert "Not saved: gone when this session ends" in case_bar(app)
    app.switch_page("pages/score.py").run()
    result = open_case(app).record.result
    score_cards_are(app, result)
    monkeypatch.setenv("DSS_HOME", str(tmp_path / "sound"))
    files = ("--ct", saved.files.ct, "--pet", saved.files.pet, "--roi", saved.files.region)
    assert command_line("score", *map(str, files))[0]["egfr"]["dls"] == result["egfr"]["dls"]  # type: ignore[index,call-overload]
    other = session(saved.case_id)
    assert not other.exception


def test_where_nothing_may_be_written_every_page_of_a_saved_case_stands(saved: Saved) -> None:
    with read_only(saved.home):
        assert session(page="app.py").dataframe[0].value["Label"].tolist() == [_label(saved)]
        app = session(saved.case_id)
        for page in OF_A_CASE + EVIDENCE:
            app.switch_page(page.path).run()
            assert not app.exception and not app.error, page.title
        app.switch_page("pages/score.py").run()
        score_cards_are(app, shown_by_command(saved)["result"])
        rename(app, "Other")
        assert not app.exception and len(sentences(app)) == 1
        assert "cannot be written: permission was denied" in sentences(app)[0]
    assert _label(saved) in case_bar(app) and _label(saved) != "Other"


def test_a_saved_case_holds_nothing_that_names_the_patient(saved: Saved) -> None:
    record = CaseStore.open().load(open_case(session(saved.case_id)).id).record.to_json()
    for path in [*images_of(saved), saved.home / "store" / "cases.sqlite"]:
        assert b"Simulated^Case" not in path.read_bytes()
    assert b"Simulated" not in record
