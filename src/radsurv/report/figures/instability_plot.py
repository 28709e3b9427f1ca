"""How far predictions and risk groups change when the model is fitted to bootstrap samples."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, NEUTRAL, drawing

TICKS = ([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])


def instability_figure(patients: pd.DataFrame, simulated: bool = False) -> Figure:
    """Draw a line for every patient: from where to where 95 % of the refits predict; and how many change the group.

    Parameters
    ----------
    patients : columns survival, survival_low, survival_high, other_group
        One row per patient; nobody is named.
    simulated
        Writes SIMULATED across the plot.
    """
    with drawing(3.5, simulated) as figure:
        left, right = figure.subplots(1, 2)
        own = patients["survival"]
        left.plot([0, 1], [0, 1], color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))
        left.vlines(own, patients["survival_low"], patients["survival_high"], color=MUTED, linewidth=1.0)
        left.plot(own, own, "o", color=INK, markersize=3)
        left.set_ylim(-0.04, 1.04)
        left.set_ylabel("Survival by the refits, 95 % range (%)")
        left.yaxis.set_ticks(*TICKS)
        right.plot(own, patients["other_group"], "o", color=INK, markersize=4)
        right.axhline(0.5, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))
        right.set_ylim(-0.04, 1.04)
        right.set_ylabel("Refits with another group (%)")
        right.yaxis.set_ticks(*TICKS)
        for axes in (left, right):
            axes.set_xlim(-0.04, 1.04)
            axes.set_xlabel("Survival by the model of all patients (%)")
            axes.xaxis.set_ticks(*TICKS)
            axes.grid()
    return figure
