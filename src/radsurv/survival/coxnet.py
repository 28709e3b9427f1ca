"""Elastic-net Cox regression with λ chosen by cross-validated deviance, number by number as R's ``cv.glmnet``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from radsurv.config import ModelConfig
from radsurv.errors import TrainingSetError
from radsurv.survival.cox_path import cross_validate_path
from radsurv.survival.outcome import Outcome


@dataclass(frozen=True)
class Coxnet:
    """An elastic-net path, judged by its inner folds. One λ per row, from the largest.

    Attributes
    ----------
    lambdas : (λ,) float64
        Penalties. The first leaves every coefficient at zero.
    coefficients : (λ, feature) float64
    deviance_ratio : (λ,) float64
        Share of the null deviance that the model explains in its training set.
    fold_deviance : (fold, λ) float64
        What each inner fold adds to the deviance when left out; 0, and without weight, where it holds no event.
    cv_deviance, cv_error : (λ,) float64
        Deviance per left-out event, and its standard error over inner folds.
    at_minimum : int
        Position of λ.min: the largest λ with the smallest `cv_deviance`.
    at_one_error : int
        Position of λ.1se: the largest λ whose `cv_deviance` is within one `cv_error` of the smallest.
    """

    lambdas: Float[np.ndarray, "lambda"]
    coefficients: Float[np.ndarray, "lambda feature"]
    deviance_ratio: Float[np.ndarray, "lambda"]
    fold_deviance: Float[np.ndarray, "fold lambda"]
    cv_deviance: Float[np.ndarray, "lambda"]
    cv_error: Float[np.ndarray, "lambda"]
    at_minimum: int
    at_one_error: int


def fit_coxnet(
    z: Float[np.ndarray, "patient feature"], outcome: Outcome, folds: Int[np.ndarray, "patient"], config: ModelConfig
) -> Coxnet:
    """Fit the path and choose λ.

    Parameters
    ----------
    z
        z-scored features, in the order in which coordinate descent shall visit them. At least one.
    outcome
        With at least one event.
    folds
        Inner fold of each patient, from 1.
    config
        α, number of λs, and how far down the path to go: to its end, or until the cross-validated deviance exceeds its
        smallest value, at least ten λs back, by one standard error (``path=until_minimum``).

    Raises
    ------
    TrainingSetError
        Without an event or a feature, or when all patients are in one inner fold.
    """
    if z.shape[1] == 0 or not outcome.event.any():
        raise TrainingSetError(f"found {z.shape[1]} features and {outcome.event.sum()} events: both must be at least 1")
    if np.all(folds == folds[0]):
        raise TrainingSetError(f"all {len(folds)} patients are in inner fold {folds[0]}: at least two folds are needed")
    by_time = np.lexsort((~outcome.event, outcome.time))
    ordered = outcome.take(by_time)
    lambdas, ratio, coefficients, deviance, mean, error = cross_validate_path(
        np.ascontiguousarray(z[by_time].T), ordered.time, ordered.event, folds[by_time].astype(np.int64),
        int(folds.max()), config.alpha, config.n_lambda, config.path == "until_minimum",
    )  # fmt: skip
    at_minimum = int(np.argmin(mean))
    within = np.flatnonzero(mean <= mean[at_minimum] + error[at_minimum])
    return Coxnet(lambdas, coefficients, ratio, deviance.T, mean, error, at_minimum, at_one_error=int(within[0]))
