"""Survival probabilities of patients by models that have never seen them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.measurements import Measurements
from radsurv.survival.outcome import Outcome
from radsurv.survival.prediction_metrics import PredictedSurvival
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.left_out import LeftOutModels


def left_out_survival(
    patients: Measurements,
    outcome: Outcome,
    judges: LeftOutModels,
    horizons: Float[np.ndarray, "horizon"],
    reference: SurvivalCurve,
) -> PredictedSurvival:
    """Predict each patient with the models that have not seen them; several (bootstrap) are averaged.

    A baseline hazard stays where it is beyond the last event of its training set.

    Parameters
    ----------
    patients, outcome
        All patients to be judged.
    judges
        Of one repeat: everybody is judged.
    horizons
        In the unit of the outcome.
    reference
        What a model has to beat.
    """
    n_patients, n_horizons = len(outcome), len(horizons)
    model, at_end = np.zeros((n_patients, n_horizons)), np.zeros(n_patients)
    for which, judged in enumerate(judges.splits.tested):
        left_out = np.flatnonzero(judged)
        times = np.unique(np.concatenate([horizons, outcome.time[left_out]]))
        survival = survival_of(judges.learned[which], patients, left_out, times)
        model[left_out] += survival[:, np.searchsorted(times, horizons)]
        at_end[left_out] += survival[np.arange(len(left_out)), np.searchsorted(times, outcome.time[left_out])]
    n_models = judges.splits.tested.sum(axis=0)
    return PredictedSurvival(
        horizons,
        model / n_models[:, None],
        reference.at(horizons),
        at_end / n_models,
        null=all(one.model.is_null for one in judges.learned),
    )


def survival_of(
    learned: LearnedModel, patients: Measurements, rows: Int[np.ndarray, "chosen"], times: Float[np.ndarray, "time"]
) -> Float[np.ndarray, "chosen time"]:
    """Probability of some of the patients of being event-free at some times, however far from the training set they are."""
    # A patient far outside the training set can have a relative hazard beyond the range of numbers: survival 0 from the
    # first event on, and 1 before it, where infinity meets a hazard of 0.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(learned.survival(patients, rows, times), nan=1.0))
