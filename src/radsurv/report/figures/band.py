"""Limits of a curve, point by point, as a band behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radsurv.report.figures.style import INK

PALE = 0.12


def draw_band(axes: Axes, table: pd.DataFrame, along: str, name: str) -> None:
    """Shade what lies between two columns of a table; a point between two without limits becomes a bar.

    Parameters
    ----------
    table : columns `along`, ``NAME_low`` and ``NAME_high``
        By rising `along`. Tables of earlier releases have no limits, and get no band.
    """
    if f"{name}_low" not in table:
        return
    at, low, high = (table[column].to_numpy(np.float64) for column in (along, f"{name}_low", f"{name}_high"))
    axes.fill_between(at, low, high, color=INK, alpha=PALE, linewidth=0)
    known = np.concatenate([[False], np.isfinite(low), [False]])
    alone = known[1:-1] & ~known[:-2] & ~known[2:]
    axes.vlines(at[alone], low[alone], high[alone], color=INK, alpha=PALE, linewidth=5)
