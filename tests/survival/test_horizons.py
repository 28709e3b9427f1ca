"""Horizons leave something to count on both sides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radsurv.survival.horizons import choose_horizons
from radsurv.survival.outcome import Outcome, check_outcome


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=60))
def test_chosen_horizons_follow_the_rule(rows):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    outcome = Outcome(time.astype(float), event)
    horizons, reasons = choose_horizons(outcome)
    assert reasons == []
    assert np.all(np.diff(horizons) > 0)
    for horizon in horizons:
        assert horizon in outcome.time[outcome.event]
        assert (outcome.time > horizon).sum() >= max(5, len(outcome) / 10)


def test_chosen_horizons_are_twentieths_of_the_events():
    outcome = check_outcome(np.arange(1, 201), np.arange(1, 201) % 2)  # events at 1, 3, … 199
    horizons, _ = choose_horizons(outcome)
    assert horizons.tolist() == [
        9 + 10 * step for step in range(18)
    ]  # the last but one leaves 21 patients, 189 only 11


@pytest.mark.parametrize("events", [[0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]])
def test_four_patients_have_no_horizon(events):
    assert len(choose_horizons(check_outcome([1, 2, 3, 4], events))[0]) == 0


def test_given_horizons_are_sorted_and_judged():
    outcome = check_outcome([2, 4, 6, 8], [0, 1, 1, 0])
    horizons, reasons = choose_horizons(outcome, [7, 4, 4, 3, 8, 900])
    assert horizons.tolist() == [4, 7]
    assert reasons == [
        "the horizon 8 is not used: nobody is followed beyond it",
        "the horizon 900 is not used: nobody is followed beyond it",
        "the horizon 3 is not used: no event has come by then",
    ]
