"""λ by an inner cross-validation that reduces and scales the features anew in every inner training set.

The paper reduces once per outer training set, so that the inner folds which judge λ have taken part in choosing the
features. Here they have not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.cox_path import cross_validate_parts
from radsurv.survival.elastic_net_path import JudgedPath, PathSettings, penalty_factors
from radsurv.survival.model import z_scores
from radsurv.survival.outcome import Outcome
from radsurv.survival.strata import Strata, in_time_order


@dataclass(frozen=True)
class NestedPath(JudgedPath):
    """A path judged by inner folds that took no part in its features.

    Attributes
    ----------
    concordance : (λ,) float64
        Harrell's C within left-out folds (and strata), pooled over their pairs; NaN without a comparable pair.
    """

    concordance: Float[np.ndarray, "lambda"]


def nested_path(
    kept: Sequence[Float[np.ndarray, "patient kept"]],
    outcome: Outcome,
    folds: Int[np.ndarray, "draw patient"],
    settings: PathSettings,
    n_free: Sequence[int],
    strata: Strata | None = None,
) -> NestedPath:
    """Fit the path and judge every λ.

    Parameters
    ----------
    kept
        Of all training patients, the features that the reduction kept: in the whole training set; then without inner fold 1,
        without fold 2, and so on; draw after draw. Each as they are in its own set.
    outcome, folds
        Of the training patients; folds from 1, one row per draw.
    settings
        α, number of λs, how far down the path to go.
    n_free
        How many of the features of each set, the first ones, have no penalty.
    strata
        Of the training patients, as in :func:`radsurv.survival.elastic_net_path.fit_coxnet`.
    """
    by_time, time, event, last = in_time_order(outcome, strata)
    fold = folds[:, by_time].astype(np.int64)
    n_folds = int(fold.max())
    x = _scaled(kept[0][by_time], np.ones(fold.shape[1], dtype=np.bool_))
    inner = inner_members(fold)
    parts = [_scaled(own[by_time], members) for own, members in zip(kept[1:], inner, strict=True)]
    factors = [penalty_factors(own.shape[1], free) for own, free in zip(kept, n_free, strict=True)]
    starts = np.cumsum([0, *(len(part) for part in parts)])
    return NestedPath(
        *cross_validate_parts(
            x, factors[0], np.concatenate(parts), np.concatenate(factors[1:]), starts.astype(np.int64),
            time, event, last, np.ascontiguousarray(fold), n_folds, settings.l1_ratio, settings.n_lambda, settings.until_minimum,
        )
    )  # fmt: skip


def inner_members(folds: Int[np.ndarray, "draw member"]) -> list[Bool[np.ndarray, "member"]]:
    """Who is in each of the inner training sets, draw after draw; none of them without a draw of the folds."""
    return [draw != left_out for draw in folds for left_out in range(1, int(folds.max(initial=0)) + 1)]


def _scaled(kept: Float[np.ndarray, "patient kept"], members: np.ndarray) -> Float[np.ndarray, "kept patient"]:
    """Features of all patients, in units of the members."""
    _, mean, sd = z_scores(kept[members])
    return np.ascontiguousarray(((kept - mean) / sd).T)
