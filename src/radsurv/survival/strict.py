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
from radsurv.survival.coxnet import JudgedPath
from radsurv.survival.fit import Fit, fit_of_path, null_fit
from radsurv.survival.model import z_scores
from radsurv.survival.outcome import Outcome
from radsurv.survival.reduction import Reduction


@dataclass(frozen=True)
class StrictPath(JudgedPath):
    """A path judged by inner folds that took no part in its features.

    Attributes
    ----------
    concordance : (λ,) float64
        Harrell's C within left-out folds, pooled over their pairs; NaN without a comparable pair.
    """

    concordance: Float[np.ndarray, "lambda"]


def strict_path(
    values: Float[np.ndarray, "patient feature"],
    reductions: Sequence[Reduction],
    outcome: Outcome,
    folds: Int[np.ndarray, "*draw patient"],
    config: ModelConfig,
) -> StrictPath:
    """Fit the path and judge every λ.

    Parameters
    ----------
    values
        All features of the training patients.
    reductions
        In the whole training set; then without inner fold 1, without fold 2, and so on; draw after draw.
    outcome, folds
        Of the training patients; folds from 1, one row per draw where there are several.
    config
        α, number of λs, how far down the path to go.
    """
    by_time = np.lexsort((~outcome.event, outcome.time))
    ordered, fold = outcome.take(by_time), np.atleast_2d(folds)[:, by_time].astype(np.int64)
    n_folds = (len(reductions) - 1) // len(fold)
    x = _scaled(values, reductions[0], by_time, np.ones(fold.shape[1], dtype=np.bool_))
    inner = [row != which for row in fold for which in range(1, n_folds + 1)]
    parts = [
        _scaled(values, reduction, by_time, members) for reduction, members in zip(reductions[1:], inner, strict=True)
    ]
    starts = np.cumsum([0, *(len(part) for part in parts)])
    return StrictPath(
        *cross_validate_parts(
            x, np.concatenate(parts), starts.astype(np.int64), ordered.time, ordered.event, np.ascontiguousarray(fold),
            n_folds, config.l1_ratio, config.n_lambda, config.path == "until_minimum",
        )
    )  # fmt: skip


def fit_strictly(
    values: Float[np.ndarray, "patient feature"],
    reductions: Sequence[Reduction],
    outcome: Outcome,
    folds: Int[np.ndarray, "*draw patient"],
    config: ModelConfig,
) -> Fit:
    """The model at the λ that :func:`strict_path` chooses by ``lambda_rule``; parameters as there."""
    kept = values[:, reductions[0].kept]
    if kept.shape[1] == 0:
        return null_fit(kept, reductions[0], outcome, folds)
    return fit_of_path(
        kept, reductions[0], outcome, strict_path(values, reductions, outcome, folds, config), config.lambda_rule
    )


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
