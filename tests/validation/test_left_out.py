import numpy as np

from radsurv.validation.left_out import SEVERAL, left_out_scores
from radsurv.validation.splits import Splits


class Constant:
    """A model that gives each patient their only feature times a factor."""

    def __init__(self, factor, threshold):
        self.factor, self.threshold = factor, threshold

    def score(self, table):
        return self.factor * table[:, 0]


VALUES = np.array([[1.0], [2.0], [3.0]])


def splits(tested, repeat):
    tested = np.array(tested, dtype=bool)
    return Splits((~tested).astype(int), tested, np.array(repeat), np.arange(len(tested)) % 2)


def test_one_model_per_patient_and_repeat():
    asked = splits([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]], [0, 0, 1, 1])
    models = [Constant(1, 2.5), Constant(-1, -3), Constant(10, 15), Constant(2, 7)]
    found = left_out_scores(asked, enumerate(models), VALUES)
    assert found.risk.tolist() == [[1, -2, 3], [10, 20, 6]]
    assert found.threshold.tolist() == [[2.5, -3, 2.5], [15, 15, 7]]
    assert found.fold.tolist() == [[0, 1, 0], [0, 0, 1]]
    assert found.short.tolist() == [[False, True, True], [False, True, False]]


def test_a_set_without_a_model_is_null():
    found = left_out_scores(splits([[1, 0, 1], [0, 1, 0]], [0, 0]), [(1, Constant(1, 0))], VALUES)
    assert found.risk.tolist() == [[0, 2, 0]]
    assert found.threshold.tolist() == [[0, 0, 0]]


def test_several_models_are_averaged_each_from_its_own_threshold():
    asked = splits([[1, 1, 0], [0, 1, 1], [0, 1, 0]], [0, 0, 0])
    models = [Constant(1, 3), Constant(1, 1), Constant(4, 7)]
    found = left_out_scores(asked, enumerate(models), VALUES)
    assert found.risk.tolist() == [[1, ((2 - 3) + (2 - 1) + (8 - 7)) / 3, 3]]
    assert found.threshold.tolist() == [[3, 0, 1]]
    assert found.fold.tolist() == [[0, SEVERAL, 1]]
