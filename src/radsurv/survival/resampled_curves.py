"""Curves of predictions in many resamples of the patients at once: AUC, Brier score, calibration and net benefit.

A resample is how often it holds each patient (``counts``), so that every estimate is a weighted one, and its Kaplan-Meier estimates,
that of not being censored included, are those of the resample. Estimates are those of `radsurv.survival.discrimination.auc`,
`radsurv.survival.brier.brier_at_horizons`, `radsurv.survival.calibration.observed_risk` and
`radsurv.survival.decision_curve.decision_curve` for the drawn patients; NaN in a resample that has none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.calibration import calibration_groups
from radsurv.survival.decision_curve import THRESHOLDS, net_benefit, treated_sets
from radsurv.survival.outcome import Outcome


class _Counts(NamedTuple):
    """Of each resample, at each distinct time."""

    times: Float[np.ndarray, "time"]
    leaving: Int[np.ndarray, "draw time"]
    events: Int[np.ndarray, "draw time"]
    at_risk: Int[np.ndarray, "draw time"]


def resampled_auc(
    outcome: Outcome,
    score: Float[np.ndarray, "patient"],
    counts: Int[np.ndarray, "draw patient"],
    horizons: Float[np.ndarray, "horizon"],
) -> Float[np.ndarray, "draw horizon"]:
    """Cumulative/dynamic AUC; none where nobody had the event until the horizon, or nobody is followed beyond it."""
    order = np.argsort(score, kind="stable")
    outcome, score, counts = outcome.take(order), score[order], counts[:, order]
    weight = counts * _inverse(_uncensored_before(outcome, counts))
    lower, upper = (np.searchsorted(score, score, side=side) for side in ("left", "right"))
    found = np.full((len(counts), len(horizons)), np.nan)
    for at, horizon in enumerate(horizons):
        cases = outcome.event & (outcome.time <= horizon)
        passed = np.zeros((len(counts), len(score) + 1))
        np.cumsum(counts * (outcome.time > horizon), axis=1, out=passed[:, 1:])
        below = (passed[:, lower[cases]] + passed[:, upper[cases]]) / 2  # equal scores count half
        of_cases = weight[:, cases]
        pairs = of_cases.sum(axis=1) * passed[:, -1]
        np.divide((of_cases * below).sum(axis=1), pairs, out=found[:, at], where=pairs > 0)
    return found


def resampled_brier(
    outcome: Outcome,
    survival: Float[np.ndarray, "patient horizon"],
    counts: Int[np.ndarray, "draw patient"],
    horizons: Float[np.ndarray, "horizon"],
) -> Float[np.ndarray, "draw horizon"]:
    """Brier score; none where nobody is followed beyond the horizon."""
    before = _inverse(_uncensored_before(outcome, counts))
    until = _uncensored_until(outcome, counts, horizons)
    found = np.full((len(counts), len(horizons)), np.nan)
    for at, horizon in enumerate(horizons):
        beyond = outcome.time > horizon
        cases = outcome.event & ~beyond
        of_cases = (counts[:, cases] * before[:, cases] * survival[cases, at] ** 2).sum(axis=1)
        of_others = (counts[:, beyond] * (1 - survival[beyond, at]) ** 2).sum(axis=1)
        followed = counts[:, beyond].any(axis=1)
        np.divide(of_others, until[:, at], out=of_others, where=followed)
        found[:, at] = np.where(followed, (of_cases + of_others) / counts.sum(axis=1), np.nan)
    return found


def resampled_calibration(
    outcome: Outcome, survival: Float[np.ndarray, "patient"], counts: Int[np.ndarray, "draw patient"], horizon: float
) -> Float[np.ndarray, "draw group"]:
    """Observed share of events until a horizon, in the groups of `radsurv.survival.calibration.calibration_curve`.

    The groups stay those of the patients as they are, so that a point of the curve keeps its meaning.
    """
    group = calibration_groups(1 - survival)
    return np.stack([event_share(outcome, counts, group == one, horizon) for one in np.unique(group)], axis=1)


def resampled_net_benefit(
    outcome: Outcome, survival: Float[np.ndarray, "patient"], counts: Int[np.ndarray, "draw patient"], horizon: float
) -> Float[np.ndarray, "draw threshold"]:
    """Net benefit by threshold; 0 where none of the treated was drawn."""
    sets, which = treated_sets(1 - survival)
    events = np.stack([event_share(outcome, counts, treated, horizon) for treated in sets], axis=1)
    share = np.stack([counts[:, treated].sum(axis=1) for treated in sets], axis=1) / len(outcome)
    return net_benefit(share[:, which], events[:, which], THRESHOLDS)


def event_share(
    outcome: Outcome,
    counts: Int[np.ndarray, "draw patient"],
    members: Bool[np.ndarray, "patient"],
    horizon: float,
) -> Float[np.ndarray, "draw"]:
    """Kaplan-Meier estimate of the share of events until a horizon among some of the patients; none where no drawn one of them is
    followed until then."""
    chosen = np.flatnonzero(members)
    if not len(chosen):
        return np.full(len(counts), np.nan)
    times, leaving, events, at_risk = _count(outcome.take(chosen), counts[:, chosen])
    until = times <= horizon
    survival = _survival(events[:, until], at_risk[:, until]).prod(axis=1)
    known = (survival == 0) | leaving[:, times >= horizon].any(axis=1)
    return np.where(known, 1 - survival, np.nan)


def _count(outcome: Outcome, counts: Int[np.ndarray, "draw patient"]) -> _Counts:
    order = np.argsort(outcome.time, kind="stable")
    times, first = np.unique(outcome.time[order], return_index=True)
    ordered = counts[:, order]
    leaving = np.add.reduceat(ordered, first, axis=1)
    events = np.add.reduceat(ordered * outcome.event[order], first, axis=1)
    at_risk = leaving.sum(axis=1)[:, None] - np.cumsum(leaving, axis=1) + leaving
    return _Counts(times, leaving, events, at_risk)


def _survival(
    events: Int[np.ndarray, "draw time"], at_risk: Int[np.ndarray, "draw time"]
) -> Float[np.ndarray, "draw time"]:
    """Share that passes each time; 1 where nobody is at risk."""
    lost = np.zeros(events.shape)
    np.divide(events, at_risk, out=lost, where=at_risk > 0)
    return np.asarray(1 - lost)


def _uncensored(counted: _Counts) -> Float[np.ndarray, "draw moment"]:
    """Share not yet censored before the first time, and after each. Whoever is censored at the time of an event was at risk of it."""
    _, leaving, events, at_risk = counted
    passing = _survival(leaving - events, at_risk - events)
    return np.concatenate([np.ones((len(passing), 1)), np.cumprod(passing, axis=1)], axis=1)


def _uncensored_before(outcome: Outcome, counts: Int[np.ndarray, "draw patient"]) -> Float[np.ndarray, "draw patient"]:
    """Share not censored before each patient's own time."""
    counted = _count(outcome, counts)
    return _uncensored(counted)[:, np.searchsorted(counted.times, outcome.time)]


def _uncensored_until(
    outcome: Outcome, counts: Int[np.ndarray, "draw patient"], horizons: Float[np.ndarray, "horizon"]
) -> Float[np.ndarray, "draw horizon"]:
    """Share not censored until each horizon."""
    counted = _count(outcome, counts)
    return _uncensored(counted)[:, np.searchsorted(counted.times, horizons, side="right")]


def _inverse(share: Float[np.ndarray, "draw patient"]) -> Float[np.ndarray, "draw patient"]:
    """One over it; 0 where it is 0, which no drawn patient meets: they were themselves at risk."""
    found = np.zeros(share.shape)
    np.divide(1.0, share, out=found, where=share > 0)
    return found
