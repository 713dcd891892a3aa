"""A case that lives: saved, listed, and found by another session."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dss_core.case.demo_patients import demo_patients
from dss_core.store.case_store import CaseStore
from tests.app.pages import (
    ROOT,
    all_text,
    case_bar,
    follow,
    links,
    press,
    sentences,
    shown_scores,
    staying,
)
from tests.app.saved_case_pages import (
    Saved,
    images_of,
    session,
    shown_by_command,
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
from tests.dicom_case import write_case

SCORES = set(TITLES.values())
NOWHERE = "00000000-0000-4000-8000-000000000000"


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


def test_a_saved_case_holds_nothing_that_names_the_patient(saved: Saved) -> None:
    record = CaseStore.open().load(open_case(session(saved.case_id)).id).record.to_json()
    for path in [*images_of(saved), saved.home / "store" / "cases.sqlite"]:
        assert b"Simulated^Case" not in path.read_bytes()
    assert b"Simulated" not in record
