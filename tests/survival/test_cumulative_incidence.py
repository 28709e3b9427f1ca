"""Aalen-Johansen curves against R's survival and cmprsk, and against what they must add up to."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radsurv.errors import TrainingSetError
from radsurv.survival.cumulative_incidence import Causes, cumulative_incidence
from radsurv.survival.kaplan_meier import kaplan_meier
from radsurv.survival.outcome import Outcome

DATA = Path(__file__).parents[1] / "data" / "competing"
PATIENTS = pd.read_csv(DATA / "patients.csv")
REFERENCE = pd.read_csv(DATA / "incidence.csv")

followed = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), min_size=1, max_size=30)


def causes_of(rows):
    time, cause = np.array(rows, dtype=np.int64).T
    return Causes(time.astype(np.float64), cause)


@pytest.mark.parametrize("group", ["long", "short"])
@pytest.mark.parametrize("cause", [1, 2])
def test_estimate_standard_error_and_limits_are_those_of_survfit_and_cuminc(group, cause):
    own = PATIENTS[PATIENTS["group"] == group]
    theirs = REFERENCE[(REFERENCE["group"] == group) & (REFERENCE["cause"] == cause)].reset_index(drop=True)
    ours = cumulative_incidence(Causes(own["month"].to_numpy(float), own["status"].to_numpy()), cause)
    assert ours["time"].tolist() == theirs["time"].tolist()
    for name in ("incidence", "se", "lower", "upper"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours["incidence"], theirs["cuminc"], rtol=0, atol=1e-12)
    assert (ours["n_event"] + ours["n_other"] + ours["n_censor"]).sum() == len(own)


@given(followed)
@settings(max_examples=60, deadline=None)
def test_all_causes_and_who_is_free_of_them_are_everybody(rows):
    causes = causes_of(rows)
    free = kaplan_meier(Outcome(causes.time, causes.cause > 0))["survival"]
    shares = [cumulative_incidence(causes, cause)["incidence"] for cause in (1, 2, 3)]
    np.testing.assert_allclose(sum(shares) + free, 1.0, atol=1e-12)


@given(followed)
@settings(max_examples=60, deadline=None)
def test_it_is_never_above_one_minus_kaplan_meier_which_it_is_without_other_causes(rows):
    causes = causes_of(rows)
    of_cause = kaplan_meier(Outcome(causes.time, causes.cause == 1))["survival"]
    assert (cumulative_incidence(causes, 1)["incidence"] <= 1 - of_cause + 1e-12).all()
    alone = cumulative_incidence(Causes(causes.time, np.minimum(causes.cause, 1)), 1)
    of_any = kaplan_meier(Outcome(causes.time, causes.cause > 0))["survival"]
    np.testing.assert_allclose(alone["incidence"], 1 - of_any, atol=1e-12)


@given(followed)
@settings(max_examples=40, deadline=None)
def test_the_standard_error_is_that_of_derivatives_by_weights(rows):
    """Each derivative by a small change of one patient's weight."""
    causes, small = causes_of(rows), 1e-6
    times = np.unique(causes.time)

    def weighted(weights):
        free, found, total = 1.0, 0.0, []
        for time in times:
            at_risk, here = weights[causes.time >= time].sum(), causes.time == time
            found += free * weights[here & (causes.cause == 1)].sum() / at_risk
            free *= 1 - weights[here & (causes.cause > 0)].sum() / at_risk
            total.append(found)
        return np.array(total)

    steps = np.eye(len(causes)) * small
    slopes = [(weighted(1 + step) - weighted(1 - step)) / (2 * small) for step in steps]
    expected = np.sqrt(np.sum(np.square(slopes), axis=0))
    np.testing.assert_allclose(cumulative_incidence(causes, 1)["se"], expected, atol=1e-7)


def test_nobody_has_no_curve():
    with pytest.raises(TrainingSetError, match="found an empty group"):
        cumulative_incidence(Causes(np.empty(0), np.empty(0, dtype=np.int64)), 1)
