"""Which features the folds agree on, and how many each of them kept."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from radsurv.report.figures.style import GROUP_COLOURS, INK, NEUTRAL, drawing, name_rows, printable

LONGEST_NAME = 44
PALE = 0.3


def selection_figure(features: pd.DataFrame, simulated: bool = False, *, weighted: bool = True) -> Figure:
    """Draw how often each feature survived reduction, the folds with a non-zero coefficient in full colour.

    Parameters
    ----------
    features : columns feature, kept, nonzero, coefficient
        As `radsurv.report.folds.per_feature` gives it: shares of all folds, the steadiest feature first.
    simulated
        Writes SIMULATED across the plot.
    weighted
        Whether features have coefficients in the models; otherwise all bars have the same colour.
    """
    rows = np.arange(len(features))
    colours = [_sign_colour(coefficient) if weighted else NEUTRAL for coefficient in features["coefficient"]]
    with drawing(1.1 + 0.24 * len(features), simulated) as figure:
        axes = figure.add_subplot()
        axes.barh(rows, features["kept"], height=0.68, color=colours, alpha=PALE if weighted else None)
        if weighted:
            axes.barh(rows, features["nonzero"], height=0.68, color=colours)
            axes.legend(handles=_key(), ncols=3, loc="lower right", bbox_to_anchor=(1.02, 1.0), fontsize=9,
                        handlelength=1, columnspacing=1.4)  # fmt: skip
        name_rows(axes, shortened(features["feature"]), fontsize=8.5)
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axes.set_xlabel("Share of folds in which the feature survived reduction")
    return figure


def fold_count_figure(
    kept: Int[np.ndarray, " fold"], nonzero: Int[np.ndarray, " fold"] | None, simulated: bool = False
) -> Figure:
    """Draw how many features the folds kept, and how many of them the model used; this one not where models have no coefficients."""
    shown = {"Features that survived reduction": kept}
    if nonzero is not None:
        shown["Features with a non-zero coefficient"] = nonzero
    with drawing(2.5, simulated) as figure:
        panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
        for axes, (label, counts) in zip(panels, shown.items(), strict=True):
            _histogram(axes, counts)
            axes.set_xlabel(label)
        panels[0].set_ylabel("Folds")
    return figure


def count_edges(counts: Int[np.ndarray, " fold"]) -> Float[np.ndarray, " edge"]:
    """Edges between whole numbers, at most 25 bins of equal width over the counts."""
    low, high = int(counts.min()), int(counts.max())
    width = -(-(high - low + 1) // 25)
    return np.arange(low, high + width + 1, width) - 0.5


def _histogram(axes: Axes, counts: Int[np.ndarray, " fold"]) -> None:
    axes.hist(counts, bins=list(count_edges(counts)), color=NEUTRAL, rwidth=0.9)
    middle = float(np.median(counts))
    axes.axvline(middle, color=INK, linewidth=1.2)
    axes.text(middle, 1.02, f"median {middle:g}", transform=axes.get_xaxis_transform(), ha="center", fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.margins(x=0.08)
    axes.grid(axis="y")


def _sign_colour(coefficient: float) -> str:
    if coefficient == 0:
        return NEUTRAL
    return GROUP_COLOURS["short" if coefficient > 0 else "long"]


def shortened(names: Iterable[str]) -> list[str]:
    """Names that fit, cut in the middle, where features of one family are alike; numbered where two would still read the same."""
    found: list[str] = []
    for name in names:
        printed = printable(name)
        short, count = _cut(printed, LONGEST_NAME), 1
        while short in found:
            count += 1
            short = f"{_cut(printed, LONGEST_NAME - len(ending := f' ({count})'))}{ending}"
        found.append(short)
    return found


def _cut(name: str, longest: int) -> str:
    if len(name) <= longest:
        return name
    head = (longest - 1) // 2
    return f"{name[:head]}…{name[head + 1 - longest :]}"


def _key() -> list[Patch]:
    return [
        Patch(color=GROUP_COLOURS["short"], label="raises the risk"),
        Patch(color=GROUP_COLOURS["long"], label="lowers the risk"),
        Patch(color=NEUTRAL, alpha=PALE, label="pale: coefficient zero in those folds"),
    ]
