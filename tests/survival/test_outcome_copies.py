"""What is held for a copy of the outcome, and that nothing honest is."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom, spearmanr

from radsurv.survival import outcome_copies
from radsurv.survival.outcome import check_outcome
from radsurv.survival.outcome_copies import copies_of_outcome

N = 60
RNG = np.random.default_rng(5)
TIME = np.round(RNG.exponential(500, N)) + 1
EVENT = RNG.random(N) < 0.6
OUTCOME = check_outcome(TIME, EVENT)


def found(values, outcome=OUTCOME):
    return [copy.evidence for copy in copies_of_outcome(pd.DataFrame({"x": values}), outcome)]


@pytest.mark.parametrize(
    "copy",
    [
        TIME,
        -TIME,
        TIME / 30.4375 + 12,
        np.log(TIME),
        1 / TIME,
        pd.Series(TIME).rank().to_numpy(),
        TIME // 365,
        (np.median(TIME) < TIME).astype(float),
        pd.qcut(TIME, 4, labels=False),
        np.where(TIME < 100, 3, np.where(TIME < 500, 1, 2)),
        EVENT.astype(int),
        ~EVENT,
        2.0 - EVENT,
        np.where(EVENT, 1, np.arange(N) % 2 * 2),
        np.where(EVENT, TIME, -TIME),
        np.where(EVENT, TIME, 0),
        np.where(EVENT, np.nan, TIME),
        np.where(EVENT, "Dead", np.where(np.arange(N) % 2, "Alive", "Lost")),
        EVENT + RNG.uniform(0, 0.9, N),
        np.where(np.arange(N) == 7, ~EVENT, EVENT).astype(int),
    ],
)
def test_copies(copy):
    assert len(found(copy)) == 1


def test_missing_values_hide_nothing():
    assert len(found(np.where(np.arange(N) % 3, TIME, np.nan))) == 1
    assert len(found(np.where(EVENT, RNG.normal(size=N), np.nan))) == 1  # who has a value is the event
    assert found(np.where(np.arange(N) % 3, RNG.normal(size=N), np.nan)) == []
    assert found(np.full(N, np.nan)) == []
    assert found(np.full(N, 1.0)) == []
    assert found(np.full(N, None, dtype=object)) == []


@pytest.mark.parametrize("spread", [0.15, 0.3, 1.0])
def test_honest_features_that_are_strong_pass(spread):
    """Up to a Spearman correlation of .97 with the time of those who died, far beyond anything published."""
    rng = np.random.default_rng(1)
    time, event = rng.exponential(500, 200) + 1, rng.random(200) < 0.5
    values = np.log(time) + spread * rng.normal(size=200)
    if spread == 0.15:
        assert spearmanr(values[event], time[event])[0] > 0.97
    if spread == 0.3:
        assert spearmanr(values[event], time[event])[0] > 0.9
    assert found(values, check_outcome(time, event)) == []


def test_a_label_that_only_goes_with_the_outcome_passes():
    grade = np.where(RNG.random(N) < 0.9, EVENT, ~EVENT).astype(int)
    assert found(grade) == []
    assert found([f"site {number % 12}" for number in range(N)]) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([5, 8, 10, 12, 30]))
def test_noise_is_never_refused(seed, n):
    """A thousand columns without meaning, measures, codes and labels; nor for cohorts of five, where anything fits."""
    rng = np.random.default_rng(seed)
    outcome = check_outcome(rng.exponential(10, n).round() + 1, rng.random(n) < 0.6)
    columns = {f"m{number}": rng.normal(size=n) for number in range(30)}
    columns |= {f"c{number}": rng.integers(0, 1 + number % 5, n) for number in range(30)}
    columns |= {f"t{number}": np.array(list("abc"))[rng.integers(0, 3, n)] for number in range(5)}
    assert copies_of_outcome(pd.DataFrame(columns), outcome) == []


def test_by_chance_in_a_small_cohort_is_not_held_against_a_column():
    """Of 12 patients 6 with the event, told by a threshold: once in 462 columns. Of 30 and 15: once in 77 million."""
    for n, refused in ((12, False), (30, True)):
        event = np.arange(n) < n // 2
        outcome = check_outcome(np.arange(n)[::-1] % 7 + 1.0, event)
        assert bool(found(event + np.linspace(0, 0.5, n), outcome)) == refused


@pytest.mark.parametrize(
    ("first", "second"),
    [([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), ([0, 0, 1, 1, 1], [1, 2, 3, 4, 5]), ([0, 0, 1, 2, 2], [1, 1, 1, 2, 3])],
)
def test_the_chance_of_an_order_is_that_of_all_orders(first, second):
    """By going through all of them; both directions, where no order is both."""
    first, second = np.array(first, float), np.array(second, float)
    rises = [outcome_copies._rises(first, second[list(order)]) for order in permutations(range(5))]
    falls = [outcome_copies._rises(first, -second[list(order)]) for order in permutations(range(5))]
    chance = (np.sum(rises) + np.sum(falls)) / 120
    assert np.exp(outcome_copies._log_chance_of_order(first, second)) == pytest.approx(chance)


def test_the_chance_of_a_threshold_is_the_hypergeometric_one():
    event = np.arange(20) < 8
    chance = 2 * hypergeom(20, 8, 8).pmf(8)
    assert np.exp(outcome_copies._log_chance_of_order(event.astype(float), event)) == pytest.approx(chance)


def test_the_column_is_named_with_what_was_found():
    columns = pd.DataFrame({"honest": RNG.normal(size=N), "os": TIME, "dead": EVENT})
    assert [(copy.name, copy.evidence) for copy in copies_of_outcome(columns, OUTCOME)] == [
        ("os", f"has the order of the follow-up times of all {N} patients"),
        ("dead", f"tells by a threshold which of the {N} patients have the event"),
    ]


def test_plgg(shared):
    """160 patients, 438 real features and seven covariates: none is refused."""
    clinical = pd.read_csv(shared / "tables/plgg/clinical.csv")
    features = pd.read_csv(shared / "tables/plgg/features.csv").set_index("patient_id").loc[clinical["patient_id"]]
    outcome = check_outcome(clinical["time"], clinical["event"])
    assert copies_of_outcome(features, outcome) == []
    assert copies_of_outcome(clinical.drop(columns=["patient_id", "time", "event"]), outcome) == []
