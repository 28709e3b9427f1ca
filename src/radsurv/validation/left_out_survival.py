"""Survival probabilities of patients by models, and by Kaplan-Meier curves, that have never seen them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.model import RiskModel
from radsurv.survival.outcome import Outcome
from radsurv.survival.prediction_metrics import PredictedSurvival


def left_out_survival(
    values: Float[np.ndarray, "patient feature"],
    outcome: Outcome,
    tested: Bool[np.ndarray, "set patient"],
    models: Sequence[RiskModel],
    references: Sequence[SurvivalCurve],
    horizons: Float[np.ndarray, "horizon"],
) -> PredictedSurvival:
    """Predict each patient with the models that have not seen them; several (bootstrap) are averaged.

    A baseline hazard, and a Kaplan-Meier curve, stays where it is beyond the last event of its training set.

    Parameters
    ----------
    values, outcome
        Of all patients to be judged.
    tested
        Whom each model has not seen and judges; everybody is judged.
    models
        One per training set.
    references
        The Kaplan-Meier curve of the training set of each model.
    horizons
        In the unit of the outcome.
    """
    n_patients, n_horizons = len(outcome), len(horizons)
    model, reference = np.zeros((n_patients, n_horizons)), np.zeros((n_patients, n_horizons))
    at_end = np.zeros(n_patients)
    for which, judged in enumerate(tested):
        left_out = np.flatnonzero(judged)
        times = np.unique(np.concatenate([horizons, outcome.time[left_out]]))
        survival = _survival(models[which], values[left_out], times)
        model[left_out] += survival[:, np.searchsorted(times, horizons)]
        at_end[left_out] += survival[np.arange(len(left_out)), np.searchsorted(times, outcome.time[left_out])]
        reference[left_out] += references[which].at(horizons)
    n_models = tested.sum(axis=0)
    return PredictedSurvival(
        horizons,
        model / n_models[:, None],
        reference / n_models[:, None],
        at_end / n_models,
        null=all(fitted.is_null for fitted in models),
    )


def _survival(
    model: RiskModel, values: Float[np.ndarray, "patient feature"], times: Float[np.ndarray, "time"]
) -> Float[np.ndarray, "patient time"]:
    # A patient far outside the training set can have a relative hazard beyond the range of numbers: survival 0 from the
    # first event on, and 1 before it, where infinity meets a hazard of 0.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(model.survival(values, times), nan=1.0))
