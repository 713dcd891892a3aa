"""Net benefit of the simulated cases by the package dcurves; writes decision_curves.json here.

Run once in an environment with `pip install dcurves`, after make_cases.py.
"""

import json
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from dcurves import dca

HERE = Path(__file__).parent
THRESHOLDS = [0.05, 0.1, 0.2, 0.3, 0.405, 0.5, 0.605, 0.7, 0.8]
cases = pd.read_csv(HERE / "cases.csv")
found = dca(data=cases, outcome="positive", modelnames=["one", "two"], thresholds=THRESHOLDS)
lines = {
    str(name): [float(v) for v in rows.sort_values("threshold")["net_benefit"]]
    for name, rows in found.groupby("model")
}
text = json.dumps(
    {"dcurves": version("dcurves"), "threshold": THRESHOLDS, "lines": lines}, indent=1
)
(HERE / "decision_curves.json").write_text(text + "\n")
