"""Everything that is said of left-out predictions beyond the comparison of the two groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from radsurv.survival.horizons import choose_horizons
from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.model import RiskModel
from radsurv.survival.outcome import check_outcome
from radsurv.survival.prediction_metrics import prediction_metrics
from radsurv.survival.risk_groups import SHORT
from radsurv.validation.bootstrap_interval import bootstrap_interval
from radsurv.validation.left_out_survival import left_out_survival


@dataclass(frozen=True)
class Assessment:
    """Metrics by name, and by time.

    Attributes
    ----------
    metrics
        Those of `radsurv.survival.prediction_metrics.PredictionMetrics` and
        `radsurv.validation.bootstrap_interval.BootstrapInterval`; NaN where something cannot be computed.
    horizons, calibration, decision
        The tables of the former.
    reasons
        For each metric that is NaN, why.
    notes
        One sentence for each cause, and for each horizon that cannot be used.
    """

    metrics: dict[str, float]
    horizons: pd.DataFrame
    calibration: pd.DataFrame
    decision: pd.DataFrame
    reasons: dict[str, str]
    notes: list[str]


def assess(
    values: Float[np.ndarray, "patient feature"],
    predictions: pd.DataFrame,
    tested: Bool[np.ndarray, "set patient"],
    models: Sequence[RiskModel],
    references: Sequence[SurvivalCurve],
    *,
    horizons: Sequence[float] | None,
    seed: int,
) -> Assessment:
    """Judge the predictions of one repeat.

    Parameters
    ----------
    values
        The feature table, in the order of `predictions`.
    predictions : columns time, event, risk, group
        One row per patient.
    tested
        Whom each model has not seen and judges.
    models, references
        One model per training set, and the Kaplan-Meier curve of that set.
    horizons
        As configured; chosen from the data where None.
    seed
        Of the experiment.
    """
    outcome = check_outcome(predictions["time"], predictions["event"])
    risk = predictions["risk"].to_numpy(dtype=np.float64)
    times, unused = choose_horizons(outcome, horizons)
    predicted = left_out_survival(values, outcome, tested, models, references, times)
    judged = prediction_metrics(outcome, risk, predicted)
    limits = bootstrap_interval(outcome, risk, (predictions["group"] == SHORT).to_numpy(), seed)
    reasons = {**judged.reasons, **limits.reasons}
    return Assessment(
        {**judged.values, **limits.values},
        judged.horizons,
        judged.calibration,
        judged.decision,
        reasons,
        unused + _sentences(reasons),
    )


def _sentences(reasons: dict[str, str]) -> list[str]:
    causes = dict.fromkeys(reasons.values())
    names = {cause: ", ".join(name for name, why in reasons.items() if why == cause) for cause in causes}
    return [f"{names[cause]} cannot be computed: {cause}" for cause in causes]
