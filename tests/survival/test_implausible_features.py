import numpy as np
import pytest
from sksurv.metrics import concordance_index_censored

from radsurv.survival.implausible_features import implausible_features
from radsurv.survival.outcome import check_outcome


@pytest.fixture
def cohort():
    rng = np.random.default_rng(2)
    time, event = rng.exponential(500, 60) + 1, rng.random(60) < 0.6
    values = np.column_stack([rng.normal(size=60), -np.log(time) + rng.normal(0, 0.1, 60), time + rng.normal(0, 9, 60)])
    return values, check_outcome(time, event)


def test_features_beyond_are_named_with_their_concordance(cohort):
    values, outcome = cohort
    found = implausible_features(values, ("noise", "strong", "inverse"), outcome)
    own = [
        concordance_index_censored(outcome.event, outcome.time, sign * values[:, n])[0] for n, sign in ((1, 1), (2, -1))
    ]
    assert sorted(found) == ["inverse", "strong"]
    assert [found["strong"], found["inverse"]] == pytest.approx(own)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_missing_values_are_left_out_feature_by_feature(cohort):
    values, outcome = cohort
    values[:5, 1] = np.nan
    expected = concordance_index_censored(outcome.event[5:], outcome.time[5:], values[5:, 1])[0]
    found = implausible_features(values, ("noise", "strong", "inverse"), outcome)
    assert found["strong"] == pytest.approx(expected)


def test_few_events_say_nothing(cohort):
    values, outcome = cohort
    few = check_outcome(outcome.time, outcome.event & (np.cumsum(outcome.event) < 20))
    assert implausible_features(values, ("noise", "strong", "inverse"), few) == {}
