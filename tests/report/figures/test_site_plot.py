import numpy as np
import pandas as pd

from radsurv.report.figures.site_plot import site_figure
from radsurv.report.figures.style import to_svg


def test_squares_and_limits_are_those_of_the_table():
    table = pd.DataFrame(
        [[16, 0.7, 0.6, 0.8], [4, 0.5, 0.4, 0.65], [0, np.nan, np.nan, np.nan]],
        columns=["events", "harrell_c", "harrell_c_low", "harrell_c_high"],
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
