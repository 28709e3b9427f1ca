"""The numbers that no processor changes: against exact rational arithmetic, and numpy's sums in the order that is promised."""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

from radsurv.survival.lanes import (
    LARGEST_EXPONENT,
    WIDTH,
    borrowed,
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


class Inner(NamedTuple):
    numbers: np.ndarray
    share: float


class Outer(NamedTuple):
    inner: Inner
    flags: np.ndarray
    table: np.ndarray


@njit
def noted(given, row):
    given, row = borrowed(given), borrowed(row)
    for place in range(len(row)):
        given.inner.numbers[place] += given.inner.share * row[place]
        given.flags[place] = True
    return given.table[1].sum()


@njit
def made(table):
    """The arrays of a list are counted by the list, whatever is borrowed of them."""
    kept = [Outer(Inner(np.zeros(3), 0.5), np.zeros(3, dtype=np.bool_), table + k) for k in range(4)]
    total = 0.0
    for one in kept:
        for _ in range(3):
            total += noted(borrowed(one), one.table[0])
    return kept[1].inner.numbers.copy(), total


def test_what_is_borrowed_is_the_array_itself():
    table = np.arange(6.0).reshape(2, 3)
    given, row = Outer(Inner(np.zeros(3), 0.5), np.zeros(3, dtype=np.bool_), table), np.array([1.0, 2.0, 4.0])
    assert noted(given, row) == 12.0
    assert noted(given, row[:2]) == 12.0
    assert given.inner.numbers.tolist() == [1.0, 2.0, 2.0]
    assert given.flags.all()
    numbers, total = made(table)
    assert numbers.tolist() == (1.5 * (table[0] + 1)).tolist()
    assert total == 3 * sum((table[1] + k).sum() for k in range(4))
