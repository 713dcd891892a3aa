"""The numbers of the model page are those of `evaluate` for the same cohort."""

from math import exp
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dss_ui.past_patients.cohort_source import SHIPPED
from tests.app.model_figures import (
    best_thresholds,
    calibration_is,
    contributions_are,
    decision_curves_are,
    nomogram_is,
    roc_is,
    subgroups_are,
    violins_are,
)
from tests.app.shown_numbers import beside, command_line, decimals, numbers, p, rows, share

KINDS = ("nri_category", "nri_free", "idi")


@pytest.fixture
def page(emptied: AppTest) -> AppTest:
    """The page without a case, on the shipped cohort."""
    return emptied.switch_page("pages/model.py").run()


@pytest.fixture(scope="module")
def evidence() -> dict[str, Any]:
    return command_line("evaluate", str(SHIPPED), "--score", "egfr_dls", "--label", "egfr_status")[
        0
    ]


def flat(*parts: list[str]) -> list[str]:
    return [n for part in parts for n in part]


def test_discrimination_numbers_are_those_of_the_command_line(
    page: AppTest, evidence: dict[str, Any]
) -> None:
    independent = [g for g in evidence["groups"] if not g["apparent"] and g["markers"][0]["auc"]]
    for metric, group in zip(page.metric, independent[:4], strict=False):
        first = group["markers"][0]
        estimate, *ends = decimals(first["auc"], 2)
        assert numbers(metric.value) == [estimate]
        assert numbers(metric.delta) == [*ends, str(first["n"]), str(first["n_positive"])]
    group = independent[0]
    assert rows(page, 0) == [
        flat([str(m["n"]), str(m["n_positive"])], decimals(m["auc"], 3)) for m in group["markers"]
    ]
    assert rows(page, 1) == [
        flat(decimals(d["difference"], 3), p(d["p"])) for d in group["differences"]
    ]
    names = ("sensitivity", "specificity", "ppv", "npv", "accuracy")
    firsts = [(g, g["markers"][0]) for g in evidence["groups"]]
    assert rows(page, 2) == [
        flat(
            numbers(g["name"]),
            [str(m["n"]), str(m["n_positive"])],
            decimals(m["auc"], 2),
            *(share(m["calls"][name]) for name in names),
            decimals(m["calls"]["f1"], 2),
        )
        for g, m in firsts
        if m["calls"]
    ]
    roc_is(page, group)
    assert beside(page, "Diamond: prespecified cut-off")[-1] == f"{evidence['cutoff']:g}"
    above = sum(g["markers"][0]["auc"]["low"] > 0.5 for g in independent)
    said = beside(page, "##### EGFR-DLS and EGFR status")
    assert said[:4] == ["0.5", "95", str(above), str(len(independent))]
    judged = max(independent, key=lambda g: g["markers"][0]["n"])
    pairs = {(d["first"], d["second"]): d for d in judged["differences"]}
    assert said[4:] == flat(*(p(pairs["EGFR-DLS", other]["p"]) for other in ("CS", "SUVmax")))


def test_calibration_numbers_are_those_of_the_command_line(
    page: AppTest, evidence: dict[str, Any]
) -> None:
    page.button_group(key="model_view").set_value("Calibration").run()
    group = next(g for g in evidence["groups"] if not g["apparent"] and g["markers"][0]["auc"])
    judged = [m["calibration"] for m in group["markers"] if m["calibration"]]
    assert rows(page, 0) == [
        flat(
            decimals(c["line"] and c["line"]["slope"], 2),
            [f"{c['line']['intercept']:+.2f}"] if c["line"] else [],
            [f"{c['in_the_large']:+.2f}"],
            decimals(c["brier"], 3),
            [f"{c['brier_scaled']:.2f}", f"{c['ece']:.3f}"],
        )
        for c in judged
    ]
    assert judged
    calibration_is(page, group)
    assert f"{100 * judged[0]['ece']:.0f}" in beside(page, "mean difference")


def view(page: AppTest, name: str) -> AppTest:
    page.button_group(key="model_view").set_value(name).run()
    assert not page.exception and not page.error
    return page


def independent(evidence: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(
        g for g in evidence["groups"] if not g["apparent"] and g["markers"][0]["auc"]
    )
    return found


def test_reclassification_numbers_are_those_of_the_command_line(
    page: AppTest, evidence: dict[str, Any]
) -> None:
    judged = independent(evidence)["reclassifications"]
    assert judged
    assert rows(page, 3) == [
        flat(*(flat(decimals(r[k]["value"], 3), p(r[k]["p"])) for k in KINDS)) for r in judged
    ]
    names = page.dataframe[3].value.iloc[:, 0].tolist()
    assert names == [f"{r['new']} / {r['old']}" for r in judged]


def test_decision_curve_numbers_are_those_of_the_command_line(
    page: AppTest, evidence: dict[str, Any]
) -> None:
    view(page, "Decision curve")
    curves = independent(evidence)["decision_curve"]
    table = page.dataframe[0].value
    assert list(table.columns) == [c["name"] for c in curves]
    assert len(table) == 6
    for curve in curves:
        at = dict(zip(curve["threshold"], curve["net_benefit"], strict=True))
        for threshold, value in table[curve["name"]].items():
            assert value == pytest.approx(at[threshold], abs=0.0005 + 1e-9), curve["name"]
    decision_curves_are(page, curves)
    assert beside(page, "has net benefit over") == best_thresholds(curves)


def test_subgroup_numbers_are_those_of_the_command_line(
    page: AppTest, evidence: dict[str, Any]
) -> None:
    view(page, "Subgroups")
    pairs = [(f, g) for f in evidence["fairness"] for g in f["subgroups"]]
    table = page.dataframe[0].value
    assert len(table) == len(pairs) > 4
    for row, (family, group) in zip(table.to_dict("records"), pairs, strict=True):
        assert row["Subgroup"] == group["name"]
        assert numbers(row["n (+)"]) == [str(group["n"]), str(group["n_positive"])]
        assert numbers(row["AUC"]) == decimals(group["auc"], 2)
        assert numbers(row["Sensitivity"]) == share(group["calls"]["sensitivity"])
        assert numbers(row["Specificity"]) == share(group["calls"]["specificity"])
        assert numbers(row["p (difference in AUC)"]) == p(family["heterogeneity_p"])
    subgroups_are(page, evidence["fairness"])


def test_association_numbers_are_those_of_the_command_line(
    page: AppTest, evidence: dict[str, Any]
) -> None:
    view(page, "Associations")
    found = evidence["associations"]
    groups, table = (d.value for d in page.dataframe)
    first = found[0]
    keys = ("median", "lower_quartile", "upper_quartile")
    for row, group in zip(groups.to_dict("records"), first["groups"], strict=True):
        assert (row["Group"], row["n"]) == (group["name"], group["n"])
        assert numbers(row["Median (quartiles)"]) == [f"{group[k]:.2f}" for k in keys]
    assert len(table) == len(found)
    violins_are(page, pd.read_csv(SHIPPED), first, evidence["cutoff"])
    assert beside(page, f"{first['test']}:") == flat(p(first["p"]), decimals(first["effect"], 2))
    for row, one in zip(table.to_dict("records"), found, strict=True):
        assert row["n"] == one["n"]
        assert row["Test"] == (one["test"] or "-")
        assert numbers(row["Effect size"]) == decimals(one["effect"], 2)
        for column, key in (("p", "p"), ("p, Holm", "p_holm"), ("p, FDR", "p_fdr")):
            assert numbers(row[column]) == (p(one[key]) if one["p"] is not None else [])


def test_signature_numbers_are_those_of_the_command_line(
    page: AppTest, evidence: dict[str, Any]
) -> None:
    view(page, "Signatures")
    signature = evidence["signatures"][-1]
    table = page.dataframe[0].value
    missing = {f["variable"]: f for f in signature["filled"]}
    for row, term in zip(table.to_dict("records"), signature["terms"], strict=True):
        assert row["Coefficient"] == pytest.approx(term["coefficient"], abs=0.00005 + 1e-9)
        reach = 1.959964 * term["standard_error"]
        odds = [exp(term["coefficient"] + d) for d in (0.0, -reach, reach)]
        shown = numbers(row["Odds ratio (95% CI)"])
        assert [float(v) for v in shown] == pytest.approx(odds, abs=0.00501)
        assert row["Missing in training data"] == missing[term["variable"]]["n_missing"]
        value = missing[term["variable"]]["value"]
        assert row["Imputed value"] == (value if isinstance(value, str) else f"{value:.4g}")
        codes = [f"{v:g}" for v in (term["codes"] or {}).values()]
        assert numbers(row["Coded"]) == codes
    said = beside(page, "Unpenalised logistic regression")
    intercept = f"{signature['intercept']:.4f}"
    assert said == [str(signature["n"]), str(signature["n_positive"]), intercept]
    terms = signature["terms"]
    for box in page.selectbox:
        if str(box.key).startswith("model_patient_"):
            box.select_index(0)
    for number in page.number_input:
        if str(number.key).startswith("model_patient_") and number.value is None:
            (mean,) = (t["mean"] for t in terms if f"patient_{t['variable']}_" in str(number.key))
            number.set_value(round(mean, 1))
    page.run()
    means = sum(t["coefficient"] * t["mean"] for t in signature["terms"])
    average = 1.0 / (1.0 + exp(-(signature["intercept"] + means)))
    assert beside(page, "relative to the training average")[0] == f"{100 * average:.0f}"
    nomogram_is(page, signature)
    contributions_are(page, signature)
