"""Harrell's C of the experiment under every scheme, and of simpler models, in one small figure."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, NEUTRAL, drawing, name_rows, nothing_at
from radsurv.report.forest import ForestRow

MARGIN = 0.03


def forest_figure(rows: Sequence[ForestRow], simulated: bool = False) -> Figure:
    """Draw one row per C: limits as a line, a standard deviation over draws as a pale band, the number beside it.

    Parameters
    ----------
    rows
        At least one.
    simulated
        Writes SIMULATED across the plot.
    """
    with drawing(0.75 + 0.28 * len(rows), simulated) as figure:
        axes = figure.add_subplot()
        for place, row in enumerate(rows):
            _draw(axes, place, row)
        nothing_at(axes, 0.5)
        axes.set_xlabel("Harrell's C (0.5: a coin)")
        name_rows(axes, [row.label for row in rows])
        ends = [end for row in rows for end in _ends(row)]
        axes.set_xlim(min(0.4, *ends) - MARGIN, min(1.0, max(0.8, *ends) + MARGIN))
    return figure


def _ends(row: ForestRow) -> tuple[float, float]:
    spread = row.sd or 0.0
    low = row.c - spread if row.low is None else row.low
    return low, row.c + spread if row.high is None else row.high


def _draw(axes: Axes, place: int, row: ForestRow) -> None:
    colour = INK if row.own else MUTED
    low, high = _ends(row)
    if row.sd is not None:
        axes.barh(place, high - low, left=low, height=0.5, color=NEUTRAL, alpha=0.5)
    elif low < high:
        axes.plot([low, high], [place, place], color=colour, linewidth=1.4)
    axes.plot([row.c], [place], "o" if row.own else "s", color=colour, markersize=6)
    axes.text(1.01, place, f"{row.c:.3f}", transform=axes.get_yaxis_transform(), va="center", fontsize=9, color=colour)
