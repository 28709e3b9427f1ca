"""Everything that is said of left-out predictions beyond the comparison of the two groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radsurv.survival.horizons import choose_horizons
from radsurv.survival.kaplan_meier import SurvivalCurve, survival_curve
from radsurv.survival.measurements import Measurements
from radsurv.survival.outcome import check_outcome
from radsurv.survival.prediction_metrics import prediction_metrics
from radsurv.survival.risk_groups import SHORT
from radsurv.validation.bootstrap_interval import bootstrap_interval
from radsurv.validation.by_site import by_site
from radsurv.validation.curve_bands import curve_bands
from radsurv.validation.finding import Finding, together
from radsurv.validation.left_out import LeftOutModels
from radsurv.validation.left_out_survival import left_out_survival
from radsurv.validation.repeats import average, said_in_repeats


def assess(
    patients: Measurements,
    predictions: pd.DataFrame,
    judges: LeftOutModels,
    *,
    horizons: Sequence[float] | None,
    seed: int,
    reference: SurvivalCurve | None = None,
) -> Finding:
    """Judge every repeat, and average the metrics.

    Parameters
    ----------
    patients
        In the order of the predictions.
    predictions : columns time, event, risk, group, repeat
        One row per patient and repeat.
    judges
        The models that made the predictions.
    horizons
        As configured; chosen from the data where None.
    seed
        Of the experiment.
    reference
        The Kaplan-Meier curve that Brier scores are held against; that of these patients if not given.

    Returns
    -------
    Finding
        Metrics of `radsurv.survival.prediction_metrics.PredictionMetrics` and
        `radsurv.validation.bootstrap_interval.BootstrapInterval`. The tables by time are those of the first repeat, like all
        curves. Those of `radsurv.validation.by_site` come beside them. A reason is kept for a metric that is NaN in all repeats.
    """
    judged = [
        _assess_repeat(patients, rows.reset_index(drop=True), judges.of_repeat(repeat), horizons, seed, reference)
        for repeat, (_, rows) in enumerate(predictions.groupby("repeat"))
    ]
    metrics = average([one.metrics for one in judged])
    reasons = {name: why for one in judged for name, why in one.reasons.items() if np.isnan(metrics[name])}
    whole = Finding(judged[0].tables, metrics, reasons, said_in_repeats([one.notes for one in judged]))
    return together([whole, by_site(predictions, patients.sites, seed)])


def _assess_repeat(
    patients: Measurements,
    predictions: pd.DataFrame,
    judges: LeftOutModels,
    horizons: Sequence[float] | None,
    seed: int,
    reference: SurvivalCurve | None,
) -> Finding:
    outcome = check_outcome(predictions["time"], predictions["event"])
    risk = predictions["risk"].to_numpy(dtype=np.float64)
    times, unused = choose_horizons(outcome, horizons)
    predicted = left_out_survival(patients, outcome, judges, times, reference or survival_curve(outcome))
    judged = prediction_metrics(outcome, risk, predicted)
    limits = bootstrap_interval(outcome, risk, (predictions["group"] == SHORT).to_numpy(), seed)
    reasons = {**judged.reasons, **limits.reasons}
    return Finding(
        curve_bands(outcome, risk, predicted, judged, seed),
        {**judged.values, **limits.values},
        reasons,
        unused + _sentences(reasons),
    )


def _sentences(reasons: dict[str, str]) -> list[str]:
    causes = dict.fromkeys(reasons.values())
    names = {cause: ", ".join(name for name, why in reasons.items() if why == cause) for cause in causes}
    return [f"{names[cause]} cannot be computed: {cause}" for cause in causes]
