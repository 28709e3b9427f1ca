"""Harrell's C of several models of the same patients and folds, and differences of them, in the same resamples of patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.survival.outcome import check_outcome
from radsurv.validation.bootstrap_interval import percentile_limits, resampled_concordance


def risk_by_repeat(predictions: pd.DataFrame) -> Float[np.ndarray, "repeat patient"]:
    """Of predictions with columns repeat and risk, repeat by repeat, patients in the same order in each."""
    return predictions["risk"].to_numpy(np.float64).reshape(predictions["repeat"].nunique(), -1)


def paired_concordance(
    predictions: Sequence[pd.DataFrame], seed: int
) -> tuple[Float[np.ndarray, "model"], list[Float[np.ndarray, "draw model"]]]:
    """C of every model, averaged over repeats; and by repeat that of every model in resampled patients, the same for all models.

    Parameters
    ----------
    predictions : columns repeat, risk; of the first also time, event
        Of each model, patients in the same order.
    seed
        Of the experiment, whose own limits are from these resamples.
    """
    observed, drawn = [], []
    for repeat, rows in predictions[0].groupby("repeat"):
        scores = np.stack([one.loc[one["repeat"] == repeat, "risk"].to_numpy(np.float64) for one in predictions])
        own, resampled = resampled_concordance(check_outcome(rows["time"], rows["event"]), scores, seed)
        observed.append(own)
        drawn.append(resampled)
    return np.mean(observed, axis=0), drawn


def limited(
    name: str,
    c_index: Float[np.ndarray, "model"],
    drawn: Sequence[Float[np.ndarray, "draw model"]],
    model: int,
    minus: int | None = None,
) -> dict[str, float]:
    """C of a model, or that minus the C of another one, and its limits, averaged over repeats."""
    value = c_index[model] if minus is None else c_index[model] - c_index[minus]
    low, high = np.mean(
        [percentile_limits(one[:, model] if minus is None else one[:, model] - one[:, minus]) for one in drawn], axis=0
    )
    return {name: float(value), f"{name}_low": float(low), f"{name}_high": float(high)}
