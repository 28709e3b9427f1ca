"""How well the predictions tell patients apart, and how far they are off, by time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from radsurv.report.figures.band import draw_band
from radsurv.report.figures.style import INK, MUTED, NEUTRAL, drawing, time_label

LEAST = 2


def accuracy_figure(
    horizons: pd.DataFrame, time_unit: str, simulated: bool = False, *, landmark_days: float | None = None
) -> Figure:
    """Draw the AUC beside that of a coin, and the Brier score beside that of the Kaplan-Meier curve, both with their bands.

    Parameters
    ----------
    horizons : columns horizon, auc, brier, their limits (auc_low and so on), brier_km, n_events, n_at_risk
        One row per time, rising. An AUC of fewer than `LEAST` patients with or without the event is not drawn: it is the rank
        of one patient.
    time_unit
        For the labels.
    simulated
        Writes SIMULATED across the plot.
    landmark_days
        When times start, for the labels.
    """
    with drawing(3.3, simulated) as figure:
        left, right = figure.subplots(1, 2)
        telling = horizons[(horizons["n_events"] >= LEAST) & (horizons["n_at_risk"] >= LEAST)]
        _draw(left, telling, "auc")
        left.axhline(0.5, color=NEUTRAL, linewidth=1.4, linestyle=(0, (4, 2)), label="a coin")
        lowest = telling.filter(["auc", "auc_low"]).min().min()
        left.set_ylim(float(np.nanmin([0.35, max(lowest - 0.05, -0.02)])), 1.02)
        left.set_ylabel("AUC (higher is better)")
        _draw(right, horizons, "brier")
        right.plot(horizons["horizon"], horizons["brier_km"], "o--", color=NEUTRAL, linewidth=1.4, markersize=3.5,
                   dashes=(4, 2), label="Kaplan-Meier")  # fmt: skip
        highest = horizons.filter(["brier", "brier_high", "brier_km"]).max().max()
        right.set_ylim(0, 1.08 * max(0.25, float(highest)))
        right.set_ylabel("Brier score (lower is better)")
        for axes in (left, right):
            _finish(axes, float(horizons["horizon"].max()), time_unit, landmark_days)
    return figure


def _draw(axes: Axes, horizons: pd.DataFrame, name: str) -> None:
    draw_band(axes, horizons, "horizon", name)
    axes.plot(horizons["horizon"], horizons[name], "o-", color=INK, linewidth=1.6, markersize=4, label="predictions")


def _finish(axes: Axes, last: float, time_unit: str, landmark_days: float | None) -> None:
    axes.set_xlim(0, 1.04 * last)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(time_label(time_unit, landmark_days))
    axes.grid(axis="y")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, fontsize=9, labelcolor=MUTED, handlelength=1.8,
                columnspacing=1.2, borderaxespad=0.2)  # fmt: skip
