"""Predicted against observed risk."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radsurv.formats import number
from radsurv.report.figures.band import draw_band
from radsurv.report.figures.style import INK, MUTED, NEUTRAL, drawing


def calibration_figure(calibration: pd.DataFrame, time_unit: str, simulated: bool = False) -> Figure:
    """Draw the observed share of events in groups of similar predicted risk, one panel per horizon.

    Parameters
    ----------
    calibration : columns horizon, n, predicted, observed, low, high, resampled_low, resampled_high
        One row per horizon and group; groups in which nothing could be observed are left out.
    time_unit
        For the titles.
    simulated
        Writes SIMULATED across the plot.
    """
    panels = [(horizon, rows.dropna(subset=["observed"])) for horizon, rows in calibration.groupby("horizon")]
    with drawing(2.85, simulated) as figure:
        drawn = figure.subplots(1, max(3, len(panels)), sharey=True)
        for axes, (horizon, rows) in zip(drawn, panels, strict=False):
            _draw(axes, rows)
            axes.set_title(f"until {number(float(str(horizon)))} {time_unit}", fontsize=10, color=INK)
        for axes in drawn[len(panels) :]:
            axes.set_axis_off()
        drawn[0].set_ylabel("Observed events (%)")
    return figure


def _draw(axes: Axes, rows: pd.DataFrame) -> None:
    axes.plot([0, 1], [0, 1], color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))
    draw_band(axes, rows, "predicted", "resampled")
    axes.vlines(rows["predicted"], rows["low"], rows["high"], color=MUTED, linewidth=1.2)
    axes.plot(rows["predicted"], rows["observed"], "o-", color=INK, linewidth=1.4, markersize=5)
    axes.set_xlim(-0.04, 1.04)
    axes.set_ylim(-0.04, 1.04)
    axes.set_aspect("equal")
    axes.set_xlabel("Predicted risk (%)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.grid()
