"""Simulated cases for the peers: label, two correlated probabilities with ties, a cluster.

    python make_cases.py OUTDIR [COHORT.csv CS.json CMS.json]

With a cohort and signatures it also writes `markers.csv`, the markers of every labelled patient
of the release; that file is read by the R script and then thrown away.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd


def cases() -> pd.DataFrame:
    random = np.random.default_rng(7)
    positive = random.random(160) < 0.4
    common = random.normal(size=160)
    one = 1 / (1 + np.exp(-(1.3 * positive - 0.8 + 0.8 * common)))
    two = 1 / (1 + np.exp(-(0.7 * positive - 0.6 + 0.6 * common + 0.5 * random.normal(size=160))))
    return pd.DataFrame(
        {"positive": positive.astype(int), "one": one.round(2), "two": two.round(2)}
    )


if __name__ == "__main__":
    out = Path(sys.argv[1])
    cases().to_csv(out / "cases.csv", index=False)
    if len(sys.argv) > 2:
        from dss_core.cohort.cohort_table import load
        from dss_core.evaluation.evaluate import part_of
        from dss_core.evaluation.signature_use import apply
        from dss_core.evaluation.signatures import read_signature

        table = load(Path(sys.argv[2])).table
        table = table[table["egfr_status"].notna()].reset_index(drop=True)
        markers = pd.DataFrame({"part": part_of(table), "dls": table["egfr_dls"]})
        markers["positive"] = (table["egfr_status"] == "mutant").astype(int)
        for name, path in zip(("cs", "cms"), sys.argv[3:5], strict=True):
            markers[name] = apply(read_signature(Path(path).read_text()), table)
        markers["suvmax"] = -table["suvmax"]
        markers.to_csv(out / "markers.csv", index=False)
