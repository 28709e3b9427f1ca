"""Counts per fold and per feature, against counting by hand."""

import pandas as pd
import pytest

from radsurv.report.folds import per_feature, per_fold
from radsurv.stages.attribution import steadiest


@pytest.fixture
def small():
    predictions = pd.DataFrame({"patient_id": list("abcd"), "fold": [0, 0, 1, 2], "repeat": 0})
    selections = pd.DataFrame(
        [(0, "volume", 0.7, 0.5), (0, "age", 0.6, 0.0), (1, "volume", 0.8, -0.1), (1, "texture", 0.9, 0.2)],
        columns=["fold", "feature", "strength", "coefficient"],
    ).assign(repeat=0)
    folds = pd.DataFrame({"fold": [0, 1, 2], "repeat": 0, "n_kept": [2, 2, 0]})
    return predictions, selections, folds


def test_folds_know_whom_they_left_out(small):
    predictions, _, folds = small
    table = per_fold(predictions, folds)
    assert table["patients"].tolist() == [["a", "b"], ["c"], ["d"]]
    assert table["n_kept"].tolist() == [2, 2, 0]
    # Judged by several models: no fold of their own.
    assert per_fold(predictions.assign(fold=-1), folds)["patients"].tolist() == [[], [], []]


def test_shares_are_of_all_folds(small):
    table = per_feature(small[1], n_folds=3).set_index("feature")
    assert table.index.tolist() == ["volume", "texture", "age"]
    assert table["kept"].tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3])
    assert table["nonzero"].tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert table["coefficient"].tolist() == pytest.approx([0.2, 0.2, 0.0])
    assert table["strength"].tolist() == pytest.approx([0.75, 0.9, 0.6])


def test_order_of_rows_does_not_matter(selections):
    shuffled = selections.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(per_feature(selections, 40), per_feature(shuffled, 40))


def test_nothing_selected(small):
    assert per_feature(small[1].iloc[:0], 3).empty


def test_of_features_that_survive_equally_often_the_weightier_comes_first():
    rows = pd.DataFrame(
        {"fold": 0, "repeat": 0, "feature": ["a", "b", "c", "d"], "strength": 0.7, "coefficient": [0.1, -0.4, 0.2, 0.2]}
    )
    assert per_feature(rows, 1)["feature"].tolist() == ["b", "c", "d", "a"]


def test_the_features_that_most_often_survived_come_first_as_they_do_among_the_maps(selections):
    """The figure's bars are the share of folds in which a feature survived; a coefficient in more of them decides among equals."""
    rows = pd.DataFrame(
        [("often", 0, 0.0), ("often", 1, 0.0), ("often", 2, 0.1), ("seldom", 0, 0.5), ("seldom", 1, 0.5),
         ("seldomer", 0, 0.9), ("seldomer", 1, 0.0)],
        columns=["feature", "fold", "coefficient"],
    ).assign(repeat=0, strength=0.7)  # fmt: skip
    assert per_feature(rows, 3)["feature"].tolist() == ["often", "seldom", "seldomer"]
    for table in (rows, selections, selections.assign(coefficient=float("nan"))):
        order = per_feature(table, 40)["feature"].tolist()
        assert steadiest(table, len(order)) == order
