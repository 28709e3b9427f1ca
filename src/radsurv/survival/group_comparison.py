"""Two groups of patients compared: log-rank test, hazard ratio and whether it is constant, from one table of who was at risk.

Own closed forms, because a permutation test needs them thousands of times; the tests hold them to R's ``survdiff``,
``coxph`` and ``cox.zph`` and to lifelines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import chdtrc, ndtri

from radsurv.survival.outcome import Outcome

NEWTON_STEPS = 100
ROUNDING = 1e-12


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
class ProportionalHazards:
    """Test that the hazard ratio of two groups is the same at all times. NaN with a `reason` where it cannot be computed.

    Attributes
    ----------
    chi2, p : float
        Score statistic, one degree of freedom, and its P value.
    """

    chi2: float
    p: float
    reason: str | None = None


@dataclass(frozen=True)
class _Terms:
    """The partial likelihood, one term per event.

    Attributes
    ----------
    in_first, in_second
        Patients of each group in the risk set; those who die at the same time are counted in part (Efron) or in full (Breslow).
    moment
        Position of the event's time among the distinct ones.
    """

    in_first: Float[np.ndarray, "event"]
    in_second: Float[np.ndarray, "event"]
    moment: Int[np.ndarray, "event"]

    def share(self, log_ratio: float) -> Float[np.ndarray, "event"]:
        """Probability that an event is one of the first group."""
        return self.in_first / (self.in_first + self.in_second * np.exp(-log_ratio))


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
    terms = _terms(table, ties)
    deaths_first = float(table.deaths_first.sum())
    reason = _no_maximum(terms, deaths_first)
    if reason:
        return HazardRatio(np.nan, np.nan, np.nan, reason)
    log_ratio, information = _newton(terms, deaths_first)
    margin = ndtri(0.5 + confidence / 2) / np.sqrt(information)
    ratio, low, high = np.exp([log_ratio, log_ratio - margin, log_ratio + margin])
    return HazardRatio(float(ratio), float(low), float(high))


def proportional_hazards(outcome: Outcome, first: Bool[np.ndarray, "patient"]) -> ProportionalHazards:
    """Whether the hazard ratio of the patients marked `first` against the others changes with time.

    The score test of Grambsch and Therneau (1994, Biometrika 81:515) against a log hazard ratio that is linear in the share of
    patients who have had the event before, 1 − Kaplan-Meier: R's ``cox.zph`` with its defaults, ties by Efron's method.
    """
    reason = _cannot_compare(outcome, first)
    if reason:
        return ProportionalHazards(np.nan, np.nan, reason)
    table = _at_risk(outcome, first)
    terms = _terms(table, "efron")
    deaths_first = float(table.deaths_first.sum())
    reason = _no_maximum(terms, deaths_first)
    if reason:
        return ProportionalHazards(np.nan, np.nan, reason)
    share = terms.share(_newton(terms, deaths_first)[0])
    variance = share * (1 - share)
    alive_before = np.concatenate([[1.0], np.cumprod(1 - table.deaths / table.n)[:-1]])
    gone = 1 - alive_before - np.average(1 - alive_before, weights=table.deaths)
    score = gone @ table.deaths_first - gone[terms.moment] @ share
    by_time, by_both = variance @ gone[terms.moment], variance @ gone[terms.moment] ** 2
    left = by_both - by_time**2 / variance.sum()
    if left <= ROUNDING * by_both:
        return ProportionalHazards(np.nan, np.nan, "the groups are at risk together at events of one time only")
    chi2 = float(score**2 / left)
    return ProportionalHazards(chi2, float(chdtrc(1, chi2)))


def _terms(table: _AtRisk, ties: Literal["efron", "breslow"]) -> _Terms:
    moment = np.repeat(np.arange(len(table.n)), table.deaths.astype(np.int64))
    before = np.arange(len(moment)) - np.repeat(np.cumsum(table.deaths) - table.deaths, table.deaths.astype(np.int64))
    gone = before / table.deaths[moment] if ties == "efron" else np.zeros(len(moment))
    return _Terms(
        table.n_first[moment] - gone * table.deaths_first[moment],
        (table.n - table.n_first)[moment] - gone * (table.deaths - table.deaths_first)[moment],
        moment,
    )


def _no_maximum(terms: _Terms, deaths_first: float) -> str | None:
    """Why the likelihood has none."""
    most, least = np.count_nonzero(terms.in_first > 0), np.count_nonzero(terms.in_second <= 0)
    if most == least:
        return "the groups are never at risk together at an event"
    if deaths_first in (most, least):
        side = "first" if deaths_first == most else "second"
        return f"while both groups are at risk all events are in the {side} group"
    return None


def _newton(terms: _Terms, deaths_first: float) -> tuple[float, float]:
    """Log hazard ratio that maximises the partial likelihood, and the information there."""
    log_ratio = 0.0
    for _ in range(NEWTON_STEPS):
        share = terms.share(log_ratio)
        information = float((share * (1 - share)).sum())
        # The likelihood is concave; the bound keeps a first step from jumping far beyond a flat maximum.
        step = float(np.clip((deaths_first - share.sum()) / information, -1.0, 1.0))
        log_ratio += step
        if abs(step) < 1e-12:
            break
    return log_ratio, information
