"""Harrell's C of the experiment under every scheme, and of simpler models, in one small figure."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, NEUTRAL, mark_simulated, new_figure, styled
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
    with styled():
        figure = new_figure(7.2, 0.75 + 0.28 * len(rows))
        axes = figure.add_subplot()
        for place, row in enumerate(rows):
            _draw(axes, place, row)
        axes.axvline(0.5, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.set_xlabel("Harrell's C (0.5: a coin)")
        axes.set_yticks(range(len(rows)), [row.label for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        ends = [end for row in rows for end in _ends(row)]
        axes.set_xlim(min(0.4, *ends) - MARGIN, min(1.0, max(0.8, *ends) + MARGIN))
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        if simulated:
            mark_simulated(figure)
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
