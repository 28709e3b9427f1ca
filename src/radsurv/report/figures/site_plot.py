"""The concordance of each site, with its limits, and what they say together: a forest plot."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, PAPER, drawing, name_rows, nothing_at

SMALLEST, LARGEST = 4.0, 9.0  # points: the area of a square goes with the events of the site
HALF_DIAMOND = 0.22


class Summary(NamedTuple):
    """Harrell's C over sites: mean with limits, and prediction interval, NaN where there is none."""

    mean: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float


def site_figure(
    table: pd.DataFrame, names: list[str], within: float | None, summary: Summary | None = None, simulated: bool = False
) -> Figure:
    """Draw one row per site, and below them a diamond for the summary on a bar for the prediction interval.

    Parameters
    ----------
    table : columns events, harrell_c, harrell_c_low, harrell_c_high, summarised
        The square of a site that is not in the summary is hollow.
    names
        Of the rows, as they shall be read; that of the summary is the last where there is one.
    within
        Harrell's C within sites, drawn as a line where there is one.
    summary
        Where there is one.
    simulated
        Writes SIMULATED across the plot.
    """
    with drawing(1.0 + 0.34 * len(names), simulated) as figure:
        axes = figure.subplots()
        most = max(float(table["events"].max()), 1.0)
        columns = ["events", "harrell_c", "harrell_c_low", "harrell_c_high", "summarised"]
        for row, (events, value, low, high, summarised) in enumerate(table[columns].itertuples(index=False)):
            axes.plot([low, high], [row, row], color=MUTED, linewidth=1.4)
            size = max(SMALLEST, LARGEST * (events / most) ** 0.5)
            inside = INK if summarised or summary is None else PAPER
            axes.plot([value], [row], "s", color=INK, markersize=size, markerfacecolor=inside)
        if summary is not None:
            row = len(table)
            if np.isfinite(summary.prediction_low):
                ends = [summary.prediction_low, summary.prediction_high]
                axes.plot(ends, [row, row], color=INK, linewidth=1.4, marker="|", markersize=9)
            across = [summary.low, summary.mean, summary.high, summary.mean]
            axes.fill(across, [row, row - HALF_DIAMOND, row, row + HALF_DIAMOND], color=INK)
        nothing_at(axes, 0.5)
        if within is not None:
            axes.axvline(within, color=INK, linewidth=1.0)
        axes.set_xlabel(
            "Harrell's C (0.5: a coin)" + ("" if within is None else "; solid line: all pairs within sites")
        )
        name_rows(axes, names)
    return figure
