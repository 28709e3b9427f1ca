"""How numbers read."""

import pytest

from radsurv.formats import first_few, interval, number, p_value, percent, plural, probability, ratio


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (50, "50"), (8540, "8,540"), (0.003123, "0.00312"), (-0.25, "−0.25"), (3.2649, "3.26"),
     (1234.5, "1,234.5"), (6.5, "6.5"), (4.2e9, "4.2e+09")],
)  # fmt: skip
def test_number(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00099, "<\xa0.001"),
        (0.001, "=\xa0.001"),
        (0.0143, "=\xa0.014"),
        (0.05, "=\xa0.050"),
        (0.9991, ">\xa0.999"),
        (0.9989, "=\xa0.999"),
    ],
)
def test_p_value(value, text):
    assert p_value(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(3.2649, "3.26"), (0.742, "0.74"), (1.0, "1.00"), (0.0041, "0.0041"), (4.2e9, "4.2e+09")]
)
def test_ratio(value, text):
    assert ratio(value) == text


@pytest.mark.parametrize("value", [0, 0.0143, 0.9999, 1])
def test_the_same_p_reads_the_same_everywhere(value):
    assert probability(value) == p_value(value).removeprefix("=\xa0")


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 %"), (0.004, "< 1 %"), (0.155, "16 %"), (0.994, "99 %"), (0.996, "> 99 %"), (1, "100 %")]
)
def test_percent(value, text):
    assert percent(value) == text.replace(" ", "\xa0")


def test_interval_needs_both_ends():
    assert interval(1.7, 6.0) == "95 % CI 1.70–6.00"
    assert interval(None, 6.0) == interval(1.7, None) == ""


def test_plural():
    assert [plural(count, "fold") for count in (0, 1, 1200)] == ["0 folds", "1 fold", "1,200 folds"]


def test_the_first_few():
    letters = list("abcd")
    assert [first_few(letters, n) for n in (2, 3, 4, 5)] == [
        "a, b and 2 more",
        "a, b, c and 1 more",
        *["a, b, c, d"] * 2,
    ]
    assert first_few(letters, 1, "; ", "; and {} more such") == "a; and 3 more such"
    assert first_few(letters, 3, more=", …") == "a, b, c, …"
    assert first_few([], 3) == ""
