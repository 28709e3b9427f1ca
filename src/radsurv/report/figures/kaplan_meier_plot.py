"""Kaplan-Meier curves of the predicted groups, with the number at risk under the axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from radsurv.formats import interval, p_value, plural, ratio
from radsurv.report.figures.style import GROUP_COLOURS, INK, MUTED, drawing, survival_label, time_label
from radsurv.report.median_text import median_text
from radsurv.survival.kaplan_meier import kaplan_meier, median_survival, survival_curve
from radsurv.survival.outcome import Outcome

# Groups can be told apart without colour.
ALL = "all"
COLOURS = {**GROUP_COLOURS, ALL: INK}
DASHES: dict[str, Any] = {"short": "-", "long": (0, (5, 2)), ALL: "-"}
# A curve is pale where fewer patients, or a smaller share of the group, are at risk.
FEWEST, SMALLEST_SHARE = 5, 0.1
PALE = 0.35


def kaplan_meier_figure(
    predictions: pd.DataFrame,
    metrics: Mapping[str, float | None],
    time_unit: str,
    simulated: bool = False,
    *,
    landmark_days: float | None = None,
    of_cause: bool = False,
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
    landmark_days
        When times start, for the label.
    of_cause
        Whether other causes of the event are censored, for the label.

    Notes
    -----
    Bands are pointwise 95 % intervals by Greenwood's variance on the log scale, the default of R's ``survfit``;
    medians have the limits that follow from them. Curves are pale where fewer than 5 patients, or than 10 % of the group, are
    at risk.
    """
    groups = {name: predictions[predictions["group"] == name] for name in GROUP_COLOURS}
    groups = {name: rows for name, rows in groups.items() if len(rows)}
    with drawing(5.2, simulated) as figure:
        curves = _draw(figure, groups, time_unit, landmark_days, survival_label(of_cause=of_cause))
        _name_curves(curves, groups)
        _print_right(curves, separation(metrics))
    return figure


def cohort_survival_figure(
    cohort: pd.DataFrame, time_unit: str, simulated: bool = False, *, landmark_days: float | None = None
) -> Figure:
    """Draw the survival of all patients.

    Parameters
    ----------
    cohort : columns time, event
    time_unit, simulated, landmark_days
        As for `kaplan_meier_figure`.
    """
    with drawing(4.6, simulated) as figure:
        _draw(figure, {ALL: cohort}, time_unit, landmark_days, survival_label())
    return figure


def _draw(
    figure: Figure, groups: Mapping[str, pd.DataFrame], time_unit: str, landmark_days: float | None, height: str
) -> Axes:
    """Curves, their legend, and the number at risk; gives the axes of the curves."""
    grid = figure.add_gridspec(2, 1, height_ratios=[1, 0.055 * (1 + len(groups))])
    curves = figure.add_subplot(grid[0])
    table = figure.add_subplot(grid[1], sharex=curves)
    handles = [_draw_curve(curves, name, rows, time_unit) for name, rows in groups.items()]
    finish_curves(curves, max(float(rows["time"].max()) for rows in groups.values()), time_unit, landmark_days, height)
    draw_number_at_risk(table, groups, curves.get_xticks())
    curves.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), borderaxespad=0.2, fontsize=9)
    return curves


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


def last_certain(time: Float[np.ndarray, " patient"]) -> float:
    """The last time before which at least `FEWEST` patients and `SMALLEST_SHARE` of the group are at risk; 0 if they never are."""
    fewest = max(FEWEST, int(np.ceil(SMALLEST_SHARE * len(time))))
    return float(np.sort(time)[-fewest]) if len(time) >= fewest else 0.0


def _draw_curve(axes: Axes, name: str, rows: pd.DataFrame, time_unit: str) -> Line2D:
    """The curve, pale where few are left; gives the line for the legend."""
    time, event = rows["time"].to_numpy(float), rows["event"].to_numpy(bool)
    outcome = Outcome(time, event)
    curve, certain = kaplan_meier(outcome), last_certain(time)
    colour, dashes = COLOURS[name], DASHES[name]
    # Everybody lives at time 0; once nobody does, the band ends.
    at = np.r_[0.0, curve["time"]]
    survival, low, high = (np.r_[1.0, curve[column]] for column in ("survival", "lower", "upper"))
    axes.fill_between(at, low, high, step="post", color=colour, alpha=0.14, linewidth=0)
    shape: dict[str, Any] = {"where": "post", "color": colour, "solid_joinstyle": "miter", "dash_joinstyle": "miter"}
    axes.step(at, survival, linewidth=1.8, linestyle=dashes, alpha=PALE, label=f"{name}, all", **shape)
    kept = at <= certain
    ends = np.r_[at[kept], certain], np.r_[survival[kept], survival[kept][-1]]
    axes.step(*ends, linewidth=1.8, linestyle=dashes, label=f"{name}, certain", **shape)
    censored = _censored(time, event)
    height = survival[np.searchsorted(at, censored, side="right") - 1]
    axes.plot(censored, height, "|", color=colour, markersize=8, markeredgewidth=1.1)
    said = f"n = {len(rows)}, {plural(int(event.sum()), 'event')}, median {median_text(median_survival(outcome), time_unit)}"
    return Line2D(
        [],
        [],
        color=colour,
        linewidth=1.8,
        linestyle=dashes,
        label=f"{'All' if name == ALL else f'Predicted {name}'}: {said}",
    )


def _name_curves(axes: Axes, groups: Mapping[str, pd.DataFrame]) -> None:
    """Each name beside its curve, where the curves are farthest apart: above the upper one, under the lower one."""
    curves = {
        name: survival_curve(Outcome(rows["time"].to_numpy(float), rows["event"].to_numpy(bool)))
        for name, rows in groups.items()
    }
    last = min(last_certain(rows["time"].to_numpy(float)) for rows in groups.values())
    at = np.linspace(0.1, 0.9, 81) * (last or max(float(rows["time"].max()) for rows in groups.values()))
    heights = {name: curve.at(at) for name, curve in curves.items()}
    place = int(np.ptp(np.stack(list(heights.values())), axis=0).argmax()) if len(groups) > 1 else len(at) // 2
    upper = max(heights, key=lambda name: heights[name][place])
    for name, height in heights.items():
        above = name == upper
        axes.annotate(
            name, (at[place], height[place]), (5, 4) if above else (-5, -4), textcoords="offset points", fontsize=10,
            ha="left" if above else "right", va="bottom" if above else "top", fontweight="bold", color=GROUP_COLOURS[name],
        )  # fmt: skip


def _censored(time: Float[np.ndarray, " patient"], event: Bool[np.ndarray, " patient"]) -> Float[np.ndarray, " time"]:
    return np.unique(time[~event])


def finish_curves(axes: Axes, last: float, time_unit: str, landmark_days: float | None, height: str) -> None:
    """Axes of what `height` says, in percent against time, up to the last follow-up."""
    axes.set_ylim(-0.01, 1.02)
    axes.set_xlim(0, last * 1.02)
    axes.set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    # A year is 12 months: ticks at multiples of 3, 6, 12 or 24.
    steps = [1.2, 2.4, 3, 6, 10] if time_unit == "months" else [1, 2, 2.5, 5, 10]
    ticks = np.asarray(MaxNLocator(8, steps=steps).tick_values(0, last))
    axes.set_xticks(ticks[ticks <= last * 1.02])
    axes.set_ylabel(height)
    axes.set_xlabel(time_label(time_unit, landmark_days))
    axes.grid(axis="y")


def _print_right(axes: Axes, lines: list[str]) -> None:
    """Lines in the upper right corner, where falling curves leave room; each a text of its own, flush in any font of the page."""
    for depth, line in enumerate(lines):
        axes.annotate(
            line, (1, 1), (-2, -9 - 14 * depth), "axes fraction", "offset points", ha="right", va="top", fontsize=9
        )


def draw_number_at_risk(axes: Axes, groups: Mapping[str, pd.DataFrame], ticks: Float[np.ndarray, " tick"]) -> None:
    """How many of each group are left at each tick, as a table."""
    axes.set_axis_off()
    axes.set_ylim(-0.5 - len(groups), 0.5)
    beside = axes.get_yaxis_transform()
    axes.text(0, 0, "Number at risk", transform=beside, va="center", fontsize=9, color=MUTED)
    for row, (name, rows) in enumerate(groups.items(), start=1):
        axes.text(-0.03, -row, name.capitalize(), transform=beside, ha="right", va="center", fontsize=9,
                  fontweight="bold", color=COLOURS[name])  # fmt: skip
        for tick, count in zip(ticks, number_at_risk(rows["time"].to_numpy(float), ticks), strict=True):
            axes.text(tick, -row, str(count), ha="center", va="center", fontsize=9, color=INK)
