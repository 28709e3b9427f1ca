"""What tests take of the processors: seconds by the clock hang on what else the machine does."""

from __future__ import annotations

import resource
from collections.abc import Iterable

MOST_S = 3.0  # a test that takes more is named at the end


def used_s() -> float:
    """By this process and those of its children that have ended, since their beginnings."""
    both = (resource.getrusage(whom) for whom in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def dearest(tests: Iterable[tuple[str, float]]) -> list[str]:
    """A line for each test above the limit, with what was set up for it, the dearest first.

    >>> dearest([("test_a", 1.0), ("test_b", 3.25), ("test_c", 12.0)])
    ['  12.0 s  test_c', '   3.2 s  test_b']
    """
    above = sorted(((seconds, name) for name, seconds in tests if seconds > MOST_S), reverse=True)
    return [f"{seconds:6.1f} s  {name}" for seconds, name in above]
