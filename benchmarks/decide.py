"""Seconds of one what-if: the engine alone, and a whole rerun of the decision page.

Usage: python -m benchmarks.decide. The page is driven in memory (no browser), warm; each counted
run changes one biomarker or the performance status, so that both routes are walked again.
"""

import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from streamlit.testing.v1 import AppTest

from benchmarks._sizes import size
from dss_core.decision.decide import decide
from dss_core.decision.patient_file import patient_from_json
from dss_core.decision.rule_set import guideline_rules

RUNS = size(40, 2)
RECORD = {
    "stage_scope": "stage_IV",
    "prior_systemic_for_advanced": False,
    "histology": "adenocarcinoma",
    "ecog_ps": 1,
    "smoking": "smoker",
    "pdl1_status": "resulted",
    "pdl1_tps": 75,
    "egfr_dls": 0.7,
    "pdl1_dls": 0.3,
}


def _times(run: Callable[[int], object]) -> str:
    run(0)
    taken = []
    for number in range(RUNS):
        start = perf_counter()
        run(number)
        taken.append(1000 * (perf_counter() - start))
    return f"median {statistics.median(taken):6.1f} ms, slowest {max(taken):6.1f} ms"


def main() -> None:
    """Print both times; the page must stay under 300 ms."""
    rules = guideline_rules()
    statuses = ("pending", "positive", "negative")

    def engine(number: int) -> None:
        genes = {"egfr": statuses[number % 3]}
        decide(patient_from_json(RECORD | {"biomarkers": genes}, rules), rules=rules)

    app = AppTest.from_file(str(Path(__file__).parents[1] / "app.py"), default_timeout=120).run()
    app.session_state["decision_patient"] = RECORD
    app.switch_page("pages/decision.py").run()

    def page(number: int) -> None:
        if number % 2:
            app.selectbox(key="decision_in_gene_egfr").set_value(statuses[number % 3])
        else:
            app.selectbox(key="decision_in_ecog_ps").set_value(number % 5)
        app.run()

    print(f"engine (read, both walks, comparison, what is missing): {_times(engine)}")
    print(f"page rerun (form, both drawings):                       {_times(page)}")


if __name__ == "__main__":
    main()
