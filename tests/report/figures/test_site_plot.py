import numpy as np
import pandas as pd

from radsurv.report.figures.site_plot import Summary, site_figure
from radsurv.report.figures.style import INK, PAPER, to_svg


def test_squares_and_limits_are_those_of_the_table():
    table = pd.DataFrame(
        [[16, 0.7, 0.6, 0.8, True], [4, 0.5, 0.4, 0.65, False], [0, np.nan, np.nan, np.nan, False]],
        columns=["events", "harrell_c", "harrell_c_low", "harrell_c_high", "summarised"],
    )
    axes = site_figure(table, ["north", "south", "other"], 0.62, simulated=True).axes[0]
    squares = [line for line in axes.lines if line.get_marker() == "s"]
    assert [tuple(line.get_xdata()) for line in squares[:2]] == [(0.7,), (0.5,)]
    assert squares[0].get_markersize() == 2 * squares[1].get_markersize()
    assert tuple(axes.lines[0].get_xdata()) == (0.6, 0.8)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["north", "south", "other"]
    assert axes.lines[-1].get_xdata()[0] == 0.62
    svgs = {to_svg(site_figure(table, ["a", "b", "c"], None), "x", "x") for _ in range(2)}
    assert len(svgs) == 1


def test_the_summary_is_a_diamond_on_its_prediction_interval():
    table = pd.DataFrame(
        [[16, 0.7, 0.6, 0.8, True], [4, 0.5, 0.4, 0.65, False]],
        columns=["events", "harrell_c", "harrell_c_low", "harrell_c_high", "summarised"],
    )
    names = ["north", "south", "1 site"]
    axes = site_figure(table, names, None, Summary(0.66, 0.55, 0.75, 0.4, 0.85)).axes[0]
    north, south = (line for line in axes.lines if line.get_marker() == "s")
    assert north.get_markerfacecolor() == INK
    assert south.get_markerfacecolor() == PAPER
    (across,) = (line for line in axes.lines if line.get_marker() == "|")
    assert list(across.get_xdata()) == [0.4, 0.85]
    corners = axes.patches[0].get_xy()
    assert corners[:4, 0].tolist() == [0.55, 0.66, 0.75, 0.66]
    assert set(corners[[0, 2], 1]) == {2}
    without = site_figure(table, names, None, Summary(0.66, 0.55, 0.75, np.nan, np.nan)).axes[0]
    assert not [line for line in without.lines if line.get_marker() == "|"]
