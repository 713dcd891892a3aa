"""A saved case that is changed: renamed, kept otherwise, assessed, deleted, or not at all."""

from pathlib import Path

import pytest

from dss_ui.shell.navigation import EVIDENCE, OF_A_CASE, PRODUCT
from tests.app.pages import (
    all_text,
    case_bar,
    links,
    press,
    sentences,
    upload_case,
)
from tests.app.saved_case_pages import (
    Saved,
    images_of,
    keep,
    label_of,
    rename,
    score_upload,
    session,
    shown_by_command,
)
from tests.app.session import open_case
from tests.app.shown_numbers import (
    command_line,
    score_cards_are,
)
from tests.permissions import read_only

PATIENT = "Simulated^Case"


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
    assert sorted(home.dataframe[0].value["Label"]) == sorted(["Left lower lobe", label_of(saved)])


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
    (listed,) = [e.proto.body for e in other.get("html") if "Assessments given" in e.proto.body]
    assert "<strong>Disagree</strong> Frail beyond the PS." in listed
    assert f"guideline {given['guideline_node']}" in listed
    assert not any("is not saved" in caption.value for caption in other.caption)
    assert shown_by_command(saved)["version"] == told["version"]  # looking changes nothing
    assert session(page="app.py").dataframe[0].value["Assessment"].tolist() == ["disagreed"]
    assert command_line("cases", "list")[0]["cases"][0]["verdict"] == "disagree"


def test_the_second_of_two_sessions_is_told_who_saved_when(saved: Saved) -> None:
    first, second = session(saved.case_id), session(saved.case_id)
    rename(first, "First")
    rename(second, "Second")
    told = shown_by_command(saved)
    assert told["label"] == "First"
    assert "Changed in another tab or session" in case_bar(second)
    assert "Changed in" not in case_bar(session(saved.case_id))
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
        assert session(page="app.py").dataframe[0].value["Label"].tolist() == [label_of(saved)]
        app = session(saved.case_id)
        for page in OF_A_CASE + EVIDENCE:
            app.switch_page(page.path).run()
            assert not app.exception and not app.error, page.title
        app.switch_page("pages/score.py").run()
        score_cards_are(app, shown_by_command(saved)["result"])
        rename(app, "Other")
        assert not app.exception and len(sentences(app)) == 1
        assert "cannot be written: permission was denied" in sentences(app)[0]
    assert label_of(saved) in case_bar(app) and label_of(saved) != "Other"
