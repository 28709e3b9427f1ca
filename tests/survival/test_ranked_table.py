import numpy as np
import pytest

from radsurv.errors import TrainingSetError
from radsurv.survival.ranked_table import rank_table


def test_order_and_ties():
    table = rank_table(np.array([[2.0, 0.0], [1.0, -0.0], [2.0, 5.0]]))
    assert table.order.tolist() == [[1, 0, 2], [0, 1, 2]]
    assert table.new_value.tolist() == [[True, True, False], [True, False, True]]
    assert (table.n_features, table.n_patients) == (2, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_have_no_rank_are_refused(value):
    table = np.zeros((3, 4))
    table[2, 1] = value
    with pytest.raises(TrainingSetError, match="1 values are missing or infinite, the first in row 2, column 1"):
        rank_table(table)


def test_only_tables():
    with pytest.raises(TrainingSetError, match="patients × features"):
        rank_table(np.zeros(3))
