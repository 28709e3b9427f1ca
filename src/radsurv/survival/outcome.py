"""Follow-up: how long, and whether it ended with the event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.errors import TrainingSetError
from radsurv.options.cohort_table import EVENT_CAUSE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Outcome:
    """Time to event or censoring of some patients.

    Attributes
    ----------
    time : (patient,) float64
        Positive and finite, in the unit of the cohort table.
    event : (patient,) bool
        True where the event was seen, False where follow-up ended before it.
    """

    time: Float[np.ndarray, "patient"]
    event: Bool[np.ndarray, "patient"]

    def __len__(self) -> int:
        return len(self.time)

    def take(self, patients: Int[np.ndarray, "chosen"]) -> Outcome:
        """The outcome of the patients at these positions (a position may come twice)."""
        return Outcome(self.time[patients], self.event[patients])

    def untied(self, horizons: Float[np.ndarray, "horizon"]) -> tuple[Outcome, Float[np.ndarray, "horizon"]]:
        """The same order on whole numbers, where nobody is censored at the time of an event but after it, and horizons come
        after both (rising ones stay so).

        An event at time t is weighted by the probability of not being censored *before* t (Graf et al. 1999, Uno et al. 2011).
        scikit-survival takes the estimate at t, which is another one where follow-up is in months and somebody is censored in the
        same one; where all times differ, both are the same.
        """
        times = np.unique(self.time)
        moment = 3.0 * np.searchsorted(times, self.time) + np.where(self.event, 1, 2)
        # Distinct, also where no time lies between two of them.
        apart = np.arange(len(horizons)) / (len(horizons) + 1)
        return Outcome(moment, self.event), 3.0 * np.searchsorted(times, horizons, side="right") + apart

    def structured(self) -> np.ndarray:
        """The outcome by scikit-survival's convention: a structured array with fields ``event`` and ``time``."""
        # Imported here because it takes longer than everything else in this module together.
        from sksurv.util import Surv

        return Surv.from_arrays(self.event, self.time)


def check_outcome(time: Any, event: Any) -> Outcome:
    """Take times and events from outside and make sure that they are an outcome.

    Parameters
    ----------
    time : (patient,) array-like
        Positive and finite.
    event : (patient,) array-like
        True/False or 1/0.

    Raises
    ------
    TrainingSetError
        Naming the first row (from 0) that is not an outcome, or when the lengths differ.
    """
    try:
        times = np.asarray(time, dtype=np.float64)
        events = np.asarray(event, dtype=np.float64)
    except (TypeError, ValueError):
        raise TrainingSetError("times and events must be numbers: found text or missing values") from None
    if times.ndim != 1 or times.shape != events.shape:
        raise TrainingSetError(f"times {times.shape} and events {events.shape} must be two columns of equal length")
    wrong = np.flatnonzero(~(np.isfinite(times) & (times > 0)))
    if len(wrong):
        raise TrainingSetError(f"time of row {wrong[0]} is {times[wrong[0]]}: it must be positive and finite")
    wrong = np.flatnonzero((events != 0) & (events != 1))
    if len(wrong):
        raise TrainingSetError(f"event of row {wrong[0]} is {events[wrong[0]]}: it must be 0 (censored) or 1")
    return Outcome(times, events == 1)


def of_any_cause(rows: pd.DataFrame) -> Outcome:
    """The same follow-up where every cause is the event: its reverse Kaplan-Meier estimate says how long patients would have been
    watched. Whoever died of another cause was not lost to follow-up.

    Parameters
    ----------
    rows : columns time, event, and event_cause where there are several causes
    """
    happened = rows[EVENT_CAUSE] if EVENT_CAUSE in rows else rows["event"]
    return Outcome(rows["time"].to_numpy(np.float64), happened.to_numpy(np.float64) > 0)
