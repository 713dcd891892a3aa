"""Redraw of the cohort page after a changed filter: server work, and click to new curve.

python -m benchmarks.cohort_page [--patients 837] [--clicks 40] [--address ADDRESS]
Needs Chromium. Starts its own server where no address is given. Another number of
patients is drawn by the generator of the synthetic cohort and uploaded as a user would.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import Page
from streamlit.testing.v1 import AppTest

from benchmarks._browser import chromium, dashboard
from benchmarks._sizes import arguments, size
from dss_core.case.demo_patients import FIRST, demo_case_id
from dss_core.cohort.cohort_table import Cohort, as_text
from dss_core.cohort.synthetic import generate
from dss_core.cohort.synthetic_parameters import read_parameters
from tests.browser.conftest import OF_DEMO

ROOT = Path(__file__).resolve().parents[1]
PLOT = ".st-key-km .js-plotly-plot"


def main() -> None:
    """Print median and 95th percentile in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=837)
    parser.add_argument("--clicks", type=int, default=size(40, 2))
    parser.add_argument("--address", help="of a running dashboard")
    found = parser.parse_args(arguments())
    with tempfile.TemporaryDirectory() as folder:
        table = None
        if found.patients != 837:
            table = Path(folder) / "cohort.csv"
            table.write_text(as_text(_drawn(found.patients)))
        _server(found.clicks, table)
        _browser(found.clicks, table, [found.address] if found.address else [])


def _drawn(patients: int) -> Cohort:
    """About as many synthetic patients, their parts in the shipped proportions."""
    parameters = read_parameters(ROOT / "weights/demo/cohort_parameters.json")
    share = patients / sum(part.n for part in parameters.parts)
    parts = tuple(replace(part, n=round(part.n * share)) for part in parameters.parts)
    return generate(replace(parameters, parts=parts))


def _server(clicks: int, table: Path | None) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["case"] = str(demo_case_id(FIRST))
    app.run()
    page = app.switch_page("pages/past_patients.py").run()
    if table is not None:
        page.button_group(key="cohort_source").set_value("My own table").run()
        page.file_uploader[0].set_value((table.name, table.read_bytes(), "text/csv")).run()
        next(b for b in page.button if b.label == "Use this table").click().run()
    times = []
    for i in range(clicks):
        start = time.perf_counter()
        page.button_group(key="filter_treatment").set_value(["EGFR-TKI", "ICI"][i % 2]).run()
        times.append(time.perf_counter() - start)
    _print("server, whole page", times)


def _browser(clicks: int, table: Path | None, given: list[str]) -> None:
    with dashboard(given) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(f"{address}/past_patients{OF_DEMO}")
        page.wait_for_selector(f"{PLOT} .main-svg", timeout=300_000)
        time.sleep(size(2.0, 0.2))
        if table is not None:
            _upload(page, table)
        _print("click to new curve", [_click(page, i) for i in range(clicks)])


def _upload(page: Page, table: Path) -> None:
    page.get_by_text("Synthetic demo cohort", exact=False).first.click()
    page.get_by_role("radio", name="My own table").or_(
        page.get_by_role("button", name="My own table")
    ).first.click()
    start = time.perf_counter()
    page.locator("input[type=file]").first.set_input_files(table)
    page.get_by_role("button", name="Use this table").click(timeout=60_000)
    page.get_by_text("patients, scores of weights").first.wait_for()
    page.wait_for_function(
        "(plot) => document.querySelector(plot)?.textContent.includes('0000')", arg=PLOT
    )
    print(f"upload to first curve  {time.perf_counter() - start:.1f} s")


def _click(page: Page, i: int) -> float:
    """Seconds from the click to a figure with other text, measured inside the browser."""
    time.sleep(size(0.8, 0.2))
    return float(
        page.evaluate(
            """async ([plot, name]) => {
              const text = () => document.querySelector(plot)?.textContent;
              const before = text();
              const button = [...document.querySelectorAll('.st-key-filter_treatment button')]
                .find((b) => b.textContent.trim() === name);
              const start = performance.now();
              button.click();
              while (text() === before || !text()) {
                if (performance.now() - start > 10000) return 10;
                await new Promise((r) => setTimeout(r, 4));
              }
              return (performance.now() - start) / 1000;
            }""",
            [PLOT, ["EGFR-TKI", "ICI"][i % 2]],
        )
    )


def _print(what: str, times: list[float]) -> None:
    median, high = (1000 * float(np.percentile(times, q)) for q in (50, 95))
    print(f"{what:<22} median {median:6.0f} ms   p95 {high:6.0f} ms   ({len(times)} redraws)")


if __name__ == "__main__":
    main()
