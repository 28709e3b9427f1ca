"""Net benefit against dcurves, and where it can be computed by hand."""

import numpy as np
import pytest

from radsurv.survival.decision_curve import decision_curve
from radsurv.survival.outcome import check_outcome

TIME = [21, 28, 7, 16, 11, 7, 4, 11, 7, 18, 18, 7, 16, 6, 9, 14, 3, 7, 22, 18, 7, 14, 20, 5]
EVENT = [1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1]
RISK = [0.25, 0.71, 0.28, 0.53, 0.56, 0.71, 0.48, 0.86, 0.38, 0.19, 0.86, 0.15,
        0.86, 0.44, 0.79, 0.76, 0.68, 0.31, 0.83, 0.52, 0.76, 0.63, 0.78, 0.75]  # fmt: skip


def test_net_benefit_is_that_of_dcurves():
    # dcurves 1.1.7, dca(..., time=8, thresholds=[.1, .2, … .7]).
    curve = decision_curve(check_outcome(TIME, EVENT), 1 - np.array(RISK), 8.0).set_index("threshold")
    chosen = curve.iloc[9:70:10]
    np.testing.assert_allclose(chosen.index, np.arange(1, 8) / 10)
    model = [0.212963, 0.083333, 0, -0.152778, -0.416667, -0.5, -0.791667]
    everybody = [0.212963, 0.114583, -0.011905, -0.180556, -0.416667, -0.770833, -1.361111]
    np.testing.assert_allclose(chosen["net_benefit"], model, atol=5e-7)
    np.testing.assert_allclose(chosen["net_benefit_all"], everybody, atol=5e-7)


def test_perfect_and_useless_predictions():
    outcome = check_outcome(np.arange(1, 21), np.ones(20))
    died = outcome.time <= 5
    perfect = decision_curve(outcome, 1.0 - died, 5.0)
    np.testing.assert_allclose(perfect["net_benefit"], 0.25)
    assert perfect["n_treated"].unique().tolist() == [5]
    useless = decision_curve(outcome, np.full(20, 0.75), 5.0)
    treated = useless["threshold"] <= 0.25
    np.testing.assert_allclose(useless["net_benefit"][treated], useless["net_benefit_all"][treated])
    assert useless["net_benefit"][~treated].eq(0).all()
    assert useless["net_benefit_all"].iloc[24] == pytest.approx(0)


def test_treated_patients_lost_from_view():
    outcome = check_outcome([1, 2, 3, 10, 11], [0, 0, 0, 1, 1])
    curve = decision_curve(outcome, np.array([0.2, 0.2, 0.2, 0.9, 0.9]), 5.0)
    assert curve["net_benefit"][curve["n_treated"] == 3].isna().all()
    assert curve["net_benefit"][curve["n_treated"] == 0].eq(0).all()
