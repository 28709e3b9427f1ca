"""A specification curve as small as a stamp: a point for each analysis, no numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from radsurv.report.figures.small_curves_plot import HEIGHT_IN, WIDTH_IN
from radsurv.report.figures.style import INK, NEUTRAL, new_figure, styled

LEAST_SPAN = 0.1  # of C on either side of a coin's


def small_specification_figure(
    c: Float[np.ndarray, "analysis"], low_p: Sequence[bool], simulated: bool = False
) -> Figure:
    """Draw Harrell's C from the least to the most, beside the line of a coin.

    Parameters
    ----------
    c
        Rising.
    low_p
        Whether an analysis has a permutation P of .05 or less by itself: drawn full, others hollow.
    simulated
        Writes SIMULATED across it.
    """
    with styled():
        figure = new_figure(WIDTH_IN, HEIGHT_IN)
        axes = figure.add_subplot()
        at, filled = np.arange(len(c)), np.asarray(low_p, dtype=bool)
        axes.plot(at[filled], c[filled], "o", color=INK, markersize=4)
        axes.plot(at[~filled], c[~filled], "o", color=INK, markersize=4, markerfacecolor="none")
        axes.axhline(0.5, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))
        span = 1.15 * max(LEAST_SPAN, float(np.nanmax(np.abs(c - 0.5), initial=0.0)))
        axes.set(xlim=(-0.6, len(c) - 0.4), ylim=(0.5 - span, 0.5 + span), xticks=[], yticks=[])
        if simulated:
            axes.text(
                0.5, 0.5, "SIMULATED", transform=axes.transAxes, ha="center", va="center", color=NEUTRAL, alpha=0.5
            )
    return figure
