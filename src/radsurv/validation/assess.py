"""Everything that is said of left-out predictions beyond the comparison of the two groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from radsurv.catalogue.tables import Table
from radsurv.survival.horizons import choose_horizons
from radsurv.survival.kaplan_meier import SurvivalCurve, survival_curve
from radsurv.survival.measurements import Measurements
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.prediction_metrics import PredictedSurvival, PredictionMetrics, prediction_metrics
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
    repeats = _judged_repeats(patients, predictions, judges, horizons, reference)
    judged = [one.assessed(seed) for one in repeats]
    metrics = average([one.metrics for one in judged])
    reasons = {name: why for one in judged for name, why in one.reasons.items() if np.isnan(metrics[name])}
    whole = Finding(repeats[0].curves(seed), metrics, reasons, said_in_repeats([one.notes for one in judged]))
    return together([whole, by_site(predictions, patients.sites, seed)])


def averaged_metrics(
    patients: Measurements, predictions: pd.DataFrame, judges: LeftOutModels, *, horizons: Sequence[float] | None
) -> dict[str, float]:
    """Metrics of `radsurv.survival.prediction_metrics.PredictionMetrics` alone, as `assess` averages them."""
    repeats = _judged_repeats(patients, predictions, judges, horizons, None)
    return average([one.judged.values for one in repeats])


@dataclass(frozen=True)
class _Repeat:
    """One repeat, judged."""

    outcome: Outcome
    risk: Float[np.ndarray, "patient"]
    short: Bool[np.ndarray, "patient"]
    predicted: PredictedSurvival
    judged: PredictionMetrics
    unused: list[str]

    def assessed(self, seed: int) -> Finding:
        """Metrics with limits, and what cannot be computed."""
        limits = bootstrap_interval(self.outcome, self.risk, self.short, seed)
        reasons = {**self.judged.reasons, **limits.reasons}
        return Finding({}, {**self.judged.values, **limits.values}, reasons, self.unused + _sentences(reasons))

    def curves(self, seed: int) -> dict[Table, pd.DataFrame]:
        """The tables by time, with bands."""
        return curve_bands(self.outcome, self.risk, self.predicted, self.judged, seed)


def _judged_repeats(
    patients: Measurements,
    predictions: pd.DataFrame,
    judges: LeftOutModels,
    horizons: Sequence[float] | None,
    reference: SurvivalCurve | None,
) -> list[_Repeat]:
    found = []
    for repeat, (_, rows) in enumerate(predictions.groupby("repeat")):
        outcome, risk = check_outcome(rows["time"], rows["event"]), rows["risk"].to_numpy(dtype=np.float64)
        times, unused = choose_horizons(outcome, horizons)
        known = reference or survival_curve(outcome)
        predicted = left_out_survival(patients, outcome, judges.of_repeat(repeat), times, known)
        judged = prediction_metrics(outcome, risk, predicted)
        found.append(_Repeat(outcome, risk, (rows["group"] == SHORT).to_numpy(), predicted, judged, unused))
    return found


def _sentences(reasons: dict[str, str]) -> list[str]:
    causes = dict.fromkeys(reasons.values())
    names = {cause: ", ".join(name for name, why in reasons.items() if why == cause) for cause in causes}
    return [f"{names[cause]} cannot be computed: {cause}" for cause in causes]
