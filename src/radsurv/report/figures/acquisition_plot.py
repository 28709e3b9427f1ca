"""Voxel sizes and intensities of every patient, site by site: dots, with those that were marked as triangles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radsurv.report.figures.style import INK, MUTED, PALETTE, drawing, name_rows, printable

PANELS = {
    "in_plane_mm": "Pixel edge (mm)",
    "slice_mm": "Distance of sections (mm)",
    "tumour": "Median inside the outline",
    "contrast": "Contrast to the ring (IQR)",
}
LONGEST_NAME = 16
SPREAD = 0.32  # of a row, up and down


def acquisition_figure(
    seen: pd.DataFrame, sites: Sequence[str], marked: Sequence[str], simulated: bool = False
) -> Figure:
    """Draw one row per site in four panels.

    Parameters
    ----------
    seen : columns patient_id, place, and those of `PANELS`
        `place` is the row of each patient.
    sites
        Names of the rows.
    marked
        Ids of patients who get a triangle.
    simulated
        Writes SIMULATED across the plot.
    """
    names = [printable(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…") for name in sites]
    with drawing(2 * (0.75 + 0.26 * len(sites)), simulated) as figure:
        panels = figure.subplots(2, 2, sharey=True)
        for axes, (column, label) in zip(panels.flat, PANELS.items(), strict=True):
            _draw(axes, seen, column, seen["patient_id"].isin(marked).to_numpy(bool))
            axes.set_xlabel(label, fontsize=9)
            name_rows(axes, names, fontsize=9)
    return figure


def _draw(axes: Axes, seen: pd.DataFrame, column: str, marked: np.ndarray) -> None:
    # One after the other up and down the row, in the order of the table: the same picture every time.
    order = seen.groupby("place").cumcount().to_numpy()
    rows = seen["place"].to_numpy(float) + SPREAD * (np.mod(order * 0.618, 1) * 2 - 1)
    values = seen[column].to_numpy(float)
    if np.nanmin(values) == np.nanmax(values):  # else the axis would show differences of a hundredth
        axes.set_xlim(0, 2 * values[0])
    axes.plot(values[~marked], rows[~marked], "o", color=MUTED, markersize=3.2, alpha=0.6, markeredgewidth=0)
    axes.plot(
        values[marked],
        rows[marked],
        "^",
        color=PALETTE["short"],
        markersize=6,
        markeredgecolor=INK,
        markeredgewidth=0.5,
    )
