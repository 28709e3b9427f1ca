"""bench/survival.py: it runs, and what it compares gives the same numbers."""

import pytest
import survival
from made_up import PAPER_SIZE, TINY_SIZE, made_up_cohort


@pytest.fixture(scope="module")
def patients():
    return made_up_cohort(TINY_SIZE)


def test_ratios_are_printed_and_a_plain_fold_keeps_the_same_features(printed):
    text = printed(survival.main, "--tiny", "--repeats", "1")
    assert text.count("ratio ") == 2 + len(survival.PATHS)
    assert "the same features kept" in text


def test_concordance_is_that_of_scikit_survival(patients):
    times = survival.compare_concordance(patients, n_calls=200, repeats=1)
    assert times.difference < 1e-12
    assert min(times.ours, times.loop) > 0


def test_the_made_up_cohort_is_as_large_as_the_papers(patients):
    assert (PAPER_SIZE.n_patients, PAPER_SIZE.n_features) == (128, 8540)
    assert patients.measured.values.shape == (TINY_SIZE.n_patients, TINY_SIZE.n_features)
