"""How a median with its limits reads, in the header and in the legend."""

from __future__ import annotations

from radsurv.formats import number
from radsurv.survival.kaplan_meier import Median


def median_text(median: Median, time_unit: str) -> str:
    """A median and its interval; an end that the curve does not reach is an ellipsis.

    >>> median_text(Median(31, 18, None), "weeks"), median_text(Median(None, 40, None), "days")
    ('31 weeks (95 % CI 18–…)', 'not reached (95 % CI 40–…)')
    """
    value = "not reached" if median.time is None else f"{number(median.time)} {time_unit}"
    ends = ["…" if end is None else number(end) for end in (median.low, median.high)]
    return value if median.low is None and median.high is None else f"{value} (95 % CI {'–'.join(ends)})"
