"""bench/multiverse_null.py."""

import multiverse_null
import numpy as np
import pytest


def test_both_shares_are_printed(printed):
    text = printed(multiverse_null.main, "--tiny")
    assert "6 analyses of each of 2 cohorts" in text
    assert text.count("P ≤ .05 in") == 2


def test_p_of_the_largest_is_counted_from_the_same_shuffles():
    """Two analyses that are one: looking at it twice costs nothing."""
    protocol = multiverse_null.specifications()[0]
    smallest, of_largest = multiverse_null.both_p(3, multiverse_null.TINY, [protocol, protocol])
    assert smallest == of_largest
    assert np.round(6 * of_largest) == pytest.approx(6 * of_largest)  # 5 shuffles
