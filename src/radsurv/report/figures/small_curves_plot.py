"""Kaplan-Meier curves of the predicted groups as small as a stamp: two lines, no numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from radsurv.report.figures.kaplan_meier_plot import DASHES
from radsurv.report.figures.style import GROUP_COLOURS, NEUTRAL, new_figure, styled
from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.outcome import Outcome

WIDTH_IN, HEIGHT_IN = 2.0, 1.3


def small_curves_figure(predictions: pd.DataFrame, simulated: bool = False) -> Figure:
    """Draw survival from 1 to 0 over all of the follow-up.

    Parameters
    ----------
    predictions : columns time, event, group
        One row per patient.
    simulated
        Writes SIMULATED across it.
    """
    with styled():
        figure = new_figure(WIDTH_IN, HEIGHT_IN)
        axes = figure.add_subplot()
        for group, rows in predictions.groupby("group"):
            time = rows["time"].to_numpy(float)
            at = np.r_[0.0, np.unique(time)]
            curve = survival_curve(Outcome(time, rows["event"].to_numpy(bool)))
            line = DASHES[str(group)]
            axes.step(at, curve.at(at), where="post", color=GROUP_COLOURS[str(group)], linewidth=2, linestyle=line)
        axes.set(xlim=(0, float(predictions["time"].max())), ylim=(0, 1.02), xticks=[], yticks=[])
        if simulated:
            axes.text(
                0.5, 0.5, "SIMULATED", transform=axes.transAxes, ha="center", va="center", color=NEUTRAL, alpha=0.5
            )
    return figure
