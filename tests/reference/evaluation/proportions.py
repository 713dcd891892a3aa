"""Wilson intervals and corrected p-values by the package statsmodels; writes proportions.json here.

Run once in an environment with `pip install statsmodels`.
"""

import json
from importlib.metadata import version
from pathlib import Path

from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

COUNTS = [[0, 1], [0, 29], [1, 2], [3, 5], [20, 29], [68, 75], [85, 112], [113, 113], [4999, 10000]]
P = [0.0004, 0.012, 0.012, 0.03, 0.041, 0.2, 0.5, 0.91]
text = json.dumps(
    {
        "statsmodels": version("statsmodels"),
        "counts": COUNTS,
        "wilson": [list(map(float, proportion_confint(*c, method="wilson"))) for c in COUNTS],
        "p": P,
        "holm": multipletests(P, method="holm")[1].tolist(),
        "fdr": multipletests(P, method="fdr_bh")[1].tolist(),
    },
    indent=1,
)
Path(__file__).with_name("proportions.json").write_text(text + "\n")
