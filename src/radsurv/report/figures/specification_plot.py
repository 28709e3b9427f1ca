"""A specification curve: what every analysis found, from the least to the most, over the choices that it was made by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from radsurv.report.differences import Differing, naturally
from radsurv.report.figures.style import INK, MUTED, NEUTRAL, RULE, drawing


def specification_figure(
    c: Float[np.ndarray, "analysis"],
    limits: Float[np.ndarray, "analysis 2"],
    low_p: Sequence[bool],
    choices: Sequence[Differing],
    simulated: bool = False,
) -> Figure:
    """Draw Harrell's C with limits above, and a dot for each choice below.

    Parameters
    ----------
    c, limits
        In the order in which they are to stand; limits may be NaN.
    low_p
        Whether an analysis has a permutation P of .05 or less by itself: drawn full, others hollow.
    choices
        What differs, with a value for each analysis in the same order.
    simulated
        Writes SIMULATED across the plot.
    """
    rows = [(choice.name, value) for choice in choices for value in sorted(set(choice.values), key=naturally)]
    with drawing(2.6 + 0.19 * len(rows), simulated) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2.2, 0.19 * max(len(rows), 1)])
        at = np.arange(len(c))
        upper.vlines(at, limits[:, 0], limits[:, 1], color=RULE if len(c) > 60 else NEUTRAL, linewidth=1.2)
        filled = np.asarray(low_p, dtype=bool)
        upper.plot(at[filled], c[filled], "o", color=INK, markersize=4.5)
        upper.plot(at[~filled], c[~filled], "o", color=INK, markersize=4.5, markerfacecolor="none")
        upper.axhline(0.5, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))
        upper.set_ylabel("Harrell's C")
        upper.grid(axis="y")
        for row, (name, value) in enumerate(rows):
            (choice,) = (one for one in choices if one.name == name)
            chosen = [place for place, its in enumerate(choice.values) if its == value]
            lower.plot(
                chosen, [row] * len(chosen), "|", color=INK if row % 2 else MUTED, markersize=7, markeredgewidth=1.6
            )
        lower.set_yticks(
            range(len(rows)), [f"{name.rpartition('.')[2]} = {value}"[:60] for name, value in rows], fontsize=8
        )
        lower.set_ylim(len(rows) - 0.4, -0.6)
        lower.tick_params(axis="y", length=0)
        lower.set_xticks([])
        lower.set_xlabel(f"{len(c)} specifications, from the lowest C to the highest")
    return figure
