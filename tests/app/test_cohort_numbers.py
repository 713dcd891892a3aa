"""Every number of the Past patients page is that of the command line for the same cohort."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dss_core.cohort.synthetic_parameters import read_cutoffs
from dss_ui.past_patients.cohort_source import SHIPPED
from tests.app.cohort_figures import curves_are_those_of_lifelines, errors_of, strip_is
from tests.app.session import open_case
from tests.app.shown_numbers import (
    beside,
    chart,
    command_line,
    decimals,
    drawn,
    lines,
    numbers,
    p,
    ratio,
    rows,
    shown,
    texts,
)
from tests.app.shown_numbers import share as percent
from tests.app.test_cohort_page import choose, use_table

ON_ICI = ("--where", "treatment=='ICI'")


@pytest.fixture
def page(emptied: AppTest) -> AppTest:
    """The page without a case, on the shipped cohort."""
    return emptied.switch_page("pages/past_patients.py").run()


def test_survival_numbers_are_those_of_the_command_line(page: AppTest) -> None:
    cutoff = read_cutoffs(SHIPPED.with_name("card.json")).egfr
    follow_up = ("--time", "pfs_months", "--event", "pfs_event")
    found, notes = command_line(
        "cohort", "survival", str(SHIPPED), *follow_up, "--group", f"egfr_dls >= {cutoff}", *ON_ICI
    )
    groups = found["groups"]
    assert shown(page, *([str(g["n"]), str(g["events"])] for g in groups))
    medians = [
        [f"{v:.1f}" for v in (g["median"], *g["median_ci"]) if v is not None] for g in groups
    ]
    assert shown(page, *medians)
    for months in ("6", "12", "24"):
        assert shown(page, [months, "95"], *(percent(g["survival_at"][months]) for g in groups))
    hazard, logrank = ratio(found["cox"]), p(found["logrank_p"])
    assert shown(page, medians[1][:1], medians[0][:1], hazard, logrank)
    assert shown(page, hazard, p(found["cox"]["p"]))
    assert logrank in lines(page)
    rmst = found["rmst_difference"]
    signed = [f"{v:+.1f}" for v in rmst["ci"]]
    difference = [f"{rmst['estimate']:+.1f}", "95", *signed, f"{rmst['tau']:.0f}"]
    assert shown(page, difference, p(rmst["p"]))
    assert p(found["ph_p"]) in lines(page)
    selected = next(line for line in notes.splitlines() if "selected" in line)
    assert shown(page, numbers(selected)[:2])
    assert found["cox"] and beside(page, "Wald") == [*hazard, *p(found["cox"]["p"])]
    assert beside(page, "Log-rank") == logrank
    verdict = "rejected" if found["ph_p"] < 0.05 else "no evidence against"
    assert beside(page, "Schoenfeld test", verdict) == p(found["ph_p"])
    order = [text.split()[1] for text in texts(page) if text.startswith(("- Haz", "- RMST"))]
    assert order == (["RMST", "Hazard"] if found["ph_p"] < 0.05 else ["Hazard", "RMST"])
    assert beside(page, "patients selected")[0] == str(found["n_selected"])
    table = pd.read_csv(SHIPPED)
    on_ici = table[(table["treatment"] == "ICI") & table["pfs_months"].notna()]
    high = on_ici["egfr_dls"] >= cutoff
    curves_are_those_of_lifelines(page, "km-plot", [on_ici[~high], on_ici[high]])
    strip_is(page, table, "egfr_dls", cutoff)


def test_treatment_numbers_are_those_of_the_command_line(page: AppTest) -> None:
    found, _ = command_line("cohort", "treatment", str(SHIPPED))
    choose(page, "cohort_view", page.button_group(key="cohort_view").options[1])
    test = found["interaction"]
    assert p(test["p"]) in lines(page)
    assert shown(page, ratio(test))
    captions = [numbers(c.value) for c in page.caption]
    sides = [one["comparison"] for one in found["sides"]]
    assert [one["egfr_dls"] for one in found["sides"]] == ["high", "low"]
    drawn = [line for line in lines(page) if line in [ratio(one["cox"]) for one in sides]]
    assert drawn == [ratio(one["cox"]) for one in sides]
    start = captions.index(p(sides[0]["logrank_p"]))
    assert p(sides[1]["logrank_p"]) in captions[start + 1 :]
    table = pd.read_csv(SHIPPED).dropna(subset=["pfs_months", "treatment", "egfr_dls"])
    ici, high = table["treatment"] == "ICI", table["egfr_dls"] >= found["egfr_cutoff"]
    last = float(table["pfs_months"].max())
    for side, inside in (("high", high), ("low", ~high)):
        groups = [table[inside & ici], table[inside & ~ici]]
        curves_are_those_of_lifelines(page, f"therapy-{side}-plot", groups, last)


def benefit_is_shown(page: AppTest, path: Path, *where: str) -> None:
    found, _ = command_line("cohort", "benefit", str(path), *where)
    for outcome in found["outcomes"]:
        for group in outcome["groups"]:
            assert shown(page, [str(group["reached"]), str(group["n"])], percent(group["share"]))
        assert outcome["fisher_p"] is None or p(outcome["fisher_p"]) in lines(page)
        if not outcome["n_known"]:
            continue
        (bars,) = chart(page, outcome["outcome"].replace("_", "-") + "-plot")[0]["data"]
        shares = [group["share"] for group in outcome["groups"]]
        assert drawn(bars["y"]) == [s["estimate"] for s in shares]
        assert [numbers(text) for text in bars["text"]] == [percent(s)[:1] for s in shares]
        for bar, one in zip(errors_of(bars, "y"), shares, strict=True):
            assert bar == pytest.approx((one["low"], one["high"]))
    tests = [o["fisher_p"] for o in found["outcomes"] if o["fisher_p"] is not None]
    assert sum("Fisher" in str(m.value) for m in page.markdown) == len(tests)


def test_benefit_numbers_are_those_of_the_command_line(page: AppTest) -> None:
    choose(page, "cohort_view", page.button_group(key="cohort_view").options[2])
    benefit_is_shown(page, SHIPPED, *ON_ICI)


def test_response_numbers_are_those_of_the_command_line(page: AppTest, tmp_path: Path) -> None:
    # low: 12 of 30 respond, high: 5 of 18
    best = ["CR"] * 4 + ["PR"] * 8 + ["SD"] * 11 + ["PD"] * 7
    best += ["CR"] * 1 + ["PR"] * 4 + ["SD"] * 3 + ["PD"] * 10
    cells = [f"P{i},own,{0.2 if i < 30 else 0.8},ICI,{b}" for i, b in enumerate(best)]
    text = "\n".join(["patient_id,cohort,egfr_dls,treatment,best_response", *cells])
    table = tmp_path / "own.csv"
    table.write_text(text)
    use_table(page, text)
    choose(page, "cohort_view", page.button_group(key="cohort_view").options[2])
    benefit_is_shown(page, table)
    found, _ = command_line("cohort", "benefit", str(table))
    response = found["outcomes"][1]
    assert [g["reached"] for g in response["groups"]] == [12, 5]
    for group in response["groups"]:
        assert shown(page, [str(group["cells"][cell]) for cell in ("CR", "PD", "PR", "SD")])


def test_model_numbers_are_those_of_the_command_line(page: AppTest) -> None:
    found, _ = command_line("cohort", "models", str(SHIPPED), *ON_ICI)
    choose(page, "cohort_view", page.button_group(key="cohort_view").options[3])
    model = found["model"]
    expected = []
    for row in model["rows"]:
        alone, together = row["alone"], row["together"]
        cells = [numbers(row["term"]), ratio(alone), p(alone and alone["p"])]
        cells += [ratio(together), p(together and together["p"]), p(row["ph_p"])]
        expected.append([n for cell in cells for n in cell])
    assert rows(page, 0) == expected
    counts = [str(model[name]) for name in ("n", "n_events", "n_incomplete")]
    assert shown(page, counts)
    assert shown(page, p(model["ph_global_p"]))
    forest = chart(page, "forest-plot")[0]
    together = [row["together"] for row in model["rows"] if row["together"]]
    assert [t["y"] for t in forest["data"]] == [[one["term"]] for one in reversed(together)]
    for trace, one in zip(reversed(forest["data"]), together, strict=True):
        assert drawn(trace["x"]) == [one["hr"]]
        assert errors_of(trace, "x")[0] == pytest.approx((one["low"], one["high"]))
        hr, _, *ends = ratio(one | {"ci": [one["low"], one["high"]]})
        assert numbers(trace["hovertemplate"]) == [hr, *ends]
    assert [s["x0"] for s in forest["layout"]["shapes"]] == [1]


def test_score_performance_is_that_of_the_command_line(page: AppTest) -> None:
    found, _ = command_line("cohort", "performance", str(SHIPPED), *ON_ICI)
    choose(page, "cohort_view", page.button_group(key="cohort_view").options[4])
    expected = []
    for split in found["splits"]:
        matrix, slope = split["matrix"], split["calibration_slope"]
        cells = [[str(split["n"]), str(split["n_positive"])], decimals(split["auc"], 3)]
        cells += [percent(matrix[name]) for name in ("accuracy", "sensitivity", "specificity")]
        cells += [decimals(slope, 2)[:1]]
        expected.append([*numbers(split["name"]), *(n for cell in cells for n in cell)])
    assert rows(page, 0) == expected
    assert len(expected) > 3
    follow_up = found["concordance"]
    values = [[f"{follow_up[name]:.3f}"] for name in ("harrell_c", "uno_c")]
    values += [[f"{one['time']:g}", f"{one['auc']:.3f}"] for one in follow_up["auc_at"]]
    assert rows(page, 1) == values
    assert [str(follow_up["n"])] in lines(page)
    assert shown(page, [f"{found['cutoff']:g}"])


def test_what_the_command_line_says_of_the_splits_is_what_counting_says() -> None:
    """So that page and command line cannot be wrong together."""
    found, _ = command_line("cohort", "performance", str(SHIPPED))
    table = pd.read_csv(SHIPPED)
    for split in found["splits"]:
        column, _, name = split["name"].partition(": ")
        part = table[table[column] == name] if name else table
        part = part.dropna(subset=["egfr_status", "egfr_dls"])
        mutant, high = part["egfr_status"] == "mutant", part["egfr_dls"] >= found["cutoff"]
        matrix = split["matrix"]
        assert matrix["sensitivity"]["estimate"] == pytest.approx(high[mutant].mean())
        assert matrix["specificity"]["estimate"] == pytest.approx((~high[~mutant]).mean())
        assert matrix["accuracy"]["estimate"] == pytest.approx((high == mutant).mean())


def test_a_patients_place_is_that_of_the_record(demo: AppTest) -> None:
    demo.switch_page("pages/past_patients.py").run()
    assert not demo.exception and not demo.error
    record = open_case(demo).record
    place, own = record.place["positions"][0], record.result["egfr"]
    said = beside(demo, "EGFR-DLS higher than in")
    table = pd.read_csv(SHIPPED)
    on_ici = table.loc[(table["treatment"] == "ICI"), "egfr_dls"].dropna()
    assert said == [f"{100 * (on_ici < own['dls']).mean():.0f}", str(len(on_ici))]
    figure = strip_is(demo, table, "egfr_dls", place["cutoff"])
    (patient,) = (t for t in figure["data"] if t["name"] == "this patient")
    assert drawn(patient["x"]) == [own["dls"]]
    assert errors_of(patient, "x")[0] == pytest.approx(own["interval"])
    assert place["group"] == "between"
    dls, low, high = (f"{v:.2f}" for v in (own["dls"], *own["interval"]))
    assert beside(demo, "EGFR-DLS", "indeterminate.") == [dls, "90", low, high]
    for curve in record.place["survival"][0]["curves"]:
        counts = beside(demo, f"EGFR-DLS {curve['group']}: Of")[:2]
        assert counts == [str(curve["n"]), str(curve["events"])]
