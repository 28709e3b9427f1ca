"""Importances and chosen values as they are drawn."""

import numpy as np

from radsurv.report.figures.search_plot import search_figure
from radsurv.report.figures.style import to_svg
from radsurv.report.search_choices import Searched

FOUND = [
    Searched("alpha", np.array([0.9, 0.7, np.nan]), {"0.1": 2 / 3, "1": 1 / 3, "0.5": 0.0}),
    Searched("features", np.array([np.nan] * 3), {"all": 1.0, "a name that has no room": 0.0, "x": 0.0}),
]


def test_points_means_and_shares_are_those_that_were_given():
    left, right = search_figure(FOUND).axes
    dots, mean = left.lines  # of what is known
    assert sorted(dots.get_xdata()) == [0.7, 0.9]
    assert np.allclose(mean.get_xdata(), 0.8)
    assert [label.get_text() for label in left.get_yticklabels()] == ["alpha", "features"]
    texts = [text.get_text() for text in right.texts]
    assert texts == ["0.1", "67 %", "1", "33 %", "0.5", "–", "all", "100 %", "a name that has no …", "–", "x", "–"]
    shades = [patch.get_alpha() for patch in right.patches if patch.get_fill()]
    assert shades == sorted(shades[:3], reverse=True) + sorted(shades[3:], reverse=True)


def test_the_same_bytes_and_the_word_for_made_up_patients():
    assert len({to_svg(search_figure(FOUND), "x", "x") for _ in range(2)}) == 1
    assert "SIMULATED" in to_svg(search_figure(FOUND, simulated=True), "x", "x")
