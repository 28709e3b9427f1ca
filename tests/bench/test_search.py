"""bench/search.py."""

import numpy as np
import search
from configured import configured_protocol
from made_up import TINY_SIZE, made_up_cohort

from radsurv.validation.training import Training


def test_the_time_of_all_folds_is_extrapolated(printed):
    text = printed(search.main, "--tiny", "--folds", "1")
    assert "all folds on 2 cores: " in text


def test_a_sample_of_the_folds_is_searched_as_all_of_them_are():
    training = Training(made_up_cohort(TINY_SIZE), configured_protocol(*search.OVERRIDES, "search.trials=2"))
    alone, together = search.search_folds(training, [3]), search.search_folds(training, [2, 3])
    assert [len(one.trials) for one in together.trained] == [2, 2]
    assert alone.trained[0].trials == together.trained[1].trials
    np.testing.assert_array_equal(alone.trained[0].reduction.kept, together.trained[1].reduction.kept)
