"""Reader agreement: ICC(2,1) and Bland-Altman over cases that every reader outlined.

References
----------
Shrout and Fleiss, Psychol Bull 86:420 (1979): ICC(2,1), two-way random, single reader, absolute
agreement. McGraw and Wong, Psychol Methods 1:30 (1996), table 7: its confidence interval.
Bland and Altman, Stat Methods Med Res 8:135 (1999): bias, limits of agreement, their intervals.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from dss_core.errors import CohortError
from dss_core.evaluation.jsonable import jsonable
from dss_core.statistics.interval import SMALLEST_ERROR, Interval

Ratings = NDArray[np.float64]
CASE, READER = "case", "reader"
SCORES = ("egfr_dls", "pdl1_dls")


@dataclass(frozen=True)
class BlandAltman:
    """Differences first minus second of two readers, each number with its 95 % interval."""

    first: str
    second: str
    bias: Interval
    lower_limit: Interval
    upper_limit: Interval


@dataclass(frozen=True)
class Agreement:
    """One score over all cases and readers.

    Attributes
    ----------
    score : str
        Column of the table.
    ratings : float64 array (cases, readers)
    icc : Interval
        ICC(2,1) with its 95 % interval.
    pairs : tuple of BlandAltman
        Every pair of readers.
    """

    score: str
    cases: tuple[str, ...]
    readers: tuple[str, ...]
    ratings: Ratings
    icc: Interval
    pairs: tuple[BlandAltman, ...]


def agreement(table: pd.DataFrame) -> tuple[Agreement, ...]:
    """Agreement for each score column of a table of readings.

    Parameters
    ----------
    table : DataFrame
        One row per case and reader: `case`, `reader`, and `egfr_dls`, `pdl1_dls` or both
        (probabilities; text or numbers).

    Raises
    ------
    CohortError
        A column is missing, a reading is missing, repeated or not a probability (every bad one is
        named), there are fewer than three cases or two readers, or the scores are all the same.
    """
    scores = [name for name in SCORES if name in table]
    absent = [name for name in (CASE, READER) if name not in table]
    if absent or not scores:
        raise CohortError(
            f"A table of readings needs the columns {CASE}, {READER} and {' or '.join(SCORES)}; "
            f"found {', '.join(map(str, table.columns))}. Add what is missing."
        )
    return tuple(_of_score(table, name) for name in scores)


def _of_score(table: pd.DataFrame, score: str) -> Agreement:
    values = pd.to_numeric(table[score], errors="coerce").astype(float)
    faults = [
        f"row {row + 2}: {score} is {table[score][row]!r}"
        for row in table.index[~values.between(0.0, 1.0)]
    ]
    faults += [
        f"row {row + 2}: {name} is empty"
        for name in (CASE, READER)
        for row in table.index[table[name].isna()]
    ]
    names = table[[CASE, READER]].astype(str)
    twice = names[names.duplicated()].itertuples(index=False)
    faults += [f"case {case!r} has two rows of reader {reader!r}" for case, reader in twice]
    cases = tuple(dict.fromkeys(names[CASE]))
    readers = tuple(dict.fromkeys(names[READER]))
    there = set(names.itertuples(index=False, name=None))
    faults += [
        f"case {case!r} has no row of reader {reader!r}"
        for case in cases
        for reader in readers
        if (case, reader) not in there
    ]
    if faults:
        raise CohortError(
            "Every reader must have read every case once, with a score from 0 to 1: "
            f"{'; '.join(faults)}. Correct the table."
        )
    if len(cases) < 3 or len(readers) < 2:
        raise CohortError(
            f"Agreement needs at least 3 cases and 2 readers, found {len(cases)} and "
            f"{len(readers)}. Add readings."
        )
    place = {name: k for k, name in enumerate(cases)}, {name: k for k, name in enumerate(readers)}
    ratings = np.empty((len(cases), len(readers)))
    for (case, reader), value in zip(names.itertuples(index=False), values, strict=True):
        ratings[place[0][case], place[1][reader]] = value
    pairs = tuple(
        bland_altman(ratings[:, a], ratings[:, b], readers[a], readers[b])
        for a, b in combinations(range(len(readers)), 2)
    )
    return Agreement(score, cases, readers, ratings, icc21(ratings), pairs)


def icc21(ratings: Ratings) -> Interval:
    """ICC(2,1) of ratings (cases, readers) with its 95 % interval.

    Raises
    ------
    CohortError
        If all ratings are the same: there is nothing to agree on.
    """
    n, k = ratings.shape
    mean = ratings.mean()
    rows, columns = ratings.mean(axis=1), ratings.mean(axis=0)
    ms_rows = k * ((rows - mean) ** 2).sum() / (n - 1)
    ms_columns = n * ((columns - mean) ** 2).sum() / (k - 1)
    rest = ratings - rows[:, None] - columns[None] + mean
    ms_error = (rest**2).sum() / ((n - 1) * (k - 1))
    if ms_rows + ms_columns + ms_error < 1e-20:
        raise CohortError(
            "All scores are the same, so agreement cannot be measured. Give cases that differ."
        )
    icc = (ms_rows - ms_error) / (ms_rows + (k - 1) * ms_error + k * (ms_columns - ms_error) / n)
    if icc >= 1.0 - 1e-12:
        return Interval(1.0, None, None, "The readers agree completely: there is no interval.")
    a = k * icc / (n * (1.0 - icc))
    b = 1.0 + a * (n - 1)
    spread = (a * ms_columns) ** 2 / (k - 1) + (b * ms_error) ** 2 / ((n - 1) * (k - 1))
    degrees = (a * ms_columns + b * ms_error) ** 2 / spread
    f_low = f_distribution.ppf(0.975, n - 1, degrees)
    f_high = f_distribution.ppf(0.975, degrees, n - 1)
    others = k * ms_columns + (k * n - k - n) * ms_error
    low = n * (ms_rows - f_low * ms_error) / (f_low * others + n * ms_rows)
    high = n * (f_high * ms_rows - ms_error) / (others + n * f_high * ms_rows)
    return Interval(float(icc), float(low), float(high))


def bland_altman(a: Ratings, b: Ratings, first: str, second: str) -> BlandAltman:
    """Bias and 95 % limits of agreement of a minus b (both (n,), n >= 2)."""
    difference = a - b
    n, mean, sd = difference.size, float(difference.mean()), float(difference.std(ddof=1))
    t = float(t_distribution.ppf(0.975, n - 1))
    of_bias = t * sd / np.sqrt(n)
    of_limit = t * sd * np.sqrt(1.0 / n + 1.96**2 / (2.0 * (n - 1)))

    def around(value: float, half: float) -> Interval:
        if half < SMALLEST_ERROR:
            return Interval(value, None, None, "All differences are alike: there is no interval.")
        return Interval(value, float(value - half), float(value + half))

    return BlandAltman(
        first,
        second,
        bias=around(mean, of_bias),
        lower_limit=around(mean - 1.96 * sd, of_limit),
        upper_limit=around(mean + 1.96 * sd, of_limit),
    )


def agreement_record(found: Agreement) -> dict[str, Any]:
    """Agreement as JSON values, the same on page and command line."""
    return {
        "icc_2_1": jsonable(found.icc),
        "n_cases": len(found.cases),
        "readers": list(found.readers),
        "bland_altman": [jsonable(p) for p in found.pairs],
        "readings": [
            {"case": case, **dict(zip(found.readers, row, strict=True))}
            for case, row in zip(found.cases, found.ratings.tolist(), strict=True)
        ],
    }
