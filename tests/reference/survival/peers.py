"""Time-dependent AUC from scikit-survival, stored so that tests need not install it.

python tests/reference/survival/peers.py  (needs scikit-survival, see benchmarks/requirements.txt)
"""

import json
from pathlib import Path

import pandas as pd
import sksurv
from sksurv.metrics import cumulative_dynamic_auc
from sksurv.util import Surv

HERE = Path(__file__).parent
CASES = {"lung": ("age", 1, [90, 180, 365, 730]), "veteran": ("karno", -1, [30, 90, 180, 365])}

result: dict[str, object] = {"scikit-survival": sksurv.__version__}
for name, (column, sign, times) in CASES.items():
    table = pd.read_csv(HERE / f"{name}.csv")
    outcome = Surv.from_arrays(table["status"].astype(bool), table["time"])
    auc, _ = cumulative_dynamic_auc(outcome, outcome, sign * table[column], times)
    result[name] = {"times": times, "auc": list(auc)}
(HERE / "peers.json").write_text(json.dumps(result, indent=2) + "\n")
