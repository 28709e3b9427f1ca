"""A finished model whose level, or level and spread, of risk is adjusted to the patients it is judged on: beside it, never in its place.

Recalibration learns from outcomes of the new patients. It is judged leaving out each of them in turn, so that nobody's own outcome has a
part in what is predicted for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from radsurv.formats import number
from radsurv.survival.brier import brier_at_horizons, integrated_brier
from radsurv.survival.calibration_slope import calibration_slope
from radsurv.survival.horizons import choose_horizons
from radsurv.survival.kaplan_meier import SurvivalCurve, survival_curve
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.prediction_metrics import NO_MODEL, PredictedSurvival
from radsurv.validation.finding import Finding
from radsurv.validation.left_out import LeftOutModels
from radsurv.validation.left_out_survival import left_out_survival
from radsurv.validation.patients import Patients

Recalibrate = Literal["none", "intercept", "slope"]
METRICS = (
    "recalibration_factor",
    "recalibrated_integrated_brier",
    "recalibrated_integrated_brier_km",
    "recalibrated_scaled_brier",
)
# A patient for whom a model sees less than this is counted as if it saw so much: the logarithm of 0 is no number.
LEAST_SURVIVAL = 1e-300
FEWEST_EVENTS = 3  # two are left without a patient who had one


class Adjusted(NamedTuple):
    """What is learned: a patient's cumulative hazard is multiplied by ``factor · exp((slope − 1)(risk − centre))``."""

    factor: float
    slope: float
    reason: str | None = None


def recalibrated(
    how: Recalibrate,
    patients: Patients,
    judges: LeftOutModels,
    risk: Float[np.ndarray, "patient"],
    *,
    horizons: Sequence[float] | None,
    reference: SurvivalCurve,
) -> Finding:
    """What a finished model would be worth once adjusted to these patients: metrics of their own, and a note that says how.

    Parameters
    ----------
    how
        ``intercept``: the hazard of everybody times observed over expected events. ``slope``: the spread of risks as well, by a Cox
        regression on the risk (van Houwelingen, Stat Med 2000;19:3401-3415). ``none``: nothing.
    patients, judges, risk
        The patients, the model, and what it predicts for them.
    horizons, reference
        As of `radsurv.validation.assess.assess`.
    """
    if how == "none":
        return Finding()
    outcome = patients.outcome
    times, _ = choose_horizons(outcome, horizons)
    predicted = left_out_survival(patients.measured, outcome, judges, times, reference)
    whole, found = _judged(how, outcome, risk, predicted)
    if whole.reason is not None:
        return Finding(
            metrics=dict.fromkeys(METRICS, np.nan),
            reasons=dict.fromkeys(METRICS, whole.reason),
            notes=[f"validation.recalibrate={how} could not be done: {whole.reason}"],
        )
    spread = (
        f", and the risks are spread {number(whole.slope)} times as far (calibration slope)" if how == "slope" else ""
    )
    note = (
        f"validation.recalibrate={how}: beside the model as it is, of which all other numbers are, one adjusted to the outcomes of these"
        f" patients, each left out in turn. Adjusted to all of them, its hazard is {number(whole.factor)} times that of the model{spread}:"
        " a model for this site, which needs other patients to be validated on"
    )
    return Finding(metrics=dict(zip(METRICS, (whole.factor, *found), strict=True)), notes=[note])


def _judged(
    how: Recalibrate, outcome: Outcome, risk: Float[np.ndarray, "patient"], predicted: PredictedSurvival
) -> tuple[Adjusted, tuple[float, float, float]]:
    """Adjusted to everybody; and the Brier score leaving out each, that of the Kaplan-Meier curve, and one relative to the other."""
    nothing = (np.nan, np.nan, np.nan)
    if predicted.null:
        return Adjusted(np.nan, np.nan, NO_MODEL), nothing
    if outcome.event.sum() < FEWEST_EVENTS:
        return Adjusted(np.nan, np.nan, f"fewer than {FEWEST_EVENTS} patients had the event"), nothing
    if len(predicted.horizons) < 2:
        return Adjusted(
            np.nan, np.nan, "fewer than two horizons can be used, and an average over time needs two"
        ), nothing
    hazard = -np.log(np.maximum(predicted.at_end, LEAST_SURVIVAL))
    everybody = np.ones(len(outcome), dtype=np.bool_)
    whole = _adjust(how, outcome, risk, hazard, everybody)
    survival = np.empty_like(predicted.model)
    for patient in range(len(outcome)):
        others = everybody.copy()
        others[patient] = False
        own = _adjust(how, outcome, risk, hazard, others)
        if own.reason is not None:
            return Adjusted(np.nan, np.nan, f"without one of the patients, {own.reason}"), nothing
        survival[patient] = predicted.model[patient] ** (own.factor * _spread(own.slope, risk)[patient])
    times = predicted.horizons
    curve = np.tile(survival_curve(outcome).at(times), (len(outcome), 1))
    own_brier, brier_km = (integrated_brier(brier_at_horizons(outcome, one, times), times) for one in (survival, curve))
    return whole, (own_brier, brier_km, 1 - own_brier / brier_km)


def _adjust(
    how: Recalibrate,
    outcome: Outcome,
    risk: Float[np.ndarray, "patient"],
    hazard: Float[np.ndarray, "patient"],
    of: Bool[np.ndarray, "patient"],
) -> Adjusted:
    """Learn from some of the patients; `hazard` is the number of events expected of each by the end of their follow-up."""
    slope = 1.0
    if how == "slope":
        found = calibration_slope(check_outcome(outcome.time[of], outcome.event[of]), risk[of])
        if found.reason is not None:
            return Adjusted(np.nan, np.nan, found.reason)
        slope = found.slope
    expected = float((hazard * _spread(slope, risk))[of].sum())
    if not 0 < expected < np.inf:
        return Adjusted(np.nan, np.nan, "the model expects no event, or endlessly many")
    return Adjusted(int(outcome.event[of].sum()) / expected, slope)


def _spread(slope: float, risk: Float[np.ndarray, "patient"]) -> Float[np.ndarray, "patient"]:
    """By what the slope changes hazards; the factor makes up for the choice of the centre."""
    with np.errstate(over="ignore"):  # of a patient far away: endlessly many events, no survival
        return np.exp((slope - 1.0) * (risk - risk.mean()))
