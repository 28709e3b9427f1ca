"""Recognising patients without naming them."""

import numpy as np
import pytest

from radsurv.validation.same_patients import hash_of_ids, hashes_of_features, known_patients

VALUES = np.random.default_rng(0).normal(size=(6, 3))
IDS = [f"p{number}" for number in range(6)]


def known(ids, values):
    return known_patients(ids, values, hash_of_ids(IDS), hashes_of_features(VALUES))


def test_the_same_ids_in_any_order_with_any_features():
    assert known(IDS[::-1], VALUES + 1) == (
        6,
        ["NOT AN EXTERNAL VALIDATION: these patients have exactly the ids of those whom the model was trained on"],
    )


def test_other_ids_with_the_same_features():
    count, notes = known([f"q{number}" for number in range(6)], VALUES[::-1])
    assert count == 6
    assert notes[0].startswith("NOT AN EXTERNAL VALIDATION: 6 of 6 patients have exactly the features")


def test_some_of_them():
    values = np.vstack([VALUES[:2], VALUES[2:] * (1 + 1e-15)])
    count, notes = known([*IDS[:5], "new"], values)
    assert count == 2 + np.count_nonzero((values[2:] == VALUES[2:]).all(axis=1))
    assert notes[0].startswith(f"NOT WHOLLY EXTERNAL: {count} of 6 patients")


def test_strangers_and_patients_whom_nothing_tells_apart():
    assert known(["a", "b"], VALUES[:2] + 1) == (0, [])
    alike = np.array([[1.0], [0.0], [1.0], [0.0]])  # such as sex alone
    assert hashes_of_features(alike) == []
    assert hashes_of_features(np.empty((4, 0))) == []


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_the_order_of_patients_leaves_no_trace(order):
    assert hashes_of_features(VALUES[order]) == hashes_of_features(VALUES)
