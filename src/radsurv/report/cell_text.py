"""How a number that may be missing reads, alone and with its limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

Form = Callable[[float], str]


def cell(value: float | None, form: Form) -> str:
    """A number, or a dash.

    >>> cell(0.671, "{:.2f}".format), cell(None, str), cell(float("nan"), str)
    ('0.67', '–', '–')
    """
    return "–" if pd.isna(value) else form(value)


def limits(low: float | None, high: float | None, form: Form) -> str:
    """An interval, or nothing where an end is missing.

    >>> limits(0.5, 0.75, "{:.2f}".format), limits(None, 0.75, str), limits(0.5, float("nan"), str)
    ('0.50 to 0.75', '', '')
    """
    return "" if pd.isna(low) or pd.isna(high) else f"{form(low)} to {form(high)}"


def with_limits(value: float | None, low: float | None, high: float | None, form: Form) -> str:
    """A number with its limits, as far as they are there.

    >>> with_limits(0.6, 0.5, 0.7, str), with_limits(0.6, None, 0.7, str), with_limits(None, 0.5, 0.7, str)
    ('0.6 (0.5 to 0.7)', '0.6', '–')
    """
    between = limits(low, high, form)
    return cell(value, form) + (f" ({between})" if between and not pd.isna(value) else "")


def with_limits_of(values: Mapping[Any, Any], name: str, form: Form) -> str:
    """The same of the row of a table, or of metrics, whose limits are ``NAME_low`` and ``NAME_high``; what is not there is missing.

    >>> with_limits_of({"c": 0.6, "c_low": 0.5, "c_high": 0.7}, "c", str), with_limits_of({}, "c", str)
    ('0.6 (0.5 to 0.7)', '–')
    """
    return with_limits(values.get(name), values.get(f"{name}_low"), values.get(f"{name}_high"), form)
