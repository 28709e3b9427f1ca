"""The numbers that no processor changes: against exact rational arithmetic, and numpy's sums in the order that is promised."""

import math
from fractions import Fraction

import numpy as np
import pytest
from numba import njit

from radsurv.survival.lanes import (
    LARGEST_EXPONENT,
    WIDTH,
    exponential,
    larger,
    load,
    logarithm,
    remaining,
    running,
    spread,
    store,
    total,
)

DIGITS = Fraction(1, 10**40)


def exact_exponential(x):
    """e to the power of x by its series, to 40 digits."""
    reduced, term, summed, n = Fraction(x) / 2**10, Fraction(1), Fraction(1), 1
    while abs(term) > DIGITS:
        term = (term * reduced / n).limit_denominator(10**60)
        summed, n = summed + term, n + 1
    for _ in range(10):
        summed = (summed * summed).limit_denominator(10**60) if x < 30 else summed * summed
    return summed


@njit
def operated(first, second, found):
    one, other = load(first, 0), load(second, 0)
    store(found[0], 0, one + other)
    store(found[1], 0, one - other)
    store(found[2], 0, one * other)
    store(found[3], 0, larger(one, other))
    store(found[4], 0, running(one))
    store(found[5], 0, remaining(one))
    store(found[6], 0, spread(first[3]))
    return total(one)


def halves(values):
    while len(values) > 1:
        values = values[: len(values) // 2] + values[len(values) // 2 :]
    return values[0]


def doubled(values):
    """The sums up to each place, as `running` takes them: over 1, 2, 4 and 8 places."""
    for reach in (1, 2, 4, 8):
        values = values + np.concatenate([np.zeros(reach), values[:-reach]])
    return values


def test_sixteen_numbers_at_once_are_sixteen_numbers():
    first, second = np.random.default_rng(0).normal(size=(2, WIDTH))
    found = np.zeros((7, WIDTH))
    assert operated(first, second, found) == halves(first)
    expected = [
        *(first + second, first - second, first * second, np.maximum(first, second)),
        *(doubled(first), doubled(first[::-1])[::-1], np.full(WIDTH, first[3])),
    ]
    np.testing.assert_array_equal(found, expected)
    assert found[4] == pytest.approx(np.cumsum(first), rel=1e-13)


def test_nothing_is_fused():
    """(1 + ε)² − 1 − 2ε is 0 where the product is rounded, ε² where it is not."""
    epsilon = 2.0**-52

    @njit
    def rest(x, y):
        return total(load(x, 0) * load(x, 0) - load(y, 0))

    assert rest(np.full(WIDTH, 1 + epsilon), np.full(WIDTH, 1 + 2 * epsilon)) == 0.0


@pytest.mark.parametrize("x", [0.0, 1.0, -1.0, 0.3465, -0.3466, 1e-9, 12.25, -0.5, 2.75, -3.125, 25.5])
def test_the_exponential_is_within_one_unit_in_the_last_place(x):
    found = exponential(x)
    assert abs(Fraction(found) - exact_exponential(x)) <= Fraction(math.ulp(found))


def test_exponential_and_logarithm_are_those_of_the_library_but_for_the_last_bit():
    generator = np.random.default_rng(1)
    for x in [*generator.uniform(-700, 700, 500), *generator.uniform(-2, 2, 500)]:
        assert abs(exponential(x) - math.exp(x)) <= 2 * math.ulp(math.exp(x))
    for x in [*np.exp(generator.uniform(-740, 700, 500)), *generator.uniform(0.4, 2.2, 500), 5e-324, 1e308, 2.0**-1022]:
        assert abs(logarithm(x) - math.log(x)) <= math.ulp(math.log(x))


def test_ends():
    assert exponential(0.0) == 1.0
    assert logarithm(1.0) == 0.0
    assert exponential(-LARGEST_EXPONENT - 1) == exponential(-1e300) == 0.0
    assert np.isfinite(exponential(LARGEST_EXPONENT))
    for nothing in (np.nan, np.inf, -np.inf):
        assert not np.isfinite(exponential(nothing))
    for nothing in (np.nan, np.inf, -np.inf, 0.0, -1.0):
        assert np.isnan(logarithm(nothing))
