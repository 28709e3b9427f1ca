"""C of left-out patients by how many of the others the models learn from."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, NEUTRAL, RULE, drawing


def learning_curve_figure(curve: pd.DataFrame, simulated: bool = False) -> Figure:
    """Draw the mean C by number of training patients, with its spread over draws; the events among them on a second axis.

    Parameters
    ----------
    curve : columns n_patients, n_events, harrell_c, harrell_c_sd
        One row per size, rising; without a spread where there is one draw.
    simulated
        Writes SIMULATED across the plot.
    """
    with drawing(3.3, simulated) as figure:
        axes = figure.subplots()
        size, c, spread = curve["n_patients"], curve["harrell_c"], curve["harrell_c_sd"].fillna(0)
        axes.fill_between(size, c - spread, c + spread, color=RULE, linewidth=0, label="± 1 SD over draws")
        axes.plot(size, c, "o-", color=INK, linewidth=1.6, markersize=5, label="mean")
        axes.axhline(0.5, color=NEUTRAL, linewidth=1.4, linestyle=(0, (4, 2)), label="a coin")
        axes.set_xticks(size, [f"{n:,.0f}" for n in size])
        axes.set_xlabel("Training patients")
        axes.set_ylabel("Harrell's C, left out")
        axes.grid(axis="y")
        axes.legend(loc="lower right", ncols=3, fontsize=9, labelcolor=MUTED, handlelength=1.8)
        low, high = min(0.45, float((c - spread).min())), max(0.65, float((c + spread).max()))
        axes.set_ylim(low - 0.2 * (high - low), high + 0.05 * (high - low))  # room for the legend
        events = axes.secondary_xaxis("top")
        events.set_xticks(size, [f"{n:,.0f}" for n in curve["n_events"]])
        events.set_xlabel("Events among them")
    return figure
