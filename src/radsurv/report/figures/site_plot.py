"""The concordance of each site, with its limits: a small forest plot."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, NEUTRAL, mark_simulated, new_figure, styled

SMALLEST, LARGEST = 4.0, 9.0  # points: the area of a square goes with the events of the site


def site_figure(table: pd.DataFrame, names: list[str], within: float | None, simulated: bool = False) -> Figure:
    """Draw one row per site.

    Parameters
    ----------
    table : columns events, harrell_c, harrell_c_low, harrell_c_high
    names
        Of the rows, as they shall be read.
    within
        Harrell's C within sites, drawn as a line where there is one.
    simulated
        Writes SIMULATED across the plot.
    """
    with styled():
        figure = new_figure(7.2, 1.0 + 0.34 * len(table))
        axes = figure.subplots()
        most = max(float(table["events"].max()), 1.0)
        for row, (events, value, low, high) in enumerate(
            table[["events", "harrell_c", "harrell_c_low", "harrell_c_high"]].itertuples(index=False)
        ):
            axes.plot([low, high], [row, row], color=MUTED, linewidth=1.4)
            axes.plot([value], [row], "s", color=INK, markersize=max(SMALLEST, LARGEST * (events / most) ** 0.5))
        axes.axvline(0.5, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))
        if within is not None:
            axes.axvline(within, color=INK, linewidth=1.0)
        axes.set_xlabel(
            "Harrell's C (0.5: a coin)" + ("" if within is None else "; solid line: all pairs within sites")
        )
        axes.set_yticks(range(len(table)), names)
        axes.set_ylim(len(table) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        if simulated:
            mark_simulated(figure)
    return figure
