"""How good the predictions are beyond the two groups: over time, at their word, and when acted upon."""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

from radsurv.formats import number, p_value, percent
from radsurv.report.experiment import Experiment
from radsurv.report.figures.accuracy_plot import accuracy_figure
from radsurv.report.figures.calibration_plot import calibration_figure
from radsurv.report.figures.decision_plot import decision_figure
from radsurv.report.figures.style import to_svg
from radsurv.report.sections.section import Section


def accuracy(experiment: Experiment) -> Section | None:
    """AUC and Brier score by time."""
    table = experiment.horizons
    if table is None or table.empty:
        return None
    figure = accuracy_figure(table, experiment.time_unit, experiment.simulated)
    described = "AUC and Brier score of the predictions by time, beside a coin and the Kaplan-Meier curve"
    scaled = experiment.metrics.get("scaled_brier")
    return Section(
        "accuracy",
        "Accuracy over time",
        {
            "figure": Markup(to_svg(figure, "accuracy", described)),
            "brier": None if scaled is None else _against_average(scaled),
            "time_unit": experiment.time_unit,
            "rows": [_accuracy_row(row) for row in table.itertuples()],
        },
    )


def calibration(experiment: Experiment) -> Section | None:
    """Predicted against observed risk."""
    if experiment.null:
        return Section("calibration", "Calibration", {"null": True, "external": experiment.external})
    table = experiment.calibration
    if table is None or table["observed"].isna().all():
        return None
    figure = calibration_figure(table, experiment.time_unit, experiment.simulated)
    slope, p = experiment.metrics.get("calibration_slope"), experiment.metrics.get("d_calibration_p")
    return Section(
        "calibration",
        "Calibration",
        {
            "null": False,
            "figure": Markup(to_svg(figure, "calibration-curve", "Observed against predicted share of events")),
            "slope": None if slope is None else f"{slope:.2f}",
            "p": None if p is None else p_value(p),
            "time_unit": experiment.time_unit,
            "rows": [_calibration_row(row) for row in table.itertuples()],
        },
    )


def decision(experiment: Experiment) -> Section | None:
    """Net benefit by decision threshold."""
    table = experiment.decision
    if experiment.null or table is None or table["net_benefit"].isna().all():
        return None
    figure = decision_figure(table, experiment.simulated)
    return Section(
        "decision",
        "Decision curve",
        {
            "figure": Markup(to_svg(figure, "decision-curve", "Net benefit by decision threshold")),
            "horizon": f"{number(float(table['horizon'].iloc[0]))} {experiment.time_unit}",
            "better": bool((table["net_benefit"] > table["net_benefit_all"].clip(lower=0)).any()),
        },
    )


def _against_average(scaled: float) -> str:
    """The scaled Brier score in words."""
    how = "no better than telling every patient the average"
    if abs(scaled) < 0.005:
        return f"practically that of the Kaplan-Meier curve: as probabilities, they are {how}"
    if scaled > 0:
        return f"{percent(scaled)} lower than that of the Kaplan-Meier curve"
    return f"{percent(-scaled)} higher than that of the Kaplan-Meier curve: as probabilities, they are {how}"


def _accuracy_row(row: Any) -> dict[str, str]:
    return {
        "horizon": number(row.horizon),
        "auc": f"{row.auc:.3f}",
        "brier": f"{row.brier:.3f}",
        "brier_km": f"{row.brier_km:.3f}",
        "n_events": f"{row.n_events:,}",
        "n_at_risk": f"{row.n_at_risk:,}",
    }


def _calibration_row(row: Any) -> dict[str, str]:
    limits = "–" if pd.isna(row.low) or pd.isna(row.high) else f"{percent(row.low)} to {percent(row.high)}"
    return {
        "horizon": number(row.horizon),
        "n": f"{row.n:,}",
        "predicted": percent(row.predicted),
        "observed": "–" if pd.isna(row.observed) else percent(row.observed),
        "limits": limits,
    }
