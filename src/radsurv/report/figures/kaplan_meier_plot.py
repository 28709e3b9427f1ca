"""Kaplan-Meier curves of the predicted groups, with the number at risk under the axis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from radsurv.formats import interval, number, p_value, plural, ratio
from radsurv.report.figures.style import GROUP_COLOURS, INK, MUTED, mark_simulated, new_figure, styled
from radsurv.survival.kaplan_meier import kaplan_meier
from radsurv.survival.outcome import Outcome


def kaplan_meier_figure(
    predictions: pd.DataFrame, metrics: Mapping[str, float | None], time_unit: str, simulated: bool = False
) -> Figure:
    """Draw the survival of the predicted short and long survivors.

    Parameters
    ----------
    predictions : columns time, event, group
        One row per patient.
    metrics
        Where ``hazard_ratio`` and its limits, ``log_rank_p`` and ``permutation_p`` are read; what is missing is not
        printed.
    time_unit
        For the labels.
    simulated
        Writes SIMULATED across the plot.

    Notes
    -----
    Bands are pointwise 95 % intervals by Greenwood's variance on the log scale, the default of R's ``survfit``.
    """
    groups = {name: predictions[predictions["group"] == name] for name in GROUP_COLOURS}
    groups = {name: rows for name, rows in groups.items() if len(rows)}
    with styled():
        figure = new_figure(7.2, 5.2)
        grid = figure.add_gridspec(2, 1, height_ratios=[1, 0.055 * (1 + len(groups))])
        curves = figure.add_subplot(grid[0])
        table = figure.add_subplot(grid[1], sharex=curves)
        handles = [_draw_curve(curves, name, rows, time_unit) for name, rows in groups.items()]
        _finish_curves(curves, float(predictions["time"].max()), time_unit)
        _draw_number_at_risk(table, groups, curves.get_xticks())
        curves.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), borderaxespad=0.2, fontsize=9)
        _print_right(curves, separation(metrics))
        if simulated:
            mark_simulated(figure)
    return figure


def separation(metrics: Mapping[str, float | None]) -> list[str]:
    """How far apart the groups are, one statement a line."""
    lines = []
    hazard_ratio = metrics.get("hazard_ratio")
    if hazard_ratio is not None:
        limits = interval(metrics.get("hazard_ratio_low"), metrics.get("hazard_ratio_high"))
        lines.append(f"HR {ratio(hazard_ratio)}" + (f" ({limits})" if limits else ""))
    naive, permuted = metrics.get("log_rank_p"), metrics.get("permutation_p")
    if naive is not None:
        # Without allowance only where a finished model predicts patients whom it has never seen.
        worth = "" if metrics.get("external_known") == 0 else " (naive)"
        lines.append(f"log-rank P {p_value(naive)}{worth}")
    if permuted is not None:
        lines.append(f"permutation P {p_value(permuted)}")
    return lines


def number_at_risk(time: Float[np.ndarray, " patient"], at: Float[np.ndarray, " tick"]) -> Int[np.ndarray, " tick"]:
    """How many patients are still followed, without an event, just before each time."""
    return len(time) - np.searchsorted(np.sort(time), at, side="left")


def median_survival(time: Float[np.ndarray, " step"], survival: Float[np.ndarray, " step"]) -> float | None:
    """The first time at which the curve is at one half or below; None where it stays above."""
    reached = time[survival <= 0.5]
    return float(reached[0]) if len(reached) else None


def _draw_curve(axes: Axes, name: str, rows: pd.DataFrame, time_unit: str) -> Line2D:
    time, event = rows["time"].to_numpy(float), rows["event"].to_numpy(bool)
    curve = kaplan_meier(Outcome(time, event))
    median = median_survival(curve["time"].to_numpy(), curve["survival"].to_numpy())
    colour = GROUP_COLOURS[name]
    # Everybody lives at time 0; once nobody does, the band ends.
    at = np.r_[0.0, curve["time"]]
    survival, low, high = (np.r_[1.0, curve[column]] for column in ("survival", "lower", "upper"))
    axes.fill_between(at, low, high, step="post", color=colour, alpha=0.14, linewidth=0)
    (line,) = axes.step(at, survival, where="post", color=colour, linewidth=1.8, solid_joinstyle="miter")
    censored = _censored(time, event)
    height = survival[np.searchsorted(at, censored, side="right") - 1]
    axes.plot(censored, height, "|", color=colour, markersize=8, markeredgewidth=1.1)
    outlook = "median not reached" if median is None else f"median {number(median)} {time_unit}"
    line.set_label(f"Predicted {name} survivors: n = {len(rows)}, {plural(int(event.sum()), 'event')}, {outlook}")
    return line


def _censored(time: Float[np.ndarray, " patient"], event: Bool[np.ndarray, " patient"]) -> Float[np.ndarray, " time"]:
    return np.unique(time[~event])


def _finish_curves(axes: Axes, last: float, time_unit: str) -> None:
    axes.set_ylim(-0.01, 1.02)
    axes.set_xlim(0, last * 1.02)
    axes.set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    # A year is 12 months: ticks at multiples of 3, 6, 12 or 24.
    steps = [1.2, 2.4, 3, 6, 10] if time_unit == "months" else [1, 2, 2.5, 5, 10]
    ticks = np.asarray(MaxNLocator(8, steps=steps).tick_values(0, last))
    axes.set_xticks(ticks[ticks <= last * 1.02])
    axes.set_ylabel("Survival without event (%)")
    axes.set_xlabel(f"Time ({time_unit})")
    axes.grid(axis="y")


def _print_right(axes: Axes, lines: list[str]) -> None:
    """Lines above the right end of the axes, each a text of its own: so they stay flush in any font of the page."""
    for height, line in enumerate(reversed(lines)):
        axes.annotate(line, (1, 1), (0, 5 + 14 * height), "axes fraction", "offset points", ha="right", fontsize=9)


def _draw_number_at_risk(axes: Axes, groups: Mapping[str, pd.DataFrame], ticks: Float[np.ndarray, " tick"]) -> None:
    axes.set_axis_off()
    axes.set_ylim(-0.5 - len(groups), 0.5)
    beside = axes.get_yaxis_transform()
    axes.text(0, 0, "Number at risk", transform=beside, va="center", fontsize=9, color=MUTED)
    for row, (name, rows) in enumerate(groups.items(), start=1):
        axes.text(-0.03, -row, name.capitalize(), transform=beside, ha="right", va="center", fontsize=9,
                  fontweight="bold", color=GROUP_COLOURS[name])  # fmt: skip
        for tick, count in zip(ticks, number_at_risk(rows["time"].to_numpy(float), ticks), strict=True):
            axes.text(tick, -row, str(count), ha="center", va="center", fontsize=9, color=INK)
