"""What a learning curve is said to suggest, and that its figure and table are those of the run."""

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import LEARNING_CURVE
from radsurv.report.figures.learning_curve_plot import learning_curve_figure
from radsurv.report.html import render
from radsurv.report.page.learning_curve import LearningCurve, Size, suggested
from radsurv.report.page.size_and_stability import SizeAndStability

CURVE = pd.DataFrame(
    [
        (0.4, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, "no <event>"),
        (0.7, 21.6, 14.5, 0.61, 0.05, 50, 4, ""),
        (1.0, 32.0, 21.4, 0.68, 0.02, 50, 0, ""),
    ],
    columns=list(LEARNING_CURVE.columns),
)


@pytest.mark.parametrize(
    ("rise", "largest", "said"),
    [
        ((0.04, 0.01, 0.08), 0.68, "it is still rising, which suggests"),
        ((0.04, 0.01, 0.08), 0.54, "not clearly above that of a coin"),
        ((0.0, -0.01, 0.015), 0.68, "it is level"),
        ((0.01, -0.03, 0.05), 0.68, "cannot be told from these patients"),
        ((-0.05, -0.09, -0.01), 0.68, "it falls"),
        ((None, None, None), 0.68, ""),
    ],
)
def test_no_more_is_said_than_the_limits_bear(rise, largest, said):
    metrics = dict(zip([f"learning_curve_rise{end}" for end in ("", "_low", "_high")], rise, strict=True))
    found = suggested(metrics, largest)
    assert said in found
    assert bool(found) == bool(said)


def test_rows_figure_and_the_size_that_failed(load, configured, metrics):
    config = configured("comparison.learning_curve=10")
    experiment = load(config=config, learning_curve=CURVE, metrics=metrics | {"search_flat": 1})
    section = LearningCurve.of(experiment)
    assert section.rows[0] == Size("70\N{NO-BREAK SPACE}%", "22", "14", "0.610", "0.050", "4 of 50")
    page = " ".join(render(experiment).split())
    assert "Not shown: 40 % (no &lt;event&gt;)" in page
    assert "searched inside every training set here" in page
    assert "comparison.learning_curve=10" not in page
    axes = learning_curve_figure(CURVE.iloc[1:]).axes[0]
    assert axes.lines[0].get_xydata().tolist() == [[21.6, 0.61], [32.0, 0.68]]
    assert [tick.get_text() for tick in axes.child_axes[0].get_xticklabels()] == ["14", "21"]


def test_nothing_where_none_was_asked_for_but_how_to_ask(load, metrics):
    experiment = load(metrics=metrics, learning_curve=CURVE.iloc[:0])
    assert LearningCurve.of(experiment) is None
    assert [said.rpartition("(")[2] for said in SizeAndStability.of(experiment).not_asked] == [
        "comparison.learning_curve=10)",
        "comparison.instability=200)",
    ]
