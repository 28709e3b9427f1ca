"""Charts of a run for a dashboard, which draws them itself: one can point at a curve, hide one, and zoom in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import CALIBRATION, COMPARATORS, PERMUTATIONS
from radsurv.formats import number
from radsurv.report.comparator_limits import best_limits
from radsurv.report.competing import Competing
from radsurv.report.experiment import Experiment
from radsurv.report.figures.style import GROUP_COLOURS, INK, MUTED, NEUTRAL, survival_label, time_label
from radsurv.report.search_choices import search_choices
from radsurv.survival.kaplan_meier import kaplan_meier
from radsurv.survival.outcome import Outcome

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Nothing of it is loaded: the page of a store in the house need not reach the internet, and must not.
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="'
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
    '"><title>RadSurv: charts</title><body>{charts}</body></html>'
)


def charts_of(experiment: Experiment) -> dict[str, go.Figure]:
    """Those for which a run has the numbers, by name: survival, calibration, chance, simpler models, what a search found."""
    drawn = {
        "survival": _survival(experiment),
        "calibration": _calibration(experiment),
        "chance": _chance(experiment),
        "simpler_models": _simpler_models(experiment),
        "hyper_parameters": _hyper_parameters(experiment),
        "chosen_values": _chosen_values(experiment),
    }
    return {name: figure for name, figure in drawn.items() if figure is not None}


def charts_page(charts: Mapping[str, go.Figure]) -> str:
    """All of them on one page that holds what draws them (5 MB), for dashboards that show pages and no charts."""
    from plotly.io import to_html

    parts = [
        to_html(figure, full_html=False, include_plotlyjs=first, div_id=name)
        for first, (name, figure) in zip((True, *(False for _ in charts)), charts.items(), strict=False)
    ]
    return _PAGE.format(charts="\n".join(parts))


def _figure(experiment: Experiment, x: str, y: str, traces: list[Any]) -> go.Figure:
    # Imported here because it takes half a second: only those who log pay for it.
    import plotly.graph_objects as go

    figure = go.Figure(traces)
    figure.update_layout(xaxis_title=x, yaxis_title=y)
    return plain(figure, simulated=experiment.simulated)


def reach_of_c(rows: pd.DataFrame) -> dict[str, Any]:
    """From Harrell's C of each row to its limits, as plotly has the bars about a point."""
    c = rows["harrell_c"]
    return {"array": (rows["harrell_c_high"] - c).tolist(), "arrayminus": (c - rows["harrell_c_low"]).tolist()}


def plain(figure: go.Figure, *, simulated: bool) -> go.Figure:
    """A chart in the look that all share; gives the same one."""
    # A template of plotly's own would be most of the file.
    figure.update_layout(template="none", font_color=INK)
    if simulated:
        figure.update_layout(title="SIMULATED")
    return figure


def _survival(experiment: Experiment) -> go.Figure | None:
    """Kaplan-Meier curves of the predicted groups with their pointwise 95 % limits, of the first repeat."""
    import plotly.graph_objects as go

    if not experiment.n_repeats:
        return None
    predictions, traces = experiment.first_repeat(), []
    for group, colour in GROUP_COLOURS.items():
        rows = predictions[predictions["group"] == group]
        if rows.empty:
            continue
        curve = kaplan_meier(Outcome(rows["time"].to_numpy(float), rows["event"].to_numpy(bool)))
        at, pale = [0.0, *curve["time"]], f"{colour}26"  # with an opacity of .15
        for limit, filled in (("upper", None), ("lower", "tonexty")):
            traces.append(
                go.Scatter(
                    x=at, y=[1.0, *curve[limit]], line={"shape": "hv", "width": 0, "color": colour}, mode="lines",
                    fill=filled, fillcolor=pale, legendgroup=group, showlegend=False, hoverinfo="skip",
                )
            )  # fmt: skip
        said = f"predicted {group}: n = {len(rows)}, {int(rows['event'].sum())} events"
        line = {"shape": "hv", "color": colour, "dash": "solid" if group == "short" else "dash"}
        traces.append(
            go.Scatter(x=at, y=[1.0, *curve["survival"]], line=line, mode="lines", legendgroup=group, name=said)
        )
    height = survival_label(of_cause=Competing.of(experiment) is not None)
    return _figure(experiment, time_label(experiment.time_unit, experiment.landmark_days), height, traces)


def _calibration(experiment: Experiment) -> go.Figure | None:
    """Observed share of events against the predicted one, with limits, a curve for each horizon."""
    import plotly.graph_objects as go

    table = experiment.table(CALIBRATION)
    seen = pd.DataFrame() if table is None else table.dropna(subset=["observed"])
    if seen.empty:
        return None
    traces = [_line([0, 1], [0, 1], "as predicted")]
    for horizon, rows in seen.groupby("horizon"):
        above, below = rows["high"] - rows["observed"], rows["observed"] - rows["low"]
        traces.append(
            go.Scatter(
                x=rows["predicted"].tolist(), y=rows["observed"].tolist(), mode="lines+markers",
                error_y={"array": above.tolist(), "arrayminus": below.tolist()},
                name=f"until {number(float(str(horizon)))} {experiment.time_unit}",
            )
        )  # fmt: skip
    return _figure(experiment, "Predicted risk", "Observed events (share)", traces)


def _chance(experiment: Experiment) -> go.Figure | None:
    """How Harrell's C of shuffled outcomes spreads, and where that of the experiment lies."""
    import plotly.graph_objects as go

    table = experiment.table(PERMUTATIONS)
    if table is None:
        return None
    itself = table["repetition"] == 0
    shuffled, observed = table.loc[~itself, "harrell_c"].tolist(), float(table.loc[itself, "harrell_c"].iloc[0])
    figure = _figure(
        experiment, "Harrell's C", "Repetitions", [go.Histogram(x=shuffled, name="shuffled", marker_color=NEUTRAL)]
    )
    figure.add_vline(x=observed, line_color=GROUP_COLOURS["short"], annotation_text=f"this experiment: {observed:.3f}")
    return figure


def _simpler_models(experiment: Experiment) -> go.Figure | None:
    """Harrell's C of the experiment and of simpler models with their limits."""
    import plotly.graph_objects as go

    table = experiment.table(COMPARATORS)
    if table is None:
        return None
    shown = best_limits(table.dropna(subset=["harrell_c"]), experiment.metrics)[::-1]
    points = go.Scatter(
        x=shown["harrell_c"].tolist(), y=shown["comparator"].tolist(), error_x=reach_of_c(shown),
        mode="markers", marker_color=INK, name="C",
    )  # fmt: skip
    figure = _figure(experiment, "Harrell's C (0.5: a coin)", "", [points])
    figure.add_vline(x=0.5, line_color=MUTED, line_dash="dash")
    return figure


def _hyper_parameters(experiment: Experiment) -> go.Figure | None:
    """How much each searched hyper-parameter mattered: a point for each training set."""
    import plotly.graph_objects as go

    known = [one for one in search_choices(experiment) if np.isfinite(one.mean)]
    if not known:
        return None
    boxes = [
        go.Box(
            x=one.importance[np.isfinite(one.importance)].tolist(),
            name=one.name, boxpoints="all", marker_color=INK, showlegend=False,
        )
        for one in known[::-1]
    ]  # fmt: skip
    return _figure(experiment, "Importance (functional ANOVA), one point per training set", "", boxes)


def _chosen_values(experiment: Experiment) -> go.Figure | None:
    """How often each value of a hyper-parameter was chosen: a bar for each hyper-parameter, with the values side by side."""
    import plotly.graph_objects as go

    found = search_choices(experiment)
    if not found:
        return None
    bars = [
        go.Bar(
            x=[share], y=[one.name], orientation="h", name=f"{one.name} = {value}", text=value,
            marker_color=INK, opacity=0.25 + 0.75 * share, showlegend=False,
        )
        for one in found[::-1]
        for value, share in one.shares.items()
        if share
    ]  # fmt: skip
    figure = _figure(experiment, "Share of training sets that chose the value", "", bars)
    figure.update_layout(barmode="stack")
    return figure


def _line(x: list[float], y: list[float], name: str) -> go.Scatter:
    import plotly.graph_objects as go

    return go.Scatter(x=x, y=y, mode="lines", line={"color": NEUTRAL, "dash": "dash"}, name=name)
