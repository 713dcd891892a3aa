"""The numbers of the model page are those of `evaluate` for the same cohort."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dss_ui.past_patients.cohort_source import SHIPPED
from tests.app.shown_numbers import command_line, decimals, numbers, p, rows, share


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """The page without a case, on the shipped cohort."""
    app.session_state["dss.emptied"] = True
    app.run()
    return app.switch_page("pages/model.py").run()


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
