"""Predicted risk against what happened."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from radsurv.report.figures.style import GROUP_COLOURS, MUTED, drawing, time_label


def risk_figure(
    predictions: pd.DataFrame, time_unit: str, simulated: bool = False, *, landmark_days: float | None = None
) -> Figure:
    """Draw each patient's risk above the threshold of their model, or models, against their follow-up.

    Every model has its own scale and threshold; the distance from the threshold is what decided the patient's group.

    Parameters
    ----------
    predictions : columns time, event, risk, threshold, group
        One row per patient.
    time_unit
        For the label.
    simulated
        Writes SIMULATED across the plot.
    landmark_days
        When times start, for the label.
    """
    with drawing(3.6, simulated) as figure:
        axes = figure.add_subplot()
        axes.axhline(0, color=MUTED, linewidth=0.9)
        for name, colour in GROUP_COLOURS.items():
            for event, face in ((1, colour), (0, "none")):
                rows = predictions[(predictions["group"] == name) & (predictions["event"].astype(int) == event)]
                axes.plot(rows["time"], rows["risk"] - rows["threshold"], "o", markersize=6, alpha=0.85,
                          markerfacecolor=face, markeredgecolor=colour, markeredgewidth=1.3)  # fmt: skip
        last = float(predictions["time"].max())
        axes.set_xlim(-0.02 * last, 1.03 * last)
        axes.set_xlabel(time_label(time_unit, landmark_days, "Time to event or end of follow-up"))
        axes.set_ylabel("Risk above threshold (log relative risk)")
        axes.grid()
        axes.legend(handles=_key(), ncols=4, loc="lower left", bbox_to_anchor=(-0.02, 1.0), fontsize=9,
                    handletextpad=0.2, columnspacing=1.4)  # fmt: skip
    return figure


def _key() -> list[Line2D]:
    kinds = [("predicted short", GROUP_COLOURS["short"], True), ("predicted long", GROUP_COLOURS["long"], True),
             ("event", MUTED, True), ("censored", MUTED, False)]  # fmt: skip
    return [
        Line2D([], [], linestyle="", marker="o", label=label, markeredgecolor=colour, markersize=6,
               markerfacecolor=colour if filled else "none", markeredgewidth=1.3)
        for label, colour, filled in kinds
    ]  # fmt: skip
