"""Two groups of patients compared: log-rank test and hazard ratio, both from one table of who was at risk.

Own closed forms, because a permutation test needs them thousands of times; the tests hold them to R's ``survdiff`` and
``coxph`` and to lifelines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import chdtrc, ndtri

from radsurv.survival.outcome import Outcome

NEWTON_STEPS = 100


@dataclass(frozen=True)
class LogRank:
    """Two-sided log-rank test. NaN with a `reason` where it cannot be computed.

    Attributes
    ----------
    chi2, p : float
        Statistic, one degree of freedom, and its P value.
    observed, expected : float
        Events in the first group, and those expected if the groups did not differ.
    """

    chi2: float
    p: float
    observed: float
    expected: float
    reason: str | None = None


@dataclass(frozen=True)
class HazardRatio:
    """Hazard of the first group over that of the second, with Wald limits; NaN with a `reason` if there is none."""

    ratio: float
    low: float
    high: float
    reason: str | None = None


@dataclass(frozen=True)
class _AtRisk:
    """Patients at risk and events at each event time, in both groups together and in the first."""

    n: Float[np.ndarray, "event_time"]
    n_first: Float[np.ndarray, "event_time"]
    deaths: Float[np.ndarray, "event_time"]
    deaths_first: Float[np.ndarray, "event_time"]


def _at_risk(outcome: Outcome, first: Bool[np.ndarray, "patient"]) -> _AtRisk:
    times = np.unique(outcome.time[outcome.event])

    def still_there(members: Bool[np.ndarray, "patient"]) -> Float[np.ndarray, "event_time"]:
        follow_up = np.sort(outcome.time[members])
        return (len(follow_up) - np.searchsorted(follow_up, times, side="left")).astype(np.float64)

    def died(members: Bool[np.ndarray, "patient"]) -> Float[np.ndarray, "event_time"]:
        when = np.searchsorted(times, outcome.time[members & outcome.event])
        return np.bincount(when, minlength=len(times)).astype(np.float64)

    everybody = np.ones(len(outcome), dtype=np.bool_)
    return _AtRisk(still_there(everybody), still_there(first), died(everybody), died(first))


def _cannot_compare(outcome: Outcome, first: Bool[np.ndarray, "patient"]) -> str | None:
    if first.all() or not first.any():
        return f"all {len(first)} patients are in one group"
    return None if outcome.event.any() else "no patient had the event"


def log_rank(outcome: Outcome, first: Bool[np.ndarray, "patient"]) -> LogRank:
    """Compare the survival of the patients marked `first` with that of the others (Mantel 1966; R's ``survdiff``)."""
    reason = _cannot_compare(outcome, first)
    if reason:
        return LogRank(np.nan, np.nan, np.nan, np.nan, reason)
    table = _at_risk(outcome, first)
    share = table.n_first / table.n
    observed, expected = float(table.deaths_first.sum()), float((table.deaths * share).sum())
    correction = (table.n - table.deaths) / np.maximum(table.n - 1, 1)
    variance = float((table.deaths * share * (1 - share) * correction).sum())
    if variance == 0:
        return LogRank(np.nan, np.nan, observed, expected, "the groups are never at risk together at an event")
    chi2 = (observed - expected) ** 2 / variance
    return LogRank(chi2, float(chdtrc(1, chi2)), observed, expected)


def hazard_ratio(
    outcome: Outcome,
    first: Bool[np.ndarray, "patient"],
    ties: Literal["efron", "breslow"] = "efron",
    confidence: float = 0.95,
) -> HazardRatio:
    """Hazard ratio of the patients marked `first` against the others, from a Cox model with this one covariate.

    Ties are treated by Efron's method, the default of R's ``coxph``, or by Breslow's. Where all events that could
    tell the groups apart are on one side, the likelihood has no maximum and the ratio is NaN.
    """
    reason = _cannot_compare(outcome, first)
    if reason:
        return HazardRatio(np.nan, np.nan, np.nan, reason)
    table = _at_risk(outcome, first)
    # One term per event: each group's share of its risk set, those who die at the same time counted in part (Efron) or
    # in full (Breslow).
    moment = np.repeat(np.arange(len(table.n)), table.deaths.astype(np.int64))
    before = np.arange(len(moment)) - np.repeat(np.cumsum(table.deaths) - table.deaths, table.deaths.astype(np.int64))
    gone = before / table.deaths[moment] if ties == "efron" else np.zeros(len(moment))
    in_first = table.n_first[moment] - gone * table.deaths_first[moment]
    in_second = (table.n - table.n_first)[moment] - gone * (table.deaths - table.deaths_first)[moment]
    deaths_first = table.deaths_first.sum()
    most, least = np.count_nonzero(in_first > 0), np.count_nonzero(in_second <= 0)
    if most == least:
        return HazardRatio(np.nan, np.nan, np.nan, "the groups are never at risk together at an event")
    if deaths_first in (most, least):
        side = "first" if deaths_first == most else "second"
        return HazardRatio(np.nan, np.nan, np.nan, f"while both groups are at risk all events are in the {side} group")
    log_ratio, information = _newton(in_first, in_second, float(deaths_first))
    margin = ndtri(0.5 + confidence / 2) / np.sqrt(information)
    ratio, low, high = np.exp([log_ratio, log_ratio - margin, log_ratio + margin])
    return HazardRatio(float(ratio), float(low), float(high))


def _newton(
    in_first: Float[np.ndarray, "event"], in_second: Float[np.ndarray, "event"], deaths_first: float
) -> tuple[float, float]:
    """Log hazard ratio that maximises the partial likelihood, and the information there."""
    log_ratio = 0.0
    for _ in range(NEWTON_STEPS):
        share = in_first / (in_first + in_second * np.exp(-log_ratio))
        information = float((share * (1 - share)).sum())
        # The likelihood is concave; the bound keeps a first step from jumping far beyond a flat maximum.
        step = float(np.clip((deaths_first - share.sum()) / information, -1.0, 1.0))
        log_ratio += step
        if abs(step) < 1e-12:
            break
    return log_ratio, information
