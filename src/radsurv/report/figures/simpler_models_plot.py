"""The concordance of the experiment and of simpler models, and the differences, with their limits."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, drawing, name_rows, nothing_at


def simpler_models_figure(
    table: pd.DataFrame, names: list[str], simulated: bool = False, difference: str = "Experiment minus model"
) -> Figure:
    """Draw one row per model: Harrell's C on the left, its difference from the first on the right.

    Parameters
    ----------
    table : columns harrell_c, harrell_c_low, harrell_c_high, delta_c, delta_c_low, delta_c_high
        The experiment first.
    names
        Of the models, as they shall be read.
    simulated
        Writes SIMULATED across the plot.
    difference
        What the right half shows.
    """
    with drawing(1.0 + 0.34 * len(table), simulated) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        _draw(left, table, "harrell_c", first=0)
        nothing_at(left, 0.5)
        left.set_xlabel("Harrell's C (0.5: a coin)")
        _draw(right, table, "delta_c", first=1)
        nothing_at(right, 0.0)
        right.set_xlabel(difference)
        for axes in (left, right):
            name_rows(axes, names)
    return figure


def _draw(axes: Axes, table: pd.DataFrame, name: str, first: int) -> None:
    """Points with limits; the experiment, in row 0, stands out."""
    for row in range(first, len(table)):
        value, low, high = (float(table[column].iloc[row]) for column in (name, f"{name}_low", f"{name}_high"))
        colour = MUTED if row else INK
        axes.plot([low, high], [row, row], color=colour, linewidth=1.4)
        axes.plot([value], [row], "o", color=colour, markersize=6 if row else 7)
