"""λ by an inner cross-validation that reduces and scales the features anew in every inner training set.

The paper reduces once per outer training set, so that the inner folds which judge λ have taken part in choosing the
features. Here they have not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from radsurv.config import ModelConfig
from radsurv.survival.cox_path import cross_validate_parts
from radsurv.survival.model import SurvivalModel, model_of, z_scores
from radsurv.survival.outcome import Outcome
from radsurv.survival.reduction import Reduction


@dataclass(frozen=True)
class StrictPath:
    """An elastic-net path, judged by inner folds that took no part in its features. One λ per row, from the largest.

    Attributes
    ----------
    lambdas : (λ,) float64
    coefficients : (λ, kept) float64
        Of the whole training set.
    cv_deviance, cv_error : (λ,) float64
        Partial-likelihood deviance per left-out event (Verweij and van Houwelingen 1993), and its standard error.
    concordance : (λ,) float64
        Harrell's C within left-out folds, pooled over their pairs; NaN without a comparable pair.
    """

    lambdas: Float[np.ndarray, "lambda"]
    coefficients: Float[np.ndarray, "lambda kept"]
    cv_deviance: Float[np.ndarray, "lambda"]
    cv_error: Float[np.ndarray, "lambda"]
    concordance: Float[np.ndarray, "lambda"]

    def chosen(self, rule: str) -> int:
        """Position of λ.min, or λ.1se, as in `radsurv.survival.coxnet.Coxnet`."""
        best = int(np.argmin(self.cv_deviance))
        # Where the scores of left-out patients overflow at every λ, none is better than the largest.
        if rule == "min" or not np.isfinite(self.cv_deviance[best]):
            return best
        return int(np.flatnonzero(self.cv_deviance <= self.cv_deviance[best] + self.cv_error[best])[0])


def strict_path(
    values: Float[np.ndarray, "patient feature"],
    reductions: Sequence[Reduction],
    outcome: Outcome,
    folds: Int[np.ndarray, "patient"],
    config: ModelConfig,
) -> StrictPath:
    """Fit the path and judge every λ.

    Parameters
    ----------
    values
        All features of the training patients.
    reductions
        In the whole training set; then without inner fold 1, without fold 2, and so on.
    outcome, folds
        Of the training patients; folds from 1.
    config
        α, number of λs, how far down the path to go.
    """
    by_time = np.lexsort((~outcome.event, outcome.time))
    ordered, fold = outcome.take(by_time), folds[by_time].astype(np.int64)
    n_folds = len(reductions) - 1
    x = _scaled(values, reductions[0], by_time, np.ones(len(fold), dtype=np.bool_))
    parts = [_scaled(values, reductions[which], by_time, fold != which) for which in range(1, n_folds + 1)]
    starts = np.cumsum([0, *(len(part) for part in parts)])
    return StrictPath(
        *cross_validate_parts(
            x, np.concatenate(parts), starts.astype(np.int64), ordered.time, ordered.event, fold, n_folds,
            config.alpha, config.n_lambda, config.path == "until_minimum",
        )
    )  # fmt: skip


def fit_strictly(
    values: Float[np.ndarray, "patient feature"],
    reductions: Sequence[Reduction],
    outcome: Outcome,
    folds: Int[np.ndarray, "patient"],
    config: ModelConfig,
) -> SurvivalModel:
    """The model at the λ that :func:`strict_path` chooses by ``lambda_rule``; parameters as there."""
    kept = values[:, reductions[0].kept]
    if kept.shape[1] == 0:
        return model_of(kept, reductions[0], outcome, np.zeros(0), np.nan)
    path = strict_path(values, reductions, outcome, folds, config)
    chosen = path.chosen(config.lambda_rule)
    return model_of(kept, reductions[0], outcome, path.coefficients[chosen], float(path.lambdas[chosen]))


def _scaled(
    values: Float[np.ndarray, "patient feature"],
    reduction: Reduction,
    by_time: Int[np.ndarray, "patient"],
    members: np.ndarray,
) -> Float[np.ndarray, "kept patient"]:
    """Kept features of all patients, in units of the members."""
    kept = values[np.ix_(by_time, reduction.kept)]
    _, mean, sd = z_scores(kept[members])
    return np.ascontiguousarray(((kept - mean) / sd).T)
