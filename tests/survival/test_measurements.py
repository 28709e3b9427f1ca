"""Sizes of values that can be squared."""

import numpy as np
import pandas as pd
import pytest

from radsurv.errors import TrainingSetError
from radsurv.survival.measurements import Measurements


def measured(*columns):
    values = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])
    return Measurements(
        values, tuple(f"f{number}" for number in range(len(columns))), pd.DataFrame(index=range(len(values)))
    )


def test_ordinary_values_missing_ones_and_zeros_pass():
    measured([1e99, -1e99, 0], [1e-99, 0, np.nan], [0, 0, 0], [1e-300, 1, 2], [np.nan] * 3).check_sizes()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([1, -1e101, 2], r"1 of 3 values of feature f1 are larger than 1e\+100 in size.*give it in another unit"),
        ([1e-170, 2e-170, 0], r"2 of 3 values of feature f1 are smaller than 1e-100 in size"),
    ],
)
def test_others_are_refused_by_name(column, said):
    with pytest.raises(TrainingSetError, match=said):
        measured([1, 2, 3], column).check_sizes()
