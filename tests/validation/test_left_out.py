import numpy as np
import toys

from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.left_out import SEVERAL, LeftOutModels, left_out_scores
from radsurv.validation.splits import Splits


class Constant:
    """A model that gives each patient their only feature times a factor."""

    def __init__(self, factor, threshold):
        self.factor, self.threshold = factor, threshold

    def score(self, table):
        return self.factor * table[:, 0]


PATIENTS = toys.patients([[1], [2], [3]], [1, 1, 1], [1, 1, 1]).measured


def learned(*models):
    return [LearnedModel((), model) for model in models]


def splits(tested, repeat):
    tested = np.array(tested, dtype=bool)
    return Splits((~tested).astype(int), tested, np.array(repeat), np.arange(len(tested)) % 2)


def test_one_model_per_patient_and_repeat():
    asked = splits([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]], [0, 0, 1, 1])
    models = learned(Constant(1, 2.5), Constant(-1, -3), Constant(10, 15), Constant(2, 7))
    found = left_out_scores(asked, enumerate(models), PATIENTS)
    assert found.risk.tolist() == [[1, -2, 3], [10, 20, 6]]
    assert found.threshold.tolist() == [[2.5, -3, 2.5], [15, 15, 7]]
    assert found.fold.tolist() == [[0, 1, 0], [0, 0, 1]]
    assert found.short.tolist() == [[False, True, True], [False, True, False]]


def test_where_several_models_judge_every_score_counts_from_the_threshold_of_its_model():
    asked = splits([[1, 1, 0], [0, 1, 1], [0, 1, 0]], [0, 0, 0])
    models = learned(Constant(1, 3), Constant(1, 1), Constant(4, 7))
    found = left_out_scores(asked, enumerate(models), PATIENTS)
    assert found.risk.tolist() == [[1 - 3, ((2 - 3) + (2 - 1) + (8 - 7)) / 3, 3 - 1]]
    assert found.threshold.tolist() == [[0, 0, 0]]
    assert found.fold.tolist() == [[0, SEVERAL, 1]]


def test_scores_pass_through_the_transforms_of_their_own_set():
    centred = [toys.Centre().fit(PATIENTS.take(np.array(rows))) for rows in ([1, 2], [0, 1])]
    asked = splits([[1, 0, 1], [0, 1, 0]], [0, 0])
    found = left_out_scores(asked, enumerate([LearnedModel((one,), Constant(2, 0)) for one in centred]), PATIENTS)
    assert found.risk.tolist() == [[2 * (1 - 2.5), 2 * (2 - 1.5), 2 * (3 - 2.5)]]


def test_models_of_one_repeat():
    asked = splits([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]], [0, 0, 1, 1])
    own = LeftOutModels(asked, ["a", "b", "c", "d"]).of_repeat(1)
    assert own.learned == ["c", "d"]
    assert own.splits.tested.tolist() == [[True, True, False], [False, False, True]]
    assert np.array_equal(own.splits.weights, ~own.splits.tested)
    assert own.splits.repeat.tolist() == [1, 1]
    assert own.splits.fold.tolist() == [0, 1]
