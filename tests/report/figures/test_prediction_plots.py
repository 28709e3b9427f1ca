"""Accuracy, calibration and decision curve: what is drawn is what the tables hold."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection, LineCollection

from radsurv.report.figures.accuracy_plot import accuracy_figure
from radsurv.report.figures.calibration_plot import calibration_figure
from radsurv.report.figures.decision_plot import decision_figure

HORIZONS = pd.DataFrame(
    {
        "horizon": [100.0, 200.0, 400.0],
        "auc": [0.6, 0.7, 0.2],
        "brier": [0.1, 0.2, 0.3],
        "brier_km": [0.1, 0.22, 0.28],
        "n_events": [2, 20, 30],
        "n_at_risk": [30, 20, 2],
    }
)
CALIBRATION = pd.DataFrame(
    {
        "horizon": [100.0, 100.0, 200.0],
        "n": [10, 10, 20],
        "predicted": [0.1, 0.4, 0.3],
        "observed": [0.2, 0.5, np.nan],
        "low": [0.05, np.nan, np.nan],
        "high": [0.4, np.nan, np.nan],
    }
)
DECISION = pd.DataFrame(
    {"threshold": [0.1, 0.5, 0.9], "net_benefit": [0.3, np.nan, 0.0], "net_benefit_all": [0.3, -0.4, -6.0]}
)


def drawn(axes, label):
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return line.get_xdata(), line.get_ydata()


def test_accuracy_over_time():
    left, right = accuracy_figure(HORIZONS, "days").axes
    np.testing.assert_array_equal(drawn(left, "predictions"), HORIZONS[["horizon", "auc"]].T)
    np.testing.assert_array_equal(drawn(right, "predictions"), HORIZONS[["horizon", "brier"]].T)
    np.testing.assert_array_equal(drawn(right, "Kaplan-Meier"), HORIZONS[["horizon", "brier_km"]].T)
    assert left.get_ylim()[0] < 0.2
    assert left.get_xlabel() == "Time (days)"


@pytest.mark.parametrize("column", ["n_events", "n_at_risk"])
def test_an_auc_of_one_patient_is_not_drawn(column):
    table = HORIZONS.assign(**{column: [1, 2, 3]})
    left, right = accuracy_figure(table, "days").axes
    np.testing.assert_array_equal(drawn(left, "predictions")[0], [200, 400])
    assert len(drawn(right, "predictions")[0]) == 3
    accuracy_figure(HORIZONS.assign(**{column: 1}), "days").draw_without_rendering()


def test_calibration_by_horizon():
    figure = calibration_figure(CALIBRATION, "months")
    first, second, empty = figure.axes
    np.testing.assert_array_equal(first.lines[1].get_xydata(), [[0.1, 0.2], [0.4, 0.5]])
    assert len(second.lines[1].get_xydata()) == 0
    assert [axes.get_title() for axes in figure.axes] == ["until 100 months", "until 200 months", ""]
    assert not empty.axison


def test_decision_curve_is_cut_below():
    (axes,) = decision_figure(DECISION).axes
    np.testing.assert_array_equal(drawn(axes, "act on predictions")[1], DECISION["net_benefit"])
    np.testing.assert_array_equal(drawn(axes, "act on everybody")[1], DECISION["net_benefit_all"])
    assert axes.get_ylim() == pytest.approx((-0.105, 0.33))


def test_simulated_and_a_single_row():
    figures = [
        accuracy_figure(HORIZONS.iloc[:1], "days", simulated=True),
        calibration_figure(CALIBRATION.iloc[:1], "days", simulated=True),
        decision_figure(DECISION.iloc[:1], simulated=True),
    ]
    for figure in figures:
        figure.draw_without_rendering()
        assert [text.get_text() for text in figure.texts] == ["SIMULATED"]


def shaded(axes):
    """Corners of the band."""
    (band,) = [one for one in axes.collections if isinstance(one, FillBetweenPolyCollection)]
    return [{tuple(corner) for corner in path.vertices.tolist()} for path in band.get_paths()]


def test_bands_are_the_limits_of_the_tables():
    horizons = HORIZONS.assign(auc_low=[0.4, 0.6, 0.1], auc_high=[0.8, 0.9, 0.3], brier_low=0.05, brier_high=0.6)
    left, right = accuracy_figure(horizons, "days").axes
    (corners,) = shaded(left)
    assert corners == {(100, 0.4), (200, 0.6), (400, 0.1), (100, 0.8), (200, 0.9), (400, 0.3)}
    (corners,) = shaded(right)
    assert corners == {(at, end) for at in (100, 200, 400) for end in (0.05, 0.6)}
    assert left.get_ylim()[0] < 0.1
    assert right.get_ylim()[1] > 0.6
    (axes,) = decision_figure(DECISION.assign(net_benefit_low=-0.1, net_benefit_high=0.5)).axes
    (corners,) = shaded(axes)
    assert corners == {(at, end) for at in (0.1, 0.5, 0.9) for end in (-0.1, 0.5)}
    assert axes.get_ylim()[1] > 0.5
    calibration = CALIBRATION.assign(resampled_low=[0.1, 0.3, 0], resampled_high=[0.4, 0.7, 0])
    (corners,) = shaded(calibration_figure(calibration, "days").axes[0])
    assert corners == {(0.1, 0.1), (0.4, 0.3), (0.1, 0.4), (0.4, 0.7)}


def test_a_point_between_two_without_limits_is_a_bar():
    horizons = HORIZONS.assign(auc_low=[np.nan, 0.6, np.nan], auc_high=[np.nan, 0.9, np.nan])
    left, right = accuracy_figure(horizons, "days").axes
    (bars,) = [one for one in left.collections if isinstance(one, LineCollection)]
    np.testing.assert_array_equal(bars.get_segments(), [[[200, 0.6], [200, 0.9]]])
    assert not right.collections
