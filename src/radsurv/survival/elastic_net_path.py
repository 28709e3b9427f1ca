"""Elastic-net Cox regression with λ chosen by cross-validated deviance, number by number as R's ``cv.glmnet``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import Outcome
from radsurv.survival.strata import Strata, in_time_order


@dataclass(frozen=True)
class PathSettings:
    """How a path of penalties is walked.

    Attributes
    ----------
    l1_ratio
        Share of the lasso in the penalty: glmnet's α.
    n_lambda
        Number of λs.
    until_minimum
        Whether to stop once the cross-validated deviance exceeds its smallest value, at least ten λs back, by one standard
        error, rather than at the end of the path.
    """

    l1_ratio: float
    n_lambda: int
    until_minimum: bool


@dataclass(frozen=True)
class JudgedPath:
    """An elastic-net path, judged by its inner folds. One λ per row, from the largest.

    Attributes
    ----------
    lambdas : (λ,) float64
        Penalties. The first leaves every coefficient with a penalty at zero.
    coefficients : (λ, feature) float64
    draw_deviance, draw_error : (draw + 1, λ) float64
        Deviance per left-out event, and its standard error over the inner folds: of each draw of the folds, and in the
        last row on average over draws.
    """

    lambdas: Float[np.ndarray, "lambda"]
    coefficients: Float[np.ndarray, "lambda feature"]
    draw_deviance: Float[np.ndarray, "draw+1 lambda"]
    draw_error: Float[np.ndarray, "draw+1 lambda"]

    @property
    def cv_deviance(self) -> Float[np.ndarray, "lambda"]:
        """Averaged over draws of the folds."""
        return self.draw_deviance[-1]

    @property
    def cv_error(self) -> Float[np.ndarray, "lambda"]:
        """Averaged over draws of the folds."""
        return self.draw_error[-1]

    def chosen(self, rule: str) -> int:
        """Position of the λ that all draws of the folds choose together.

        ``min`` takes the largest λ with the smallest deviance, ``1se`` the largest within one standard error of it.
        """
        return _choose(self.cv_deviance, self.cv_error, rule)

    def chosen_by_draw(self, rule: str) -> list[int]:
        """Position of the λ that each draw alone would choose."""
        curves = zip(self.draw_deviance[:-1], self.draw_error[:-1], strict=True)
        return [_choose(deviance, error, rule) for deviance, error in curves]


def _choose(deviance: Float[np.ndarray, "lambda"], error: Float[np.ndarray, "lambda"], rule: str) -> int:
    best = int(np.argmin(deviance))
    # Where the scores of left-out patients overflow at every λ, none is better than the largest.
    if rule == "min" or not np.isfinite(deviance[best]):
        return best
    return int(np.flatnonzero(deviance <= deviance[best] + error[best])[0])


@dataclass(frozen=True)
class Coxnet(JudgedPath):
    """A path whose inner folds share the features of the whole training set.

    Attributes
    ----------
    deviance_ratio : (λ,) float64
        Share of the null deviance that the model explains in its training set.
    fold_deviance : (draw × fold, λ) float64
        What each inner fold adds to the deviance when left out; 0, and without weight, where it holds no event.
    """

    deviance_ratio: Float[np.ndarray, "lambda"]
    fold_deviance: Float[np.ndarray, "fold lambda"]


def penalty_factors(n_features: int, n_free: int) -> Float[np.ndarray, "feature"]:
    """By what λ is multiplied for each feature: 0 for the first `n_free`, the others the same.

    As glmnet does with its ``penalty.factor``, factors are scaled to the mean 1, so that λ means the same whoever is exempt.
    """
    factors = np.ones(n_features)
    factors[:n_free] = 0.0
    return factors * (n_features / factors.sum()) if n_free < n_features else factors


def fit_coxnet(
    z: Float[np.ndarray, "patient feature"],
    outcome: Outcome,
    folds: Int[np.ndarray, "*draw patient"],
    settings: PathSettings,
    n_free: int = 0,
    strata: Strata | None = None,
) -> Coxnet:
    """Fit the path, and judge every λ of it by the inner folds.

    Parameters
    ----------
    z
        z-scored features, in the order in which coordinate descent shall visit them. At least one.
    outcome
        With at least one event.
    folds
        Inner fold of each patient, from 1; one row per draw where there are several.
    settings
        α, number of λs, and how far down the path to go.
    n_free
        How many of the features, the first ones, have no penalty.
    strata
        Of each patient, each with a baseline hazard of its own: glmnet's ``stratifySurv``.

    Raises
    ------
    TrainingSetError
        Without an event or a feature, or when all patients are in one inner fold.
    """
    # Imported here because it is compiled code: who only reads options does without the compiler.
    from radsurv.survival.cox_path import cross_validate_path

    if z.shape[1] == 0 or not outcome.event.any():
        raise TrainingSetError(f"found {z.shape[1]} features and {outcome.event.sum()} events: both must be at least 1")
    folds = np.atleast_2d(folds)
    if np.any(np.ptp(folds, axis=1) == 0):
        raise TrainingSetError(f"all {folds.shape[1]} patients are in one inner fold: at least two folds are needed")
    by_time, time, event, last = in_time_order(outcome, strata)
    lambdas, ratio, coefficients, deviance, mean, error = cross_validate_path(
        np.ascontiguousarray(z[by_time].T), penalty_factors(z.shape[1], n_free), time, event, last,
        np.ascontiguousarray(folds[:, by_time], dtype=np.int64),
        int(folds.max()), settings.l1_ratio, settings.n_lambda, settings.until_minimum,
    )  # fmt: skip
    return Coxnet(lambdas, coefficients, mean, error, ratio, deviance.reshape(len(lambdas), -1).T)
