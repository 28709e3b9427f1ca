"""Kaplan-Meier curve of a group of patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import ndtri

from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import Outcome

ROUNDING = 1e-9  # of a product of shares


@dataclass(frozen=True)
class SurvivalCurve:
    """A Kaplan-Meier estimate as a function of time: 1 before the first event, and unchanged beyond the last.

    Attributes
    ----------
    event_times : (event time,) float64
        Rising and distinct.
    survival : (event time,) float64
        From each of them on.
    """

    event_times: Float[np.ndarray, "event_time"]
    survival: Float[np.ndarray, "event_time"]

    def at(self, times: Float[np.ndarray, "time"]) -> Float[np.ndarray, "time"]:
        """Share of patients who are event-free beyond some times."""
        return np.concatenate([[1.0], self.survival])[np.searchsorted(self.event_times, times, side="right")]


@dataclass(frozen=True)
class Median:
    """The time at which half of a group has left the curve, with 95 % limits; None where the curve does not get there.

    Attributes
    ----------
    time
        The first at which the estimate is at one half or below.
    low, high
        The same of the lower and the upper limit of the curve (Brookmeyer and Crowley 1982), as R's ``survfit`` prints them.
    """

    time: float | None
    low: float | None
    high: float | None


def median_survival(outcome: Outcome) -> Median:
    """Median survival of a group, by :func:`kaplan_meier`."""
    table = kaplan_meier(outcome)
    time = table["time"].to_numpy(np.float64)
    reached = {column: time[(table[column] <= 0.5 + ROUNDING).to_numpy()] for column in ("survival", "lower", "upper")}
    first = {column: float(times[0]) if len(times) else None for column, times in reached.items()}
    return Median(first["survival"], first["lower"], first["upper"])


def median_follow_up(outcome: Outcome) -> Median:
    """Median follow-up by the reverse Kaplan-Meier estimate (Schemper and Smith 1996): how long patients would have been watched
    if nobody had had the event. The median of all times would call a group of early deaths badly followed."""
    return median_survival(Outcome(outcome.time, ~outcome.event))


def survival_curve(outcome: Outcome) -> SurvivalCurve:
    """The estimate of :func:`kaplan_meier` without its limits; a patient may come several times, as in a bootstrap."""
    table = kaplan_meier(outcome)
    steps = table[table["n_event"] > 0]
    return SurvivalCurve(steps["time"].to_numpy(np.float64), steps["survival"].to_numpy(np.float64))


def kaplan_meier(outcome: Outcome, confidence: float = 0.95) -> pd.DataFrame:
    """Estimate survival after every observed time.

    The interval is Greenwood's on the log scale, the default of R's ``survfit``: ``S·exp(±z·√Σ d/(n(n−d)))``, cut at
    1, and NaN once nobody survives.

    Returns
    -------
    table
        One row per distinct time: ``time, n_risk, n_event, n_censor, survival, lower, upper``.

    Raises
    ------
    TrainingSetError
        For a group without patients.
    """
    if len(outcome) == 0:
        raise TrainingSetError("a survival curve needs at least one patient, found an empty group")
    times, position, n_all = np.unique(outcome.time, return_inverse=True, return_counts=True)
    n_event = np.bincount(position, weights=outcome.event, minlength=len(times)).astype(np.int64)
    n_risk = len(outcome) - np.concatenate([[0], np.cumsum(n_all)[:-1]])
    survival = np.cumprod(1 - n_event / n_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = ndtri(0.5 + confidence / 2) * np.sqrt(np.cumsum(n_event / (n_risk * (n_risk - n_event))))
        lower, upper = survival * np.exp(-spread), np.minimum(survival * np.exp(spread), 1.0)
    nobody = survival == 0
    lower[nobody], upper[nobody] = np.nan, np.nan
    return pd.DataFrame(
        {
            "time": times,
            "n_risk": n_risk,
            "n_event": n_event,
            "n_censor": n_all - n_event,
            "survival": survival,
            "lower": lower,
            "upper": upper,
        }
    )
