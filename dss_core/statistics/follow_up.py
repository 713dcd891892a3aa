"""Times to an event with right censoring and, where given, delayed entry.

The statistics do not care for the unit of time, so names here carry none; cohort tables are in
months and every function that takes a table says so.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.errors import CohortError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Sample:
    """Follow-up of n patients.

    Attributes
    ----------
    time : float64 array (n,)
        Time of the event or of censoring, from time zero.
    event : bool array (n,)
        True where the event was observed.
    entry : float64 array (n,)
        A patient is at risk in (entry, time]; minus infinity without delayed entry.

    Raises
    ------
    CohortError
        If lengths differ, a time is negative or not finite, or entry is not before time.
    """

    time: Floats
    event: Bools
    entry: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        time = np.asarray(self.time, dtype=np.float64)
        event = np.asarray(self.event, dtype=np.bool_)
        entry = np.asarray(self.entry, dtype=np.float64)
        if entry.size == 0:
            entry = np.full(time.shape, -np.inf)
        if not time.shape == event.shape == entry.shape or time.ndim != 1:
            raise CohortError(
                f"Times, events and entries must be equally many, found {time.size}, "
                f"{event.size} and {entry.size}. Give one of each for every patient."
            )
        if not np.isfinite(time).all() or (time < 0).any():
            raise CohortError(
                "Follow-up times must be finite and not negative. Correct them or leave them out."
            )
        late = int((entry >= time).sum())
        if late:
            raise CohortError(
                f"Delayed entry must lie before the end of follow-up, but does not in {late} "
                "patients. Correct or leave out those patients."
            )
        object.__setattr__(self, "time", time)
        object.__setattr__(self, "event", event)
        object.__setattr__(self, "entry", entry)

    def __len__(self) -> int:
        return self.time.size

    @property
    def n_events(self) -> int:
        """Number of events observed."""
        return int(self.event.sum())

    @property
    def delayed(self) -> bool:
        """True when someone enters after time zero."""
        return bool((self.entry > 0).any())

    def take(self, rows: Bools) -> "Sample":
        """The patients where `rows` is True."""
        return Sample(self.time[rows], self.event[rows], self.entry[rows])

    def landmark(self, at: float) -> tuple["Sample", Bools]:
        """Patients still followed at a landmark, at risk only from there on, and who they are.

        Conditioning on being event-free at the landmark removes immortal-time bias from groups
        that are formed by what happened before it (Anderson et al., J Clin Oncol 1983;1:710).
        """
        rows = self.time > at
        kept = self.take(rows)
        return Sample(kept.time, kept.event, np.maximum(kept.entry, at)), rows


@dataclass(frozen=True)
class RiskTable:
    """Counts at each distinct follow-up time (k,), ascending; the base of everything else.

    Attributes
    ----------
    at_risk : int64 array (k,)
        Patients with entry < time <= their own time.
    events, censored : int64 array (k,)
    """

    time: Floats
    at_risk: Ints
    events: Ints
    censored: Ints


def risk_table(sample: Sample) -> RiskTable:
    """Count who is at risk, has the event or leaves at each distinct time."""
    time, index = np.unique(sample.time, return_inverse=True)
    leaving = np.bincount(index, minlength=time.size)
    events = np.bincount(index[sample.event], minlength=time.size)
    at_risk = len(sample) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    if sample.delayed:
        entered = np.searchsorted(np.sort(sample.entry), time, side="left")
        at_risk = at_risk - (len(sample) - entered)
    return RiskTable(time, at_risk[: time.size], events, leaving - events)
