"""The concordance of each site, with its limits: a small forest plot."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, drawing, name_rows, nothing_at

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
    with drawing(1.0 + 0.34 * len(table), simulated) as figure:
        axes = figure.subplots()
        most = max(float(table["events"].max()), 1.0)
        for row, (events, value, low, high) in enumerate(
            table[["events", "harrell_c", "harrell_c_low", "harrell_c_high"]].itertuples(index=False)
        ):
            axes.plot([low, high], [row, row], color=MUTED, linewidth=1.4)
            axes.plot([value], [row], "s", color=INK, markersize=max(SMALLEST, LARGEST * (events / most) ** 0.5))
        nothing_at(axes, 0.5)
        if within is not None:
            axes.axvline(within, color=INK, linewidth=1.0)
        axes.set_xlabel(
            "Harrell's C (0.5: a coin)" + ("" if within is None else "; solid line: all pairs within sites")
        )
        name_rows(axes, names)
    return figure
