"""Predictions as tables, by hand."""

import numpy as np
import pandas as pd
import pytest
import toys

from radsurv.catalogue.tables import PREDICTIONS
from radsurv.validation.left_out import SEVERAL, LeftOutScores
from radsurv.validation.prediction_tables import judge, null_notes, predictions_table

PATIENTS = toys.patients(np.zeros((3, 1)), [4, 2, 6], [1, 1, 0])
SCORES = LeftOutScores(
    risk=np.array([[0.1, 2.0, -1.0], [3.0, 1.0, 0.0]]),
    threshold=np.array([[0.5, 0.5, 0.0], [1.0, 1.0, 1.0]]),
    fold=np.array([[0, 0, 1], [1, SEVERAL, 0]]),
)


def test_one_row_per_patient_and_repeat():
    table = predictions_table(SCORES, PATIENTS)
    assert tuple(table) == PREDICTIONS.columns
    assert table["patient_id"].tolist() == list(PATIENTS.ids) * 2
    assert table["time"].tolist() == [4, 2, 6] * 2
    assert table["event"].tolist() == [True, True, False] * 2
    assert table["risk"].tolist() == [0.1, 2.0, -1.0, 3.0, 1.0, 0.0]
    assert table["group"].tolist() == ["long", "short", "long", "short", "long", "long"]  # at the threshold: long
    assert table["repeat"].tolist() == [0, 0, 0, 1, 1, 1]
    assert table["fold"].tolist() == [0, 0, 1, 1, SEVERAL, 0]


def test_metrics_of_the_predictions():
    folds = pd.DataFrame({"n_kept": [3, 0, 5], "n_nonzero": [2, 0, 0]})
    metrics, _ = judge(predictions_table(SCORES, PATIENTS), folds, PATIENTS.outcome, 7)
    # The order of events is 2, 4, 6: all three pairs right in the first repeat, two of three in the second.
    assert metrics["harrell_c"] == pytest.approx((1 + 2 / 3) / 2)
    assert metrics["harrell_c_sd"] == pytest.approx(np.std([1, 2 / 3], ddof=1))
    assert (metrics["n_patients"], metrics["n_events"], metrics["n_features"]) == (3, 2, 7)
    assert (metrics["n_folds"], metrics["n_null_folds"]) == (3, 2)
    assert (metrics["median_selected"], metrics["median_nonzero"]) == (3, 0)


def test_why_models_are_null():
    folds = pd.DataFrame({"n_kept": [3, 0, 5, 0], "n_nonzero": [2, 0, 0, 0]})
    nothing_left, all_zero = null_notes(folds)
    assert nothing_left.startswith("in 2 of 4 folds no feature survived the reduction")
    assert all_zero.startswith("in 1 of 4 folds the chosen λ left every coefficient at zero")
    assert null_notes(folds.iloc[:1]) == []
