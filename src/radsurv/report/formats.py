"""How numbers read on the page and in the figures."""

from __future__ import annotations


def number(value: float) -> str:
    """At most two decimals from 1 on, three significant digits below.

    >>> [number(x) for x in (50, 0.00312, 3.2649, 1234.5, 4.2e9)]
    ['50', '0.00312', '3.26', '1,234.5', '4.2e+09']
    """
    if abs(value) >= 1e7:
        return f"{value:.3g}"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{value:.3g}"


def p_value(value: float) -> str:
    """A probability as journals print it, with its sign of relation.

    >>> [p_value(x) for x in (0.0004, 0.0143, 0.9999)]
    ['< .001', '= .014', '> .999']
    """
    if value < 0.001:
        return "< .001"
    if value > 0.999:
        return "> .999"
    return "= " + f"{value:.3f}".removeprefix("0")


def probability(value: float) -> str:
    """Three decimals, without the zero before the point.

    >>> [probability(x) for x in (0, 0.0143, 0.9999, 1)]
    ['0', '.014', '> .999', '1']
    """
    return str(int(value)) if value in (0, 1) else p_value(value).removeprefix("= ")


def ratio(value: float) -> str:
    """A hazard ratio: two decimals where they say something.

    >>> [ratio(x) for x in (0.0041, 0.742, 3.2649, 4.2e9)]
    ['0.0041', '0.74', '3.26', '4.2e+09']
    """
    return f"{value:.2f}" if 0.01 <= value < 1000 else f"{value:.2g}"


def interval(low: float | None, high: float | None) -> str:
    """The 95 % confidence interval of a ratio with its name, or nothing where an end is missing."""
    return "" if low is None or high is None else f"95 % CI {ratio(low)}–{ratio(high)}"


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "fold"), plural(3, "fold")
    ('1 fold', '3 folds')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
