"""The experiment among its repetitions on shuffled outcomes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, StrMethodFormatter

from radsurv.report.figures.style import INK, MUTED, NEUTRAL, PALETTE, PAPER, drawing

BARS = 40
ROOM = 12.0  # on the log scale, above the highest bar
SPIKE = 0.05  # share of the repetitions from which a spike at exactly 0 is explained
NAIVE_05 = 3.841458820694124  # log-rank χ² from which the naive P is below .05


def permutation_figure(permutations: pd.DataFrame, simulated: bool = False) -> Figure:
    """Draw how the log-rank χ² and Harrell's C of the repetitions spread, and where the experiment lies.

    Parameters
    ----------
    permutations : columns repetition, signed_log_rank, harrell_c
        Repetition 0 is the experiment itself.
    simulated
        Writes SIMULATED across the plot.
    """
    itself = permutations["repetition"] == 0
    with drawing(3.0, simulated) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, name, span in ((left, "signed_log_rank", 8.0), (right, "harrell_c", 1.0)):
            values = permutations[name].to_numpy(dtype=np.float64)
            _draw(axes, values[~itself], float(values[itself][0]), span)
        left.axvline(NAIVE_05, color=MUTED, linewidth=1.2, linestyle=(0, (2, 2)), label="log-rank P = .05")
        left.set_xlabel("Log-rank χ² (negative: wrong way round)")
        left.set_ylabel("Repetitions (log scale)")
        # Repetitions without any model share one value, and would dwarf all others.
        left.set_yscale("log")
        left.set_ylim(bottom=0.7)
        left.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        left.yaxis.set_minor_locator(NullLocator())
        _explain_zero(left, permutations.loc[~itself, "signed_log_rank"].to_numpy(dtype=np.float64))
        right.axvline(0.5, color=MUTED, linewidth=1.2, linestyle=(0, (2, 2)), label="a coin")
        right.set_xlabel("Harrell's C")
        for axes in (left, right):
            axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, fontsize=9, labelcolor=MUTED,
                        handlelength=1.8, columnspacing=1.2, borderaxespad=0.2)  # fmt: skip
    return figure


def _explain_zero(axes: Axes, shuffled: Float[np.ndarray, " repetition"]) -> None:
    """Say what a spike at exactly 0 is: repetitions that found no model, or one group only, have nothing to compare."""
    n_zero = int((shuffled == 0).sum())
    if n_zero >= SPIKE * len(shuffled):
        said = f"exactly 0 in {n_zero:,} of {len(shuffled):,}:\nno model, so one group only"
        axes.set_ylim(top=ROOM * axes.get_ylim()[1])
        beneath = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.5}
        axes.text(0.02, 0.985, said, transform=axes.transAxes, va="top", fontsize=8.5, color=MUTED, bbox=beneath)


def _draw(axes: Axes, shuffled: Float[np.ndarray, " repetition"], observed: float, span: float) -> None:
    """Bars, and the line; over an axis of length `span` where all values are the same."""
    low, high = min(shuffled.min(), observed), max(shuffled.max(), observed)
    if low == high:
        low, high = observed - span / 2, observed + span / 2
        axes.set_xlim(low, high)
    width = (high - low) / BARS
    # An edge at the observed value, so that every bar is on one side of it. Where most repetitions have this very value,
    # as without any model, the bar stands on it.
    first = observed - width / 2 if np.mean(shuffled == observed) > 0.5 else observed
    edges = first + width * np.arange(np.floor((low - first) / width), np.ceil((high - first) / width) + 2)
    edges[0] = min(edges[0], low)  # which rounding may have put above the least value
    for shown, colour in ((shuffled < observed, NEUTRAL), (shuffled >= observed, PALETTE["short"])):
        axes.hist(shuffled[shown], edges.tolist(), color=colour)
    axes.axvline(observed, color=INK, linewidth=1.8, label="this experiment")
