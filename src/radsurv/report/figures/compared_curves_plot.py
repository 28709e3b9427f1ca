"""Kaplan-Meier curves of the groups that several runs predict, over each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from radsurv.report.figures.kaplan_meier_plot import DASHES, finish_curves
from radsurv.report.figures.style import INK, drawing, survival_label
from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.outcome import Outcome

# After Okabe and Ito, darkened to a contrast of at least 3 on white and on dark pages.
COLOURS = ("#0072b2", "#b84f00", "#008f6b", "#9a5fb0", "#8a7a00", "#d1477a")
MOST_CURVES = len(COLOURS)


def compared_curves_figure(
    runs: Mapping[str, pd.DataFrame],
    time_unit: str,
    simulated: bool = False,
    *,
    landmark_days: float | None = None,
    of_cause: bool = False,
) -> Figure:
    """Draw two curves for each run, of its predicted short and long survivors.

    Parameters
    ----------
    runs : mapping of str to DataFrame (time, event, group)
        By name, at most `MOST_CURVES`; one row per patient.
    time_unit
        For the labels.
    simulated
        Writes SIMULATED across the plot.
    landmark_days
        When the times of all of them start, for the label.
    of_cause
        Whether other causes of the event are censored in all of them, for the label.
    """
    with drawing(4.4 + 0.2 * len(runs), simulated) as figure:
        axes = figure.add_subplot()
        for colour, rows in zip(COLOURS, runs.values(), strict=False):
            for group, members in rows.groupby("group"):
                curve = survival_curve(Outcome(members["time"].to_numpy(float), members["event"].to_numpy(bool)))
                at = np.r_[0.0, np.unique(members["time"].to_numpy(float))]
                axes.step(at, curve.at(at), where="post", color=colour, linewidth=1.6, linestyle=DASHES[str(group)])
        last = max(float(rows["time"].max()) for rows in runs.values())
        finish_curves(axes, last, time_unit, landmark_days, survival_label(of_cause=of_cause))
        named = [Line2D([], [], color=colour, label=name) for colour, name in zip(COLOURS, runs, strict=False)]
        groups = [
            Line2D([], [], color=INK, linestyle=DASHES[name], label=f"predicted {name}") for name in ("short", "long")
        ]
        axes.legend(handles=[*named, *groups], loc="lower left", bbox_to_anchor=(-0.02, 1.0), fontsize=9)
    return figure
