import numpy as np
import pandas as pd

from radsurv.report.figures.simpler_models_plot import simpler_models_figure
from radsurv.report.figures.style import to_svg


def test_points_and_limits_are_those_of_the_table():
    table = pd.DataFrame(
        [[0.7, 0.6, 0.8, 0.0, 0.0, 0.0], [0.5, 0.4, 0.65, 0.2, 0.1, 0.3], [0.6, np.nan, np.nan, 0.1, np.nan, np.nan]],
        columns=["harrell_c", "harrell_c_low", "harrell_c_high", "delta_c", "delta_c_low", "delta_c_high"],
    )
    figure = simpler_models_figure(table, ["ours", "age", "size"], simulated=True)
    left, right = figure.axes
    points = [tuple(line.get_xdata()) for line in left.lines if line.get_marker() == "o"]
    assert points == [(0.7,), (0.5,), (0.6,)]
    # The experiment has no difference to itself.
    assert [tuple(line.get_xdata()) for line in right.lines if line.get_marker() == "o"] == [(0.2,), (0.1,)]
    assert tuple(right.lines[0].get_xdata()) == (0.1, 0.3)
    assert [label.get_text() for label in left.get_yticklabels()] == ["ours", "age", "size"]
    assert left.get_ylim()[0] > left.get_ylim()[1]
    svgs = {to_svg(simpler_models_figure(table, ["ours", "age", "size"]), "x", "x") for _ in range(2)}
    assert len(svgs) == 1
