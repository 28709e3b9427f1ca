"""Hostile examples, tried with Hypothesis: how many, which, and how they are counted.

`make test` tries a few of each kind, always the same ones (derandomized). `make fuzz` sets `RADSURV_FUZZ` and tries so many times as
many, with the seed that it is given. Every such test bears the mark ``fuzz``, made by :func:`trials`; what was tried of each kind, and
how often a test failed, stands at the end of pytest's output (`conftest.py`).
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

VARIABLE = "RADSURV_FUZZ"
TIMES = int(os.environ.get(VARIABLE, "1"))
TRIED: Counter[str] = Counter()  # examples by kind, in this process


def trials(kind: str, short: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorates a test that has ``@given``: so many examples of a kind, many times as many in the long form."""
    chosen = settings(
        max_examples=short * TIMES,
        derandomize=TIMES == 1,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )

    def decorate(test: Any) -> Any:
        once = test.hypothesis.inner_test

        @functools.wraps(once)
        def counted(*args: Any, **kwargs: Any) -> Any:
            TRIED[kind] += 1
            return once(*args, **kwargs)

        test.hypothesis.inner_test = counted
        return pytest.mark.fuzz(kind)(chosen(test))

    return decorate


def summary(tried: Iterable[tuple[str, int, bool]]) -> list[str]:
    """A line for each kind, and one for all: examples tried, and tests that failed. Of (kind, examples, failed)."""
    examples: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for kind, count, failed in tried:
        examples[kind] += count
        failures[kind] += failed
    rows = [*((kind, examples[kind], failures[kind]) for kind in sorted(examples))]
    rows.append(("all", examples.total(), failures.total()))
    return [f"{kind:<40} tried {count:>7,}  failures {failed}" for kind, count, failed in rows]


@st.composite
def bytes_spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes changed, cut off, put in, taken out, repeated."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        match draw(st.sampled_from(["change", "change", "cut", "insert", "delete", "repeat", "append"])):
            case "change":
                content = content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]
            case "cut":
                content = content[:at]
            case "insert":
                content = content[:at] + draw(st.binary(max_size=40)) + content[at:]
            case "delete":
                content = content[:at] + content[at + draw(st.integers(1, 40)) :]
            case "repeat":
                content = (
                    content[:at]
                    + content[at : at + draw(st.integers(1, 400))] * draw(st.integers(2, 300))
                    + content[at:]
                )
            case "append":
                content += draw(st.binary(max_size=40)) * draw(st.sampled_from([1, 10, 3000]))
    return content
