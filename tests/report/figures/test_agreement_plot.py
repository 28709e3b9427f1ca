"""Boxes are quartiles; small families are drawn feature by feature."""

import numpy as np
import pandas as pd
import pytest

from radsurv.report.figures.agreement_plot import agreement_figure
from radsurv.report.figures.style import to_svg


def test_boxes_and_points():
    values = pd.Series(np.linspace(-0.1, 0.9, 11))
    figure = agreement_figure({"glcm": values, "shape": pd.Series([0.3, 0.8])}, simulated=True)
    axes = figure.axes[0]
    (box,) = axes.patches
    assert (box.get_x(), box.get_width()) == pytest.approx((0.15, 0.5))
    whiskers, median, points = axes.lines
    assert whiskers.get_xdata() == pytest.approx([-0.05, 0.85])
    assert median.get_xdata() == pytest.approx([0.4, 0.4])
    assert list(points.get_xdata()) == [0.3, 0.8]
    assert axes.get_xlim()[0] < -0.1
    assert [label.get_text() for label in axes.get_yticklabels()] == ["glcm (11)", "shape (2)"]
    assert [text.get_text() for text in figure.texts] == ["SIMULATED"]


def test_the_same_bytes_twice():
    families = {"glcm": pd.Series(np.linspace(0, 1, 30)), "$x$": pd.Series([1.0])}
    first, second = (to_svg(agreement_figure(families), "agreement", "ICC") for _ in range(2))
    assert first == second
