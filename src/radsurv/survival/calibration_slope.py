"""Whether scores are spread too far: the slope of a Cox regression of the outcome on the score."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from radsurv.survival.outcome import Outcome

NEWTON_STEPS = 100


class CalibrationSlope(NamedTuple):
    """Log hazard ratio per unit of the score and its standard error; NaN with a `reason` where the likelihood has no maximum."""

    slope: float
    error: float = np.nan
    reason: str | None = None


def calibration_slope(outcome: Outcome, score: Float[np.ndarray, "patient"]) -> CalibrationSlope:
    """Cox regression on the score alone, ties by Breslow's method (van Houwelingen, Stat Med 2000;19:3401-3415).

    1 if a difference of 1 between two scores means a log hazard ratio of 1. Below 1 the scores of left-out patients are
    too far apart, as those of an overfitted model are; 0 if they mean nothing; negative if they mean the opposite.
    """
    by_time = np.lexsort((~outcome.event, outcome.time))
    time, event = outcome.time[by_time], outcome.event[by_time]
    spread = float(np.std(score))
    if not event.any():
        return CalibrationSlope(np.nan, reason="no patient had the event")
    if spread == 0:
        return CalibrationSlope(np.nan, reason="all patients have the same score")
    z = (score[by_time] - np.mean(score)) / spread
    # The risk set of an event is everybody from the first patient with this time on.
    first = np.searchsorted(time, time[event])
    own = z[event]
    highest, lowest = (extreme.accumulate(z[::-1])[::-1][first] for extreme in (np.maximum, np.minimum))
    if np.all(highest == lowest):
        return CalibrationSlope(np.nan, reason="at every event, all patients at risk have the same score")
    if np.all(own == highest) or np.all(own == lowest):
        which = "highest" if np.all(own == highest) else "lowest"
        return CalibrationSlope(np.nan, reason=f"every event hits the patient with the {which} score of those at risk")
    slope, information = _newton(z, first, float(own.sum()))
    if not np.isfinite(slope):
        return CalibrationSlope(np.nan, reason="the scores tell events apart so well that the slope runs away")
    # Where the scores decide nearly all, the information can vanish in rounding: a slope without an error.
    return CalibrationSlope(slope / spread, 1 / (np.sqrt(information) * spread) if information > 0 else np.nan)


def _newton(z: Float[np.ndarray, "patient"], first: np.ndarray, own: float) -> tuple[float, float]:
    """Slope that maximises the partial likelihood, and the information there; NaN where it leaves the range of numbers."""
    slope = 0.0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(NEWTON_STEPS):
            relative_risk = np.exp(slope * z)
            total, weighted, squared = (
                np.cumsum((relative_risk * power)[::-1])[::-1][first] for power in (np.ones(len(z)), z, z * z)
            )
            mean = weighted / total
            information = float((squared / total - mean**2).sum())
            # The likelihood is concave; the bound keeps a first step from jumping far beyond a flat maximum.
            step = float(np.clip((own - mean.sum()) / information, -1.0, 1.0))
            slope += step
            if not np.isfinite(step) or abs(step) < 1e-10:
                return slope, information
    return np.nan, np.nan
