"""Kaplan-Meier curve of a group of patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import ndtri

from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import Outcome


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
