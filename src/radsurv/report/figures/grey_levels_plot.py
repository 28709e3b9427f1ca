"""How many pixels have which grey level after quantisation, one small panel per configuration."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, NEUTRAL, PALETTE, drawing

ACROSS = 4


def grey_levels_figure(levels: Mapping[str, Float[np.ndarray, "level"]], simulated: bool = False) -> Figure:
    """Draw the share of pixels with each level.

    Parameters
    ----------
    levels
        By configuration, shares from the first level on.
    simulated
        Writes SIMULATED across the plot.
    """
    down = ceil(len(levels) / ACROSS)
    with drawing(0.3 + 1.35 * down, simulated) as figure:
        panels = figure.subplots(down, ACROSS, squeeze=False).ravel()
        for axes, (label, shares) in zip(panels, levels.items(), strict=False):
            axes.stairs(100 * shares, np.arange(len(shares) + 1) + 0.5, fill=True, color=PALETTE["long"])
            axes.axhline(100 / len(shares), color=NEUTRAL, linewidth=1.0, linestyle=(0, (4, 2)))
            axes.set_title(label, fontsize=9, color=INK)
            axes.set_xticks([1, len(shares) // 2, len(shares)])
            axes.tick_params(labelsize=8)
        for axes in panels[len(levels) :]:
            axes.set_axis_off()
        figure.supylabel("Pixels (%)", fontsize=9)
        figure.supxlabel("Grey level", fontsize=9)
    return figure
