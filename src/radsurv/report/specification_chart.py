"""The specification curve as a chart that a dashboard draws itself: pointing at an analysis tells its choices."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from radsurv.formats import concordance, probability
from radsurv.report.cell_text import cell
from radsurv.report.charts import plain, reach_of_c
from radsurv.report.differences import naturally
from radsurv.report.figures.search_plot import shortened
from radsurv.report.figures.style import INK, MUTED, NEUTRAL
from radsurv.report.multiverse import ALPHA, Multiverse

if TYPE_CHECKING:
    import plotly.graph_objects as go

ABOVE_PX, ROW_PX, MARGINS_PX = 300, 22, 130
LONGEST_CHOICE = 40


def specification_chart(multiverse: Multiverse) -> go.Figure:
    """Harrell's C of every analysis with its limits, from the lowest to the highest, over a mark for each choice that made it.

    Values are escaped: plotly takes texts for HTML.
    """
    # Imported here because it takes half a second: only those who log pay for it.
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    table = multiverse.table().sort_values("harrell_c", kind="stable", ignore_index=True)
    names = [choice.name for choice in multiverse.choices]
    said = [
        "<br>".join(
            [
                *(f"{name} = {escape(str(row[name]))}" for name in names),
                f"C {cell(row['harrell_c'], concordance)}, permutation P by itself {cell(row['permutation_p_c'], probability)}",
            ]
        )
        for _, row in table.iterrows()
    ]
    rows = [(name, value) for name in names for value in sorted(set(table[name]), key=naturally)]
    below = ROW_PX * max(len(rows), 1)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.03, row_heights=[ABOVE_PX, below])
    low = table["permutation_p_c"] <= ALPHA
    for filled, symbol, name in ((low, "circle", "permutation P ≤ .05"), (~low, "circle-open", "above, or none")):
        shown = table[filled]
        points = go.Scatter(
            x=shown.index.tolist(), y=shown["harrell_c"].tolist(), error_y=reach_of_c(shown) | {"color": NEUTRAL, "width": 0},
            mode="markers", name=name,
            marker={"color": INK, "size": 8, "symbol": symbol}, text=[said[place] for place in shown.index], hoverinfo="text",
        )  # fmt: skip
        figure.add_trace(points, row=1, col=1)
    for place, (name, value) in enumerate(rows):
        chosen = table.index[table[name] == value]
        marks = go.Scatter(
            x=chosen.tolist(), y=[place] * len(chosen), mode="markers", showlegend=False,
            marker={"color": INK if place % 2 else MUTED, "symbol": "line-ns-open", "size": 12, "line": {"width": 2}},
            text=[said[at] for at in chosen], hoverinfo="text",
        )  # fmt: skip
        figure.add_trace(marks, row=2, col=1)
    figure.add_hline(y=0.5, line_color=NEUTRAL, line_dash="dash", row=1, col=1)
    figure.update_yaxes(title_text="Harrell's C (0.5: a coin)", row=1, col=1)
    labels = [escape(shortened(f"{name.rpartition('.')[2]} = {value}", LONGEST_CHOICE)) for name, value in rows]
    figure.update_yaxes(
        tickvals=[*range(len(rows))],
        ticktext=labels,
        range=[len(rows) - 0.4, -0.6],
        zeroline=False,
        automargin=True,
        row=2,
        col=1,
    )
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_xaxes(title_text=f"{len(table)} specifications, from the lowest C to the highest", row=2, col=1)
    figure.update_layout(
        height=ABOVE_PX + below + MARGINS_PX, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"}
    )
    return plain(figure, simulated=multiverse.simulated)
