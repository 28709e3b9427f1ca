"""How far readings of a feature agree, family by family."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, NEUTRAL, drawing, name_rows

# A family of fewer features is drawn feature by feature.
FEWEST_FOR_A_BOX = 10


def agreement_figure(families: Mapping[str, pd.Series], simulated: bool = False) -> Figure:
    """Draw the distribution of ICC(2,1) in every family: a box from quartile to quartile, whiskers from 5 to 95 %.

    Parameters
    ----------
    families
        Name to values, one per feature; none empty, none NaN.
    simulated
        Writes SIMULATED across the plot.
    """
    with drawing(0.9 + 0.32 * len(families), simulated) as figure:
        axes = figure.add_subplot()
        for row, values in enumerate(families.values()):
            _draw(axes, row, values)
        name_rows(axes, [f"{name} ({len(values):,})" for name, values in families.items()])
        axes.set_xlim(min(0.0, *(float(values.min()) for values in families.values())) - 0.02, 1.02)
        axes.set_xlabel("ICC(2,1)")
    return figure


def _draw(axes: Axes, row: int, values: pd.Series) -> None:
    if len(values) < FEWEST_FOR_A_BOX:
        axes.plot(values, [row] * len(values), "o", color=MUTED, markersize=5, alpha=0.7)
        return
    lowest, low, middle, high, highest = values.quantile([0.05, 0.25, 0.5, 0.75, 0.95])
    axes.plot([lowest, highest], [row, row], color=MUTED, linewidth=1)
    axes.barh(row, high - low, left=low, height=0.56, color=NEUTRAL)
    axes.plot([middle, middle], [row - 0.28, row + 0.28], color=INK, linewidth=1.6)
