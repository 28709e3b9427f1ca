"""All metrics of left-out predictions that need more than the risk groups."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.survival.brier import brier_at_horizons, integrated_brier
from radsurv.survival.calibration import calibration_curve, d_calibration
from radsurv.survival.calibration_slope import calibration_slope
from radsurv.survival.decision_curve import decision_curve
from radsurv.survival.discrimination import auc, uno_c
from radsurv.survival.outcome import Outcome

NO_HORIZON = "there is no time by which an event has come and beyond which enough patients are followed"
NO_MODEL = "every model is null (the same risk for everybody), so there is no model to calibrate"
CURVES = 3  # calibration curves, spread over the horizons


@dataclass(frozen=True)
class PredictedSurvival:
    """What the models that had not seen a patient predict for them.

    Attributes
    ----------
    horizons : (horizon,) float64
        Rising, in the unit of the outcome; as `radsurv.survival.horizons.choose_horizons` gives them.
    model : (patient, horizon) float64
        Probability of being event-free at each horizon.
    kaplan_meier : (horizon,) float64
        The same for everybody from a Kaplan-Meier curve: what a model has to beat. Of all patients judged, or of other ones; not of
        a training set without the patient, which leans away from what happened to them and is too easily beaten.
    at_end : (patient,) float64
        The model's probability of being event-free beyond the patient's own time.
    null
        Whether no model tells patients apart. What they then predict is the average of the training set, and that leans
        away from whoever was left out: a curve of it against the outcome would rise whatever the truth.
    """

    horizons: Float[np.ndarray, "horizon"]
    model: Float[np.ndarray, "patient horizon"]
    kaplan_meier: Float[np.ndarray, "horizon"]
    at_end: Float[np.ndarray, "patient"]
    null: bool = False


@dataclass
class PredictionMetrics:
    """Metrics by name, tables by time, and why some are missing.

    Attributes
    ----------
    values
        ``uno_c, mean_auc, integrated_brier, integrated_brier_km, scaled_brier, calibration_slope, d_calibration_chi2,
        d_calibration_p``; NaN where something cannot be computed.
    horizons
        One row per horizon: ``horizon, auc, brier, brier_km, n_events`` (until then), ``n_at_risk`` (followed beyond).
    calibration
        See `radsurv.survival.calibration.calibration_curve`, at up to three horizons, one after the other. Without a row,
        like `decision`, where every model is null.
    decision
        See `radsurv.survival.decision_curve.decision_curve`, at the middle horizon.
    reasons
        For each metric that is NaN, why.
    """

    values: dict[str, float] = field(default_factory=dict)
    horizons: pd.DataFrame = field(default_factory=pd.DataFrame)
    calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    decision: pd.DataFrame = field(default_factory=pd.DataFrame)
    reasons: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: float, reason: str | None = None) -> None:
        """A value, or the reason why there is none."""
        self.values[name] = value
        if reason is not None:
            self.reasons[name] = reason


def prediction_metrics(
    outcome: Outcome, score: Float[np.ndarray, "patient"], predicted: PredictedSurvival
) -> PredictionMetrics:
    """Discrimination, accuracy, calibration and net benefit of predictions for patients who were left out.

    Parameters
    ----------
    outcome, score, predicted
        Of the same patients; `score` is the log relative hazard.
    """
    metrics = PredictionMetrics()
    _over_time(metrics, outcome, score, predicted)
    _calibration(metrics, outcome, score, predicted)
    shown, middle = _shown_horizons(0 if predicted.null else len(predicted.horizons))
    metrics.calibration = _stack(
        [calibration_curve(outcome, predicted.model[:, at], float(predicted.horizons[at])) for at in shown],
        ["horizon", "n", "predicted", "observed", "low", "high"],
    )
    metrics.decision = _stack(
        [decision_curve(outcome, predicted.model[:, at], float(predicted.horizons[at])) for at in middle],
        ["horizon", "threshold", "n_treated", "net_benefit", "net_benefit_all"],
    )
    return metrics


def _calibration(
    metrics: PredictionMetrics, outcome: Outcome, score: Float[np.ndarray, "patient"], predicted: PredictedSurvival
) -> None:
    """Whether risks are as far apart as they should be, and probabilities hold."""
    if predicted.null:
        for name in ("calibration_slope", "d_calibration_chi2", "d_calibration_p"):
            metrics.put(name, np.nan, NO_MODEL)
        return
    slope = calibration_slope(outcome, score)
    metrics.put("calibration_slope", slope.slope, slope.reason)
    test = d_calibration(outcome, predicted.at_end)
    metrics.put("d_calibration_chi2", test.chi2, test.reason)
    metrics.put("d_calibration_p", test.p, test.reason)


def _over_time(
    metrics: PredictionMetrics, outcome: Outcome, score: Float[np.ndarray, "patient"], predicted: PredictedSurvival
) -> None:
    """Metrics that are estimated at horizons, or up to the last of them."""
    times = predicted.horizons
    nothing = np.full(len(times), np.nan)
    uno, area, mean_auc, brier, brier_km = np.nan, nothing, np.nan, nothing, nothing
    if len(times):
        uno = uno_c(outcome, score, times)
        area, mean_auc = auc(outcome, score, times)
        brier = brier_at_horizons(outcome, predicted.model, times)
        brier_km = brier_at_horizons(outcome, np.tile(predicted.kaplan_meier, (len(outcome), 1)), times)
    reason = None if len(times) else NO_HORIZON
    metrics.put("uno_c", uno, reason)
    metrics.put("mean_auc", mean_auc, reason)
    integrated = integrated_km = scaled = np.nan
    if len(times) > 1:
        integrated, integrated_km = integrated_brier(brier, times), integrated_brier(brier_km, times)
        scaled = 1 - integrated / integrated_km
    elif reason is None:
        reason = "only one horizon can be used, and an average over time needs two"
    metrics.put("integrated_brier", integrated, reason)
    metrics.put("integrated_brier_km", integrated_km, reason)
    metrics.put("scaled_brier", scaled, reason)
    metrics.horizons = pd.DataFrame(
        {
            "horizon": times,
            "auc": area,
            "brier": brier,
            "brier_km": brier_km,
            "n_events": (outcome.event & (outcome.time <= times[:, None])).sum(axis=1),
            "n_at_risk": (outcome.time > times[:, None]).sum(axis=1),
        }
    )


def _shown_horizons(n_horizons: int) -> tuple[list[int], list[int]]:
    """Positions of the horizons with a calibration curve, and of the one with a decision curve."""
    last = n_horizons - 1
    shown = {last * step // (CURVES + 1) for step in range(1, CURVES + 1)} if n_horizons > CURVES else range(n_horizons)
    return sorted(shown), [last // 2] if n_horizons else []


def _stack(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns, dtype=np.float64)
