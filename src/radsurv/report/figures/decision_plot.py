"""What acting on the predictions would gain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from radsurv.report.figures.band import draw_band
from radsurv.report.figures.style import INK, MUTED, NEUTRAL, drawing


def decision_figure(decision: pd.DataFrame, simulated: bool = False) -> Figure:
    """Draw net benefit by decision threshold, beside that of treating everybody and nobody.

    Parameters
    ----------
    decision : columns threshold, net_benefit, net_benefit_low, net_benefit_high, net_benefit_all
        One row per threshold, rising.
    simulated
        Writes SIMULATED across the plot.
    """
    top = float(np.nanmax(decision.filter(["net_benefit", "net_benefit_high", "net_benefit_all"])))
    top = max(top, 0.05)
    with drawing(3.4, simulated) as figure:
        axes = figure.add_subplot()
        axes.axhline(0, color=MUTED, linewidth=1.2, label="act on nobody")
        axes.plot(decision["threshold"], decision["net_benefit_all"], color=NEUTRAL, linewidth=1.6,
                  linestyle=(0, (4, 2)), label="act on everybody")  # fmt: skip
        draw_band(axes, decision, "threshold", "net_benefit")
        axes.plot(decision["threshold"], decision["net_benefit"], color=INK, linewidth=1.8, label="act on predictions")
        axes.set_xlim(0, 1)
        # Acting on everybody falls without bound; what happens far below nobody's 0 decides nothing.
        axes.set_ylim(-0.35 * top, 1.1 * top)
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axes.set_xlabel("Predicted risk from which one would act")
        axes.set_ylabel("Net benefit per patient")
        axes.grid(axis="y")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, fontsize=9, borderaxespad=0.2)
    return figure
