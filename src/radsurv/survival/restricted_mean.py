"""Restricted mean survival time: how long patients of a group live without the event, on average, up to some time.

The area under the Kaplan-Meier curve. Unlike the hazard ratio it supposes nothing of the shape of the curves, and it has a unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool
from scipy.special import ndtri

from radsurv.survival.kaplan_meier import kaplan_meier
from radsurv.survival.outcome import Outcome


@dataclass(frozen=True)
class RestrictedMean:
    """Of one group, in the unit of the outcome, with its standard error (R's ``survfit``, ``rmean``)."""

    mean: float
    standard_error: float


@dataclass(frozen=True)
class RestrictedMeans:
    """Of two groups. NaN with a `reason` where they cannot be compared.

    Attributes
    ----------
    until
        The time up to which survival is counted: the longest follow-up of the group that is followed less long.
    first, second
        Mean survival until then.
    difference, low, high
        Second minus first, with 95 % limits by the normal approximation (Royston and Parmar 2013, BMC Med Res Methodol 13:152).
    """

    until: float
    first: float
    second: float
    difference: float
    low: float
    high: float
    reason: str | None = None


def restricted_mean(outcome: Outcome, until: float) -> RestrictedMean:
    """Mean survival up to a time.

    Parameters
    ----------
    outcome
        Of one group, of at least one patient.
    until
        In the unit of the outcome, at most the longest follow-up: beyond it the curve is not known.
    """
    table = kaplan_meier(outcome)
    table = table[table["time"] <= until]
    time, survival = table["time"].to_numpy(np.float64), table["survival"].to_numpy(np.float64)
    areas = np.diff(np.r_[time, until]) * survival  # from each time to the next
    after = np.cumsum(areas[::-1])[::-1]
    n, events = table["n_risk"].to_numpy(np.float64), table["n_event"].to_numpy(np.float64)
    staying = n - events
    # Where nobody stays, the area after it is 0.
    hazard = np.divide(events, n * staying, out=np.zeros(len(n)), where=staying > 0)
    first = min(float(outcome.time.min()), until)
    return RestrictedMean(first + float(areas.sum()), float(np.sqrt(hazard @ after**2)))


def restricted_means(outcome: Outcome, first: Bool[np.ndarray, "patient"], confidence: float = 0.95) -> RestrictedMeans:
    """Compare the patients marked `first` with the others."""
    if first.all() or not first.any():
        return RestrictedMeans(
            np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, f"all {len(first)} patients are in one group"
        )
    groups = [outcome.take(np.flatnonzero(members)) for members in (first, ~first)]
    until = min(float(group.time.max()) for group in groups)
    one, other = (restricted_mean(group, until) for group in groups)
    margin = float(ndtri(0.5 + confidence / 2) * np.hypot(one.standard_error, other.standard_error))
    difference = other.mean - one.mean
    return RestrictedMeans(until, one.mean, other.mean, difference, difference - margin, difference + margin)
