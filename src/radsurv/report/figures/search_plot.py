"""What a search found in each training set: how much each hyper-parameter mattered, and which value was chosen how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from radsurv.report.figures.style import INK, MUTED, NEUTRAL, RULE, drawing, name_rows
from radsurv.report.search_choices import Searched

ROOM = 60  # letters in a row of values
MOST_DOTS = 200


def search_figure(found: Sequence[Searched], simulated: bool = False) -> Figure:
    """Draw a row per hyper-parameter: its importance on the left, how often each value was chosen on the right.

    Parameters
    ----------
    found
        From the most important down.
    simulated
        Writes SIMULATED across the plot.
    """
    with drawing(1.0 + 0.52 * len(found), simulated) as figure:
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[2, 5])
        for row, one in enumerate(found):
            _dots(left, row, one.importance)
            _cells(right, row, one.shares)
        name_rows(left, [one.name for one in found])
        left.set_xlim(-0.03, 1.03)
        left.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
        left.set_xlabel("Importance (bar: mean)")
        right.set_xlim(0, 1)
        right.set_xticks([])
        right.tick_params(axis="y", length=0)
        right.spines[:].set_visible(False)
        right.set_xlabel("Values to choose from, and how often each was chosen")
    return figure


def _dots(axes: Axes, row: int, importance: Float[np.ndarray, "training_set"]) -> None:
    """One per training set, evenly scattered up and down, so that the same values make the same figure; none where there are very many."""
    known = np.sort(importance[np.isfinite(importance)])
    if not len(known):
        return
    shown = known[:: -(-len(known) // MOST_DOTS)]
    height = row + 0.22 * np.array([-1.0, 0.33, -0.33, 1.0])[np.arange(len(shown)) % 4]
    axes.plot(
        shown, height if len(shown) > 1 else [row], "o", color=NEUTRAL, markersize=3, alpha=0.7, markeredgewidth=0
    )
    axes.plot([known.mean()] * 2, [row - 0.34, row + 0.34], color=INK, linewidth=2)


def _cells(axes: Axes, row: int, shares: Mapping[str, float]) -> None:
    """A cell for each value, the darker the more often it was chosen."""
    width = 1 / len(shares)
    for place, (value, share) in enumerate(shares.items()):
        axes.add_patch(
            Rectangle(
                (place * width, row - 0.36), 0.94 * width, 0.72, facecolor=MUTED, alpha=0.75 * share, edgecolor="none"
            )
        )  # fmt: skip
        axes.add_patch(
            Rectangle((place * width, row - 0.36), 0.94 * width, 0.72, fill=False, edgecolor=RULE, linewidth=0.8)
        )
        middle = (place + 0.47) * width
        axes.text(
            middle, row - 0.13, shortened(value, ROOM // len(shares)), ha="center", va="center", fontsize=8, color=INK
        )
        said = f"{100 * share:.0f} %" if share else "–"
        axes.text(middle, row + 0.17, said, ha="center", va="center", fontsize=7, color=INK)


def shortened(value: str, longest: int) -> str:
    """As much of a value as a cell has room for.

    >>> shortened("0.65", 5), shortened("vgg19_fc1", 5)
    ('0.65', 'vgg1…')
    """
    return value if len(value) <= longest else f"{value[: longest - 1]}…"
