"""Survival statistics from 1e3 to 1e6 patients, side by side with lifelines and scikit-survival.

python -m benchmarks.survival [--largest 1000000]
Needs benchmarks/requirements.txt for scikit-survival; without it its column stays empty.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import concordance_index

from benchmarks._sizes import arguments, size
from dss_core.cohort.selection import parse
from dss_core.statistics.concordance import harrell_c
from dss_core.statistics.contrasts import logrank
from dss_core.statistics.cox import two_group_cox
from dss_core.statistics.follow_up import Sample
from dss_core.statistics.kaplan_meier import kaplan_meier
from dss_core.survival.comparison import compare
from dss_core.survival.endpoint import PFS
from dss_core.survival.grouping import group_by

try:
    from sksurv.compare import compare_survival
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.metrics import concordance_index_censored
    from sksurv.nonparametric import kaplan_meier_estimator
    from sksurv.util import Surv
except ImportError:
    Surv = None

LIMIT_S = 60.0


def main() -> None:
    """Print one table; a method that took longer than a minute is not tried on more patients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=size(1_000_000, 1_000))
    largest = parser.parse_args(arguments()).largest
    tired: set[tuple[str, str]] = set()
    print(f"{'patients':>9} {'task':<22} {'ours':>9} {'lifelines':>10} {'sksurv':>9}   seconds")
    for n in (10**k for k in range(3, 7)):
        if n > largest:
            break
        for task, runs in _tasks(n).items():
            cells = []
            for peer, run in runs.items():
                if run is None or (task, peer) in tired:
                    cells.append("-")
                    continue
                seconds = _time(run)
                cells.append(f"{seconds:.4f}")
                if seconds > LIMIT_S / 10:
                    tired.add((task, peer))
            print(f"{n:>9} {task:<22} {cells[0]:>9} {cells[1]:>10} {cells[2]:>9}", flush=True)


def _time(run: Callable[[], object]) -> float:
    """Best of up to three runs."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
        if best > 2:
            break
    return best


def _tasks(n: int) -> dict[str, dict[str, Callable[[], object] | None]]:
    rng = np.random.default_rng(n)
    group = rng.integers(0, 2, n)
    # whole days, as in real follow-up, so that there are ties
    days = np.ceil(30 * rng.exponential(12 / (1 + group)))
    end = np.ceil(rng.uniform(30, 1800, n))
    months, event = np.minimum(days, end) / 30, days <= end
    score = group + rng.normal(size=n)
    sample = Sample(months, event)
    frame = pd.DataFrame({"t": months, "e": event.astype(int), "g": group})
    table = pd.DataFrame(
        {"pfs_months": months, "pfs_event": event.astype(int), "egfr_dls": group * 0.5 + 0.2}
    )
    where = parse("egfr_dls>=0.5")
    outcome = Surv.from_arrays(event, months) if Surv else None
    small = n <= 10_000  # these peers compare all pairs
    return {
        "Kaplan-Meier, CI": {
            "ours": lambda: kaplan_meier(sample),
            "lifelines": lambda: KaplanMeierFitter().fit(months, event),
            "sksurv": (
                (lambda: kaplan_meier_estimator(event, months, conf_type="log-log"))
                if Surv
                else None
            ),
        },
        "log-rank": {
            "ours": lambda: logrank(sample, group),
            "lifelines": lambda: multivariate_logrank_test(months, group, event),
            "sksurv": (lambda: compare_survival(outcome, group)) if Surv else None,
        },
        "Cox, Efron": {
            "ours": lambda: two_group_cox(sample, group > 0),
            "lifelines": lambda: CoxPHFitter().fit(frame, "t", "e"),
            "sksurv": (
                (lambda: CoxPHSurvivalAnalysis(ties="efron").fit(group[:, None], outcome))
                if Surv
                else None
            ),
        },
        "Harrell C": {
            "ours": lambda: harrell_c(sample, score),
            "lifelines": (lambda: concordance_index(months, -score, event)) if small else None,
            "sksurv": (
                (lambda: concordance_index_censored(event, months, score))
                if Surv and small
                else None
            ),
        },
        "whole answer": {
            "ours": lambda: compare(table, PFS, group_by(table, where)).to_json(),
            "lifelines": None,
            "sksurv": None,
        },
    }


if __name__ == "__main__":
    main()
