"""Cumulative incidence of the event of the predicted groups, where patients can leave by other causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from radsurv.cohort.causes import CENSORED
from radsurv.formats import percent, plural
from radsurv.options.cohort_table import EVENT_CAUSE
from radsurv.report.figures.kaplan_meier_plot import (
    ALL,
    COLOURS,
    DASHES,
    PALE,
    draw_number_at_risk,
    finish_curves,
    last_certain,
)
from radsurv.report.figures.style import GROUP_COLOURS, INK, drawing
from radsurv.survival.cumulative_incidence import Causes, cumulative_incidence

DOTTED: Any = (0, (1, 2))


def incidence_figure(
    patients: pd.DataFrame, cause: int, time_unit: str, simulated: bool = False, *, landmark_days: float | None = None
) -> Figure:
    """Draw the share of each group that has had the event, and, dotted, the share that has left by any other cause.

    Parameters
    ----------
    patients : columns time, event_cause, and group
        One row per patient; without ``group``, all are one.
    cause
        The event.
    time_unit, simulated, landmark_days
        As for `radsurv.report.figures.kaplan_meier_plot.kaplan_meier_figure`.

    Notes
    -----
    Aalen-Johansen estimates with pointwise 95 % intervals by the infinitesimal jackknife on the log scale, the defaults of R's
    ``survfit``. Curves are pale where those of Kaplan-Meier are.
    """
    groups = _groups(patients)
    with drawing(5.2, simulated) as figure:
        grid = figure.add_gridspec(2, 1, height_ratios=[1, 0.055 * (1 + len(groups))])
        curves = figure.add_subplot(grid[0])
        table = figure.add_subplot(grid[1], sharex=curves)
        handles = [_draw(curves, name, rows, cause) for name, rows in groups.items()]
        handles.append(Line2D([], [], color=INK, linewidth=1.4, linestyle=DOTTED, label="Another cause came first"))
        last = max(float(rows["time"].max()) for rows in groups.values())
        finish_curves(curves, last, time_unit, landmark_days, "Cumulative incidence (%)")
        draw_number_at_risk(table, groups, curves.get_xticks())
        curves.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), borderaxespad=0.2, fontsize=9)
    return figure


def _groups(patients: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    if "group" not in patients:
        return {ALL: patients}
    groups = {name: patients[patients["group"] == name] for name in GROUP_COLOURS}
    return {name: rows for name, rows in groups.items() if len(rows)}


def _draw(axes: Axes, name: str, rows: pd.DataFrame, cause: int) -> Line2D:
    """Both curves of a group; gives the line for the legend."""
    time, causes = rows["time"].to_numpy(np.float64), rows[EVENT_CAUSE].to_numpy(np.int64)
    curve = cumulative_incidence(Causes(time, causes), cause)
    # Which other cause it was plays no part.
    lumped = np.where((causes == cause) | (causes == CENSORED), CENSORED, 1)
    other = cumulative_incidence(Causes(time, np.where(causes == cause, 2, lumped)), 1)["incidence"]
    colour, certain = COLOURS[name], last_certain(time)
    at = np.r_[0.0, curve["time"]]
    incidence, low, high = (np.r_[0.0, curve[column]] for column in ("incidence", "lower", "upper"))
    axes.fill_between(at, low, high, step="post", color=colour, alpha=0.14, linewidth=0)
    shape: dict[str, Any] = {"where": "post", "color": colour, "solid_joinstyle": "miter", "dash_joinstyle": "miter"}
    kept = at <= certain
    for height, line, width, of in (
        (incidence, DASHES[name], 1.8, "event"),
        (np.r_[0.0, other], DOTTED, 1.4, "another cause"),
    ):
        axes.step(at, height, linewidth=width, linestyle=line, alpha=PALE, label=f"{name}, {of}, all", **shape)
        ends = np.r_[at[kept], certain], np.r_[height[kept], height[kept][-1]]
        axes.step(*ends, linewidth=width, linestyle=line, label=f"{name}, {of}, certain", **shape)
    n_event, n_other = int((causes == cause).sum()), int(((causes != cause) & (causes != CENSORED)).sum())
    said = (
        f"n = {len(rows)}, {plural(n_event, 'event')}, {n_other} of another cause; in the end {percent(incidence[-1])}"
    )
    return Line2D(
        [],
        [],
        color=colour,
        linewidth=1.8,
        linestyle=DASHES[name],
        label=f"{'All' if name == ALL else f'Predicted {name}'}: {said}",
    )
