"""Two runs on the same patients."""

import numpy as np
import pandas as pd
import pytest
from lifelines.utils import concordance_index

from radsurv.validation.paired_runs import paired_difference

SEED = 3


def predictions(n=40, noise=1.0, repeats=1, seed=0):
    """Of the same patients whatever the noise; risks differ by repeat."""
    fate, drawn = np.random.default_rng(0), np.random.default_rng(seed)
    time, event = np.round(fate.exponential(100, n)) + 1, fate.random(n) < 0.7
    tables = [
        pd.DataFrame(
            {
                "patient_id": [f"P{number}" for number in range(n)],
                "time": time,
                "event": event.astype(int),
                "repeat": repeat,
                "risk": -np.log(time) + noise * drawn.normal(size=n),
            }
        )
        for repeat in range(repeats)
    ]
    return pd.concat(tables, ignore_index=True)


def concordance(table):
    """By lifelines."""
    return np.mean(
        [concordance_index(rows["time"], -rows["risk"], rows["event"]) for _, rows in table.groupby("repeat")]
    )


@pytest.mark.parametrize("repeats", [1, 3])
def test_the_difference_of_concordance_by_lifelines(repeats):
    one, other = predictions(noise=0.5, repeats=repeats), predictions(noise=2.0, seed=1)
    found = paired_difference(one, other, SEED)
    assert found.n_common == 40
    assert found.c == pytest.approx(concordance(one), abs=1e-12)
    assert found.other_c == pytest.approx(concordance(other), abs=1e-12)
    assert found.delta == pytest.approx(concordance(one) - concordance(other), abs=1e-12)
    assert found.low < found.delta < found.high


def test_a_run_does_not_differ_from_itself_and_sides_can_be_changed():
    one, other = predictions(noise=0.5), predictions(noise=2.0, seed=1)
    same = paired_difference(one, one, SEED)
    assert (same.delta, same.low, same.high, same.reason) == (0, 0, 0, "")
    there, back = paired_difference(one, other, SEED), paired_difference(other, one, SEED)
    assert (there.delta, there.low, there.high) == pytest.approx((-back.delta, -back.high, -back.low), abs=1e-12)


def test_only_patients_in_common_count_whatever_their_order():
    one, other = predictions(noise=0.5), predictions(noise=2.0, seed=1)
    fewer = other[other.index % 4 != 0]
    found = paired_difference(one, fewer.sample(frac=1, random_state=0), SEED)
    kept = one[one["patient_id"].isin(fewer["patient_id"])]
    assert found == paired_difference(kept, fewer, SEED)
    assert found.n_common == 30


def test_other_outcomes_of_the_same_patients_are_no_comparison():
    one, other = predictions(), predictions(seed=1)
    other.loc[[3, 5], "time"] += 1
    assert paired_difference(one, other, SEED).reason == "other times or events of 2 patients in common ('P3', 'P5')"
    other["patient_id"] = "Q" + other["patient_id"]
    assert paired_difference(one, other, SEED).reason == "no patient in common"


def test_no_pair_that_can_be_ordered():
    one = predictions().assign(event=0)
    found = paired_difference(one, one, SEED)
    assert found.reason == "no pair of patients that can be ordered"
    assert np.isnan(found.delta)
