"""A specification curve as small as a stamp."""

import numpy as np

from radsurv.report.figures.small_specification_plot import small_specification_figure


def test_a_point_for_each_analysis_about_the_line_of_a_coin():
    (axes,) = small_specification_figure(np.array([0.45, 0.55, 0.7]), [False, True, True], simulated=True).axes
    full, hollow, coin = axes.lines
    assert full.get_xydata().tolist() == [[1, 0.55], [2, 0.7]]
    assert hollow.get_xydata().tolist() == [[0, 0.45]]
    assert hollow.get_markerfacecolor() == "none"
    assert set(coin.get_ydata()) == {0.5}
    low, high = axes.get_ylim()
    assert np.isclose(high - 0.5, 0.5 - low)
    assert high > 0.7
    assert [text.get_text() for text in axes.texts] == ["SIMULATED"]


def test_chance_is_not_blown_up():
    (axes,) = small_specification_figure(np.array([0.499, 0.501]), [False, False]).axes
    assert axes.get_ylim()[1] > 0.6
