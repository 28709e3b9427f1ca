"""A missing number is a dash, a missing limit no limit."""

import doctest

from radsurv.report import cell_text


def test_examples():
    assert doctest.testmod(cell_text).failed == 0
