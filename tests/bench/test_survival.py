"""bench/survival.py: it runs, and what it compares gives the same numbers."""

import numpy as np
import pytest
import survival
from made_up import PAPER_SIZE, TINY_SIZE, made_up_cohort


@pytest.fixture(scope="module")
def patients():
    return made_up_cohort(TINY_SIZE)


def test_ratios_are_printed_and_a_plain_fold_keeps_the_same_features(printed):
    text = printed(survival.main, "--tiny", "--repeats", "1", "--sections", "i", "ii")
    assert text.count("ratio ") == 2 + len(survival.PATHS)
    assert "the same features kept" in text


def test_concordance_is_that_of_scikit_survival(patients):
    times = survival.compare_concordance(patients, n_calls=200, repeats=1)
    assert times.difference < 1e-12
    assert min(times.ours, times.loop) > 0


def test_both_kernels_count_the_same():
    rows = survival.measure_growth({12: 4, 70: 3}, repeats=1)
    assert [row.n_patients for row in rows] == [12, 70]
    assert all(row.same and set(row.kernels) == {"bits", "tree"} for row in rows)
    assert np.isfinite([[row.sorting, row.peak_gib, *sum(row.kernels.values(), ())] for row in rows]).all()


def test_the_made_up_cohort_is_as_large_as_the_papers(patients):
    assert (PAPER_SIZE.n_patients, PAPER_SIZE.n_features) == (128, 8540)
    assert patients.measured.values.shape == (TINY_SIZE.n_patients, TINY_SIZE.n_features)
