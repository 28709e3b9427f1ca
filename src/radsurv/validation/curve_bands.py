"""Bands about the curves of left-out predictions: pointwise limits over resampled patients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from radsurv.catalogue.tables import CALIBRATION, DECISION, HORIZONS, Table
from radsurv.survival.outcome import Outcome
from radsurv.survival.prediction_metrics import PredictedSurvival, PredictionMetrics
from radsurv.survival.resampled_curves import (
    resampled_auc,
    resampled_brier,
    resampled_calibration,
    resampled_net_benefit,
)
from radsurv.validation.bootstrap_interval import percentile_limits, resamples

Counts = Int[np.ndarray, "draw patient"]
Drawn = Float[np.ndarray, "draw point"]
# Of survival probabilities at a horizon.
CurveUntil = Callable[[Outcome, Float[np.ndarray, "patient"], Counts, float], Drawn]


def curve_bands(
    outcome: Outcome,
    score: Float[np.ndarray, "patient"],
    predicted: PredictedSurvival,
    judged: PredictionMetrics,
    seed: int,
) -> dict[Table, pd.DataFrame]:
    """The tables by time, with 95 % limits for every point of their curves.

    The resamples are those of `radsurv.validation.bootstrap_interval.bootstrap_interval`, and as there the predictions stay as they
    are: the limits are of these patients and these models, and of each point by itself. NaN where there is no estimate, where more
    than a twentieth of the resamples have none, and where both limits of a group of the calibration curve are the same number, as
    they must be where none of it had the event: that is no certainty.

    Parameters
    ----------
    outcome, score, predicted
        Of the patients judged.
    judged
        What `radsurv.survival.prediction_metrics.prediction_metrics` says of them.
    seed
        Of the experiment.
    """

    times, model = predicted.horizons, predicted.model

    def auc(counts: Counts) -> Drawn:
        return resampled_auc(outcome, score, counts, times)

    def brier(counts: Counts) -> Drawn:
        return resampled_brier(outcome, model, counts, times)

    def observed(counts: Counts) -> Drawn:
        return side_by_side(resampled_calibration, judged.calibration, counts)

    def benefit(counts: Counts) -> Drawn:
        return side_by_side(resampled_net_benefit, judged.decision, counts)

    def side_by_side(curve: CurveUntil, table: pd.DataFrame, counts: Counts) -> Drawn:
        shown = np.searchsorted(times, table["horizon"].unique())
        curves = [curve(outcome, model[:, at], counts, float(times[at])) for at in shown]
        return np.hstack([np.empty((len(counts), 0)), *curves])

    def limits(curve: Callable[[Counts], Drawn]) -> Float[np.ndarray, "point end"]:
        drawn = np.concatenate([curve(counts) for counts in resamples(len(outcome), seed)])
        return np.array([percentile_limits(point) for point in drawn.T]).reshape(-1, 2)

    horizons = _with(_with(judged.horizons, "auc", limits(auc)), "brier", limits(brier))
    of_groups = limits(observed)
    of_groups[of_groups[:, 0] == of_groups[:, 1]] = np.nan
    return {
        HORIZONS: horizons[list(HORIZONS.columns)],
        CALIBRATION: _with(judged.calibration, "observed", of_groups, "resampled")[list(CALIBRATION.columns)],
        DECISION: _with(judged.decision, "net_benefit", limits(benefit))[list(DECISION.columns)],
    }


def _with(
    table: pd.DataFrame, estimate: str, limits: Float[np.ndarray, "point end"], name: str | None = None
) -> pd.DataFrame:
    """A table with limits, named after the estimate unless they have a name of their own."""
    known = np.where(table[[estimate]].isna(), np.nan, limits)
    return table.assign(**{f"{name or estimate}_{end}": known[:, at] for at, end in enumerate(("low", "high"))})
