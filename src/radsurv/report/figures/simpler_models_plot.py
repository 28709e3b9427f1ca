"""The concordance of the experiment and of simpler models, and the differences, with their limits."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, NEUTRAL, mark_simulated, new_figure, styled


def simpler_models_figure(table: pd.DataFrame, names: list[str], simulated: bool = False) -> Figure:
    """Draw one row per model: Harrell's C on the left, what the experiment has over it on the right.

    Parameters
    ----------
    table : columns harrell_c, harrell_c_low, harrell_c_high, delta_c, delta_c_low, delta_c_high
        The experiment first.
    names
        Of the models, as they shall be read.
    simulated
        Writes SIMULATED across the plot.
    """
    with styled():
        figure = new_figure(7.2, 1.0 + 0.34 * len(table))
        left, right = figure.subplots(1, 2, sharey=True)
        _draw(left, table, "harrell_c", first=0)
        left.axvline(0.5, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))
        left.set_xlabel("Harrell's C (0.5: a coin)")
        _draw(right, table, "delta_c", first=1)
        right.axvline(0.0, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))
        right.set_xlabel("Experiment minus model")
        left.set_yticks(range(len(table)), names)
        left.set_ylim(len(table) - 0.4, -0.6)
        for axes in (left, right):
            axes.tick_params(axis="y", length=0)
            axes.grid(axis="x")
        if simulated:
            mark_simulated(figure)
    return figure


def _draw(axes: Axes, table: pd.DataFrame, name: str, first: int) -> None:
    """Points with limits; the experiment, in row 0, stands out."""
    for row in range(first, len(table)):
        value, low, high = (float(table[column].iloc[row]) for column in (name, f"{name}_low", f"{name}_high"))
        colour = MUTED if row else INK
        axes.plot([low, high], [row, row], color=colour, linewidth=1.4)
        axes.plot([value], [row], "o", color=colour, markersize=6 if row else 7)
